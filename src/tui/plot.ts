/** Numbers over time as bars of eighths, with a level and a range to compare them with. */

import { levels } from '../text/sparkline.ts';
import { formatNumber, padTo } from '../text.ts';
import { cell, column, type Line } from './line.ts';
import { type AxisColumn, axisOf, columnAt } from './spark.ts';

export interface PlotPoint {
  /** ns since the epoch. */
  readonly at: number;
  readonly value: number;
}

export interface Plot {
  readonly points: readonly PlotPoint[];
  /** A level drawn across; null: none. */
  readonly level: number | null;
  /** A range that is shaded, behind the bars and in them; null: none. */
  readonly band: { readonly low: number; readonly high: number } | null;
  /** Drawn heavy on the axis; null: none. */
  readonly window: { readonly from: number; readonly to: number } | null;
  /** Marked on the axis; null: none. */
  readonly mark: number | null;
  clock(at: number): string;
}

const scaleWidth = 11;

/** `rows` lines at most: the bars, the axis and its ends; nothing if there is no room for bars. */
export function plotLines(plot: Plot, columns: number, rows: number): readonly Line[] {
  const { points, level, band, window, mark, clock } = plot;
  const height = rows - 2;
  if (height < 2) return [];
  const from = points[0]?.at ?? 0;
  const to = points.at(-1)?.at ?? 0;
  const width = columns - scaleWidth - 2;
  const axis = axisOf([{ from, to }], width);
  const values = meansOf(points, axis);
  const drawn = values.filter((value) => value !== null);
  const compared = [
    ...(level === null ? [] : [level]),
    ...(band === null ? [] : [band.low, band.high]),
  ];
  const scale = scaleOf(readable(drawn, compared, height));
  const eighths = values.map((value) => (value === null ? null : scale.eighths(value, height)));
  const rowOf = (value: number): number => Math.floor((scale.eighths(value, height) - 1) / 8);
  const crossed = level === null ? -1 : rowOf(level);
  const isShaded = (row: number): boolean =>
    band !== null && row >= rowOf(band.low) && row <= rowOf(band.high);
  const lines = Array.from({ length: height }, (_, row) => {
    const from = height - 1 - row;
    const bars = eighths.map((filled, at) => {
      const value = values[at] ?? null;
      if (value !== null && row === 0 && value > scale.high) return '▲';
      if (value !== null && row === height - 1 && value < scale.low) return '▼';
      return glyphOf(filled === null ? 0 : filled - from * 8, isShaded(from), from === crossed);
    });
    const said = row === 0 ? scale.high : row === height - 1 ? scale.low : null;
    const text = from === crossed && said === null ? level : said;
    return [
      column(text === null ? '' : formatNumber(text), scaleWidth, {
        align: 'right',
        style: ['dim'],
      }),
      cell(` ${bars.join('')}`),
    ];
  });
  const marked = mark === null ? -1 : columnAt(axis, Math.max(from, Math.min(to, mark)));
  const ruler = axis.map((one, at) => {
    if (at === marked) return '▴';
    const inside = one && window && one.to > window.from && one.from <= window.to;
    return inside ? '━' : '─';
  });
  const ends = endsOf([clock(from), beyondText(drawn, scale), clock(to)], width);
  const margin = cell(' '.repeat(scaleWidth + 1));
  return [...lines, [margin, cell(ruler.join(''))], [margin, cell(ends, 'dim')]];
}

/** Both ends of the axis, and between them, where there is room, what is said of it. */
function endsOf([from = '', said = '', to = '']: readonly string[], width: number): string {
  const between = Math.max(0, width - from.length - to.length);
  const text = said.length + 4 <= between ? `  ${said}` : '';
  return `${from}${padTo(text, between)}${to}`;
}

/** How far the bars go that do not fit; empty: all do. */
function beyondText(values: readonly number[], { high, low }: Scale): string {
  const [least, most] = [Math.min(...values, low), Math.max(...values, high)];
  return [
    ...(most > high ? [`▲ up to ${formatNumber(most)}`] : []),
    ...(least < low ? [`▼ down to ${formatNumber(least)}`] : []),
  ].join(' ');
}

/** `eighths`: how far the bar fills the cell, less than one: not. */
function glyphOf(eighths: number, isShaded: boolean, isCrossed: boolean): string {
  if (eighths >= 8) return isShaded ? '▓' : '█';
  if (eighths > 0) return levels[eighths - 1] ?? '';
  if (isCrossed) return '┄';
  return isShaded ? '░' : ' ';
}

/** Values that differ by less than this part of the greatest leave room below them that says nothing. */
const narrow = 2 / 3;

/** Bars that may be cut: so many of all. */
const fewOdd = 0.05;

/**
 * What the scale has to reach: all values, or, if a few odd ones would leave the others and what they
 * are compared with on one row, those without them.
 */
function readable(
  values: readonly number[],
  compared: readonly number[],
  height: number,
): readonly number[] {
  const inOrder = [...values].sort((a, b) => a - b);
  const odd = Math.floor(fewOdd * inOrder.length);
  const usual = [...inOrder.slice(odd, inOrder.length - odd), ...compared];
  const rangeOf = (of: readonly number[]): number => Math.max(...of) - Math.min(...of);
  const all = [...values, ...compared];
  return odd > 0 && rangeOf(usual) > 0 && rangeOf(usual) < rangeOf(all) / height ? usual : all;
}

type Scale = ReturnType<typeof scaleOf>;

/** From the least to the greatest, nothing included; but of values far from nothing, only their part. */
function scaleOf(values: readonly number[]) {
  const high = values.reduce((most, value) => Math.max(most, value), 0);
  const least = values.reduce((least, value) => Math.min(least, value), high);
  const differ = high - least;
  const low = differ > 0 && differ < narrow * high ? least - differ / 8 : Math.min(0, least);
  const span = high > low ? high - low : 1;
  return {
    high,
    low,
    eighths: (value: number, height: number): number =>
      Math.min(height * 8, Math.max(1, Math.round(((value - low) / span) * height * 8))),
  };
}

/** Means by column; a value holds until the next point is due. */
export function meansOf(
  points: readonly PlotPoint[],
  axis: readonly AxisColumn[],
): readonly (number | null)[] {
  const sums = axis.map(() => ({ sum: 0, count: 0 }));
  for (const { at, value } of points) {
    const into = sums[columnAt(axis, at)];
    if (!into) continue;
    into.sum += value;
    into.count += 1;
  }
  const held = holdOf(points);
  let last: { readonly value: number; readonly until: number } | null = null;
  return sums.map(({ sum, count }, index) => {
    const { from = 0, to = 0 } = axis[index] ?? {};
    if (count > 0) last = { value: sum / count, until: to + held };
    return last && from < last.until ? last.value : null;
  });
}

/** One and a half of the usual distance of two points, ns: longer without one is a gap. */
function holdOf(points: readonly PlotPoint[]): number {
  const steps = points
    .slice(1)
    .map(({ at }, index) => at - (points[index]?.at ?? at))
    .sort((a, b) => a - b);
  return 1.5 * (steps[steps.length >> 1] ?? 0);
}
