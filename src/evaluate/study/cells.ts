/** Figures as cells of a Markdown table. */
import type { Figure } from './figures.ts';

export type Unit = 'share' | 'minutes' | 'points' | 'number';

const written: Readonly<Record<Unit, (value: number) => string>> = {
  share: (value) => `${(100 * value).toFixed(1)} %`,
  points: (value) => `${value < 0 ? '−' : '+'}${Math.abs(100 * value).toFixed(0)}`,
  minutes: (value) => value.toFixed(1),
  number: (value) => value.toFixed(1),
};

export const shown = (value: number | null, unit: Unit): string =>
  value === null ? '–' : written[unit](value);

/** With the interval behind it, where there is one. */
export function cell({ value, interval }: Figure, unit: Unit): string {
  const text = shown(value, unit);
  if (interval === null) return text;
  const [low, high] = interval.map((end) => written[unit](end).replace(/ %$/, ''));
  return `${text} (${low} … ${high})`;
}

/** Rows under heads; the first column is text, the rest numbers. */
export function table(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  textColumns = 1,
): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = heads.map((_, column) => (column < textColumns ? '---' : '---:'));
  return `${[heads, rule, ...rows].map(line).join('\n')}\n`;
}
