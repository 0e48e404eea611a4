/**
 * Text for people: making hostile telemetry text harmless, measuring and cutting it by terminal
 * columns, and the one way numbers, durations and times are written.
 */
import stringWidth from 'string-width';

/** Longest telemetry text shown in one piece, in characters. */
const longest = 2_000;

/**
 * C0 and C1 controls (ESC included), DEL, bidirectional controls, zero-width characters, line
 * separators, interlinear marks, tag characters and lone surrogates: everything that can move a
 * cursor, reorder a line or hide in it.
 */
const hostile =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: naming them is the point
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]|\p{Surrogate}/gu;

/** Telemetry text as one harmless line: controls become visible escapes, huge text is cut. */
export function sanitise(text: string, limit = longest): string {
  const cut = text.length > limit ? `${text.slice(0, limit)}…` : text;
  return cut.replace(hostile, escapeOf);
}

function escapeOf(character: string): string {
  if (character === '\n' || character === '\t' || character === '\r') return ' ';
  const code = character.codePointAt(0) ?? 0;
  return code > 0xff ? `\\u${code.toString(16).padStart(4, '0')}` : `\\x${hex2(code)}`;
}

const hex2 = (code: number): string => code.toString(16).padStart(2, '0');

/** Terminal columns that `text` takes: wide characters 2, combining marks 0. */
export const displayWidth = (text: string): number => stringWidth(text);

/** `text` in exactly `columns` columns: padded with spaces, or cut with an ellipsis. */
export function fit(text: string, columns: number, align: 'left' | 'right' = 'left'): string {
  const width = displayWidth(text);
  if (width > columns) return cutTo(text, columns);
  const pad = ' '.repeat(columns - width);
  return align === 'left' ? text + pad : pad + text;
}

function cutTo(text: string, columns: number): string {
  let kept = '';
  let width = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    const next = width + displayWidth(segment);
    if (next > columns - 1) break;
    kept += segment;
    width = next;
  }
  return columns > 0 ? `${kept}…${' '.repeat(Math.max(0, columns - 1 - width))}` : '';
}

/** `text` broken into lines of at most `columns` columns, at spaces where there are any. */
export function wrap(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (displayWidth(longer) <= columns || line === '') line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  return line === '' ? lines : [...lines, line];
}

/** Three significant digits at most: 0.05, 12.3, 1,200. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Math.abs(value) >= 100 || Number.isInteger(value))
    return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}

/** A share from 0 to 1 as a percentage: 0.4 %, 12 %. */
export function formatShare(share: number): string {
  const percent = share * 100;
  return `${percent !== 0 && Math.abs(percent) < 1 ? Number(percent.toPrecision(1)) : Math.round(percent)} %`;
}

/** Milliseconds in the unit a person would use: 840 µs, 12.3 ms, 4.2 s, 3 min 20 s. */
export function formatDuration(ms: number): string {
  const size = Math.abs(ms);
  if (size < 1) return `${formatNumber(ms * 1000)} µs`;
  if (size < 1_000) return `${formatNumber(ms)} ms`;
  if (size < 120_000) return `${formatNumber(ms / 1_000)} s`;
  const seconds = Math.round(ms / 1_000);
  return seconds % 60 === 0
    ? `${formatNumber(seconds / 60)} min`
    : `${formatNumber(Math.trunc(seconds / 60))} min ${Math.abs(seconds % 60)} s`;
}

/**
 * Unix nanoseconds as ISO 8601 in UTC: milliseconds, and all nine digits where they are not zero.
 * Null in gives null out.
 */
export function isoTime(unixNs: bigint): string;
export function isoTime(unixNs: bigint | null): string | null;
export function isoTime(unixNs: bigint | null): string | null {
  if (unixNs === null) return null;
  const whole = new Date(Number(unixNs / 1_000_000n)).toISOString();
  const rest = unixNs % 1_000_000n;
  return rest === 0n ? whole : `${whole.slice(0, -1)}${String(rest).padStart(6, '0')}Z`;
}

/** `HH:MM:SS.mmm` in UTC. */
export const clockTime = (unixNs: bigint): string =>
  new Date(Number(unixNs / 1_000_000n)).toISOString().slice(11, 23);

/** "1 span", "2 spans". */
export const plural = (count: number, noun: string, many = `${noun}s`): string =>
  `${count.toLocaleString('en-US')} ${count === 1 ? noun : many}`;
