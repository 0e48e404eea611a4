/**
 * Text for people: making hostile telemetry text harmless, measuring and cutting it by terminal
 * columns, and the one way numbers, durations and times are written.
 */
import stringWidth from 'string-width';

/** Longest telemetry text shown in one piece, in characters. */
const longest = 2_000;

/**
 * Controls (ESC included), formats (bidirectional, zero-width, tags), lone surrogates, separators
 * of lines, and whatever else has no shape of its own: everything that can move a cursor, reorder
 * a line or hide in it. The variation selector of emoji stays.
 */
const hostile = /(?!\ufe0f)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** Telemetry text as one harmless line: controls become visible escapes, huge text is cut. */
export function sanitise(text: string, limit = longest): string {
  return (text.length > limit ? `${cutAt(text, limit)}…` : text).replace(hostile, escapeOf);
}

/** At most `limit` UTF-16 units, never half of a pair. */
const cutAt = (text: string, limit: number): string =>
  text.slice(0, limit).replace(/[\ud800-\udbff]$/, '');

function escapeOf(character: string): string {
  if (character === '\n' || character === '\t' || character === '\r') return ' ';
  const code = character.codePointAt(0) ?? 0;
  if (code > 0xffff) return `\\u{${code.toString(16)}}`;
  return code > 0xff ? `\\u${hex(code, 4)}` : `\\x${hex(code, 2)}`;
}

const hex = (code: number, digits: number): string => code.toString(16).padStart(digits, '0');

/**
 * Latin, Greek, punctuation, arrows, operators, boxes, blocks, Braille: characters of one column
 * that never join with a neighbour. Nearly all text is made of them, and then needs no look-up.
 */
const narrow = /^[ -~¡-¬®-˿Α-Ωα-ω‐-‧←-⇿∀-⋿─-◼◿✓✗⠀-⣿]*$/;

/** Terminal columns that `text` takes: wide characters 2, combining marks 0. */
export const displayWidth = (text: string): number =>
  narrow.test(text) ? text.length : stringWidth(text);

/** `text` in exactly `columns` columns: padded with spaces, or cut with an ellipsis. */
export function padTo(text: string, columns: number, align: 'left' | 'right' = 'left'): string {
  const width = displayWidth(text);
  if (width > columns) return cutTo(text, columns);
  const pad = ' '.repeat(columns - width);
  return align === 'left' ? text + pad : pad + text;
}

const graphemes = new Intl.Segmenter();

function cutTo(text: string, columns: number): string {
  if (columns <= 0) return '';
  const kept = beginOf(text, columns - 1);
  return `${kept}…${' '.repeat(columns - 1 - displayWidth(kept))}`;
}

/** `text`, or as much of its end as `columns` columns hold: of a path that tells more. */
export function endOf(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  const segments = Array.from(graphemes.segment(text), ({ segment }) => segment).reverse();
  let width = 1;
  const kept = segments.findIndex((segment) => {
    width += displayWidth(segment);
    return width > columns;
  });
  return `…${segments.slice(0, kept).reverse().join('')}`;
}

/** `text`, or as much of its begin and end as `columns` columns hold: of names that differ at either. */
export function squeezed(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  const begin = beginOf(text, Math.ceil(Math.max(0, columns - 1) / 2));
  // `endOf` brings the ellipsis along.
  return columns <= 0 ? '' : begin + endOf(text, columns - displayWidth(begin));
}

/** As much of the begin of `text` as `columns` columns hold. */
function beginOf(text: string, columns: number): string {
  let kept = '';
  let width = 0;
  for (const { segment } of graphemes.segment(text)) {
    width += displayWidth(segment);
    if (width > columns) break;
    kept += segment;
  }
  return kept;
}

/**
 * `text` broken into lines of at most `columns` columns: at spaces, and within a word that is
 * longer than a line. A character wider than a line has one of its own.
 */
export function wrap(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((word) => piecesOf(word, columns))) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (displayWidth(longer) <= columns || line === '') line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  return line === '' ? lines : [...lines, line];
}

function piecesOf(word: string, columns: number): readonly string[] {
  const pieces: string[] = [];
  let rest = word;
  while (displayWidth(rest) > columns) {
    const [first] = graphemes.segment(rest);
    const piece = beginOf(rest, columns) || (first?.segment ?? rest);
    pieces.push(piece);
    rest = rest.slice(piece.length);
  }
  return rest === '' ? pieces : [...pieces, rest];
}

