/**
 * The glyph tiers. Everything is drawn in Unicode; on a terminal that cannot show it, each character
 * becomes one of the same width in ASCII, so that no layout depends on the tier.
 */
import { displayWidth, sanitise } from '../text.ts';

/** What a Unicode glyph of the screens is in ASCII. Not listed: `?`, as many as it is wide. */
const inAscii: Readonly<Record<string, string>> = {
  '▁': '_',
  '▂': '.',
  '▃': ':',
  '▄': '-',
  '▅': '=',
  '▆': '+',
  '▇': '*',
  '█': '#',
  '▓': '=',
  '▒': '-',
  '░': '.',
  '▏': '|',
  '▌': '|',
  '─': '-',
  '━': '=',
  '│': '|',
  '┃': '|',
  '↺': '^',
  '═': '=',
  '┊': ':',
  '┄': '-',
  '├': '|',
  '└': '`',
  '┌': '+',
  '┐': '+',
  '┘': '+',
  '┬': '+',
  '┴': '+',
  '┼': '+',
  '┤': '|',
  '▸': '>',
  '▾': 'v',
  '▴': '^',
  '→': '>',
  '←': '<',
  '↑': '^',
  '↓': 'v',
  '⋮': ':',
  '✓': '+',
  '✗': 'x',
  '◆': '*',
  '▲': '^',
  '▼': 'v',
  '●': '*',
  '•': '*',
  '·': '.',
  '×': 'x',
  '…': '~',
  '–': '-',
  '—': '-',
  '−': '-',
  '≥': '>',
  '≤': '<',
  '±': '~',
  µ: 'u',
  μ: 'u',
  Δ: 'd',
  σ: 's',
  '“': '"',
  '”': '"',
  '‘': "'",
  '’': "'",
  '\u00a0': ' ',
};

/** What is a word in ASCII, with the blank before it: `s` alone would be seconds. */
const wordsInAscii: readonly (readonly [glyph: string, word: string])[] = [[' σ', 'sd']];

/** `text` with the same width in ASCII only. */
export function toAscii(text: string): string {
  const worded = wordsInAscii.reduce((all, pair) => all.replaceAll(...pair), text);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is what ASCII is.
  return worded.replace(/[^\x00-\x7f]\ufe0f?/gu, (character) => {
    return inAscii[character] ?? '?'.repeat(displayWidth(character));
  });
}

/**
 * Telemetry text as one harmless line. Without the variation selector of emoji: terminals do not
 * agree how wide it makes them.
 */
export const safe = (text: string, limit?: number): string =>
  sanitise(text, limit).replaceAll('\ufe0f', '');
