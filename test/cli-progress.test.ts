/** The line of progress: its figures are always there, its path as far as the width goes. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { progressOn } from '../src/cli/progress.ts';
import { displayWidth } from '../src/text.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** What is written on such a screen when half of a file was read after ten seconds. */
function written(screen: { isTTY?: boolean; columns?: number }, path: string): string {
  let text = '';
  const progress = progressOn({ ...screen, write: (piece) => (text += piece) }, false);
  const state = { path, bytesTotal: 200e6, stage: 'reading' } as const;
  progress.show({ ...state, bytesRead: 1, records: 1 });
  vi.advanceTimersByTime(10_000);
  progress.show({ ...state, bytesRead: 100e6, records: 150_000 });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the sequence that clears the line.
  return text.split(/\r\x1b\[K|\n/).findLast((line) => line !== '') ?? '';
}

const figures = '150,000 records, 100.0 MB of 200.0 MB, 10.0 MB/s, 10 s left';
const long = `/var/dumps/${'deep/'.repeat(30)}traces.jsonl`;

test('on a terminal the path gives way to bytes, rate and time left', () => {
  const line = written({ isTTY: true, columns: 90 }, long);
  expect(line).toMatch(/^reading …[a-z/]*es\.jsonl: /);
  expect(line.endsWith(figures)).toBe(true);
  expect(displayWidth(line)).toBe(89);
});

test('a terminal that tells no width has 80 columns, and a narrow one is not overrun', () => {
  expect(displayWidth(written({ isTTY: true, columns: 0 }, long))).toBe(79);
  expect(displayWidth(written({ isTTY: true, columns: 30 }, long))).toBe(29);
});

test('a file that is read is not in the case yet: the line says so at once', () => {
  let text = '';
  const progress = progressOn({ isTTY: true, write: (piece) => (text += piece) }, false);
  const state = { path: 'a.json', bytesRead: 5e6, bytesTotal: 5e6, records: 7 };
  progress.show({ ...state, stage: 'reading' });
  progress.show({ ...state, stage: 'storing' });
  expect(text).toMatch(/storing a\.json: 7 records, 5\.0 MB$/);
});

test('elsewhere a line every ten seconds has it all', () => {
  expect(written({}, long)).toBe(`reading ${long}: ${figures}`);
});