/** Three significant digits at most below 100, whole numbers above: 0.05, 12.3, 1,200. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const rounded = Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
  // Adding 0 makes a negative zero positive.
  return Number.isInteger(rounded) ? (rounded + 0).toLocaleString('en-US') : String(rounded);
}

/** A share from 0 to 1 as a percentage: 0.4 %, 12 %. */
export function formatShare(share: number): string {
  const percent = share * 100;
  return `${percent !== 0 && Math.abs(percent) < 1 ? Number(percent.toPrecision(1)) : Math.round(percent)} %`;
}

/** Milliseconds in the unit a person would use: 840 µs, 12.3 ms, 4.2 s, 3 min 20 s, 2 h 5 min. */
export function formatDuration(ms: number): string {
  const size = Math.abs(ms);
  if (!Number.isFinite(size)) return `${ms} ms`;
  if (size === 0) return '0 ms';
  // Below a limit only if it is written so: 999.9 ms would be "1,000 ms".
  if (size < 0.9995) return `${formatNumber(ms * 1000)} µs`;
  if (size < 999.5) return `${formatNumber(ms)} ms`;
  if (size < 119_500) return `${formatNumber(ms / 1_000)} s`;
  const seconds = Math.round(ms / 1_000);
  if (Math.abs(seconds) < 7_200) return inTwo(seconds, 60, 'min', 's');
  return inTwo(Math.round(seconds / 60), 60, 'h', 'min');
}

/** 200 seconds as "3 min 20 s". */
function inTwo(count: number, per: number, large: string, small: string): string {
  const rest = Math.abs(count % per);
  const whole = `${formatNumber(Math.trunc(count / per))} ${large}`;
  return rest === 0 ? whole : `${whole} ${rest} ${small}`;
}

/** Six significant digits: what follows is noise of the floating point. */
export const digits = (value: number): number => Number(value.toPrecision(6));

/** The number that a text is, exact if it is an integer of 64 bits; null if it is none. */
export function numberIn(text: string): number | bigint | null {
  const number = Number(text);
  if (text.trim() === '' || Number.isNaN(number)) return null;
  if (Number.isSafeInteger(number) || !/^\s*-?\d+\s*$/.test(text)) return number;
  const exact = BigInt(text);
  return BigInt.asIntN(64, exact) === exact ? exact : number;
}

/**
 * Unix nanoseconds as ISO 8601 in UTC: milliseconds, and all nine digits where they are not zero.
 * Null in gives null out.
 */
export function isoTime(unixNs: bigint): string;
export function isoTime(unixNs: bigint | null): string | null;
export function isoTime(unixNs: bigint | null): string | null {
  if (unixNs === null) return null;
  const below = Number(unixNs % 1_000_000_000n);
  const ns = below < 0 ? below + 1_000_000_000 : below;
  const seconds = secondText(Number((unixNs - BigInt(ns)) / 1_000_000_000n));
  const digits = String(ns).padStart(9, '0');
  return `${seconds}.${digits.endsWith('000000') ? digits.slice(0, 3) : digits}Z`;
}

/** Times that are written one after the other mostly lie in one second. */
const lastSecond = { at: Number.NaN, text: '' };

function secondText(unixSeconds: number): string {
  if (lastSecond.at !== unixSeconds) {
    lastSecond.text = new Date(unixSeconds * 1000).toISOString().slice(0, -'.000Z'.length);
    lastSecond.at = unixSeconds;
  }
  return lastSecond.text;
}

const iso8601 =
  /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:?\d\d)?)?$/i;

/** ISO 8601 as unix nanoseconds, exact; UTC where no zone is given. Null if it is no time. */
export function unixNs(text: string): bigint | null {
  const [, date, minutes = '00:00', seconds = '00', fraction = '', zone = 'Z'] =
    iso8601.exec(text) ?? [];
  const local = `${date}T${minutes}:${seconds}`;
  const whole = Date.parse(local + zone.toUpperCase());
  // Date.parse takes February 30 for March 2.
  const asWritten = Date.parse(`${local}Z`);
  if (Number.isNaN(whole) || !new Date(asWritten).toISOString().startsWith(local)) return null;
  return BigInt(whole) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}

/** `HH:MM:SS.mmm` in UTC. */
export const clockTime = (unixNs: bigint): string =>
  new Date(Number(unixNs / 1_000_000n)).toISOString().slice(11, 23);

/** "1 span", "2 spans". */
export const plural = (count: number, noun: string, many = `${noun}s`): string =>
  `${count.toLocaleString('en-US')} ${count === 1 ? noun : many}`;
