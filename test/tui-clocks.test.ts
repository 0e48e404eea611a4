/** Clocks that differ, from the dump to the screen of a trace. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { importDumps, openSession } from '../src/session.ts';
import { smallDump, temporaryFolder, written } from './cli.ts';
import { play } from './screens.ts';

/** The dump of two services, with the clock of `api` 200 ms ahead. */
function skewed(): string {
  const dump = JSON.parse(smallDump({ requests: 5, failed: 0 }));
  for (const span of dump.resourceSpans[1].scopeSpans[0].spans) {
    for (const time of ['startTimeUnixNano', 'endTimeUnixNano']) {
      span[time] = String(BigInt(span[time]) + 200_000_000n);
    }
  }
  return JSON.stringify(dump);
}

test('what import found of them is said where a trace is shown, and taken out by a key', async () => {
  const folder = temporaryFolder();
  const db = join(folder, 'case.db');
  await importDumps(db, [written(folder, 'dump.json', skewed())], { fresh: true });
  await using session = await openSession(db);
  const player = await play(session, await session.overview(), { columns: 140, rows: 30 });
  await player.press('4', 'enter');
  const shown = (): string => player.lines().join('\n');
  expect(shown()).toContain('240 ms, 3 spans, clocks differ by about 200 ms: ~ corrects');
  expect(shown()).toContain('~ as recorded: clocks differ by 200 ms');
  await player.press('~');
  expect(shown()).toContain('50 ms, 3 spans, times corrected by about 200 ms');
  expect(shown()).toContain('~ corrected: clocks differ by 200 ms');
  await player.press('G', '~');
  expect(shown()).toContain('~ as recorded: clocks differ by 200 ms');
});
