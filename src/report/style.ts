/** Emphasis on a terminal. Never the only carrier of a meaning. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
}

const same = (text: string): string => text;
const wrapped = (on: number, off: number) => (text: string) =>
  text === '' ? text : `\x1b[${on}m${text}\x1b[${off}m`;

export const plain: Style = { bold: same, dim: same, red: same };

export const ansi: Style = { bold: wrapped(1, 22), dim: wrapped(2, 22), red: wrapped(31, 39) };
