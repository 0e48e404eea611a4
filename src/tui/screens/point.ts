/** One metric of one service over time, with the point that an evidence names. */

import type { PlottedSeries } from '../../model.ts';
import { levels, sparkline } from '../../text/sparkline.ts';
import { clockTime, formatNumber, padTo } from '../../text.ts';
import { valueText } from '../facts.ts';
import { safe } from '../glyphs.ts';
import { cell, column, cut, emptyLine, type Line, line, reversed } from '../line.ts';
import { atTop, type Cursor, firstSeen, type Motion, moved } from '../list.ts';
import type { Area, Screen, Subjects } from '../screen.ts';
import { axisOf, columnAt } from '../spark.ts';
import { offsetOf } from './timeline.ts';

export interface PointState {
  readonly epochNs: string;
  /** ns since the epoch. */
  readonly at: number;
  readonly series: readonly PlottedSeries[];
  readonly list: Cursor;
}

export const point: Screen<PointState, Subjects['point'], Motion> = {
  title: 'Metric',
  bindings: [],
  init: ({ epochNs, at, series }) => ({
    epochNs,
    at: offsetOf(at, epochNs),
    series,
    list: atTop,
  }),
  crumb: ({ series }) => safe(series[0]?.metric ?? '', 60),
  update: (state, motion, area) => ({
    state: {
      ...state,
      list: moved(state.list, motion, state.series.length, listRows(state, area)),
    },
  }),
  View,
};

/** The series get at most a third of the screen; the plot the rest. */
const listRows = ({ series }: PointState, { rows }: Area): number =>
  Math.max(1, Math.min(series.length, Math.floor(rows / 3)));

const scaleWidth = 11;

function View(state: PointState, area: Area): readonly Line[] {
  const { series, list, at } = state;
  const shown = series[Math.min(list.at, series.length - 1)];
  if (!shown) return [line(' no point of this metric is in the case', 'dim')];
  const rows = listRows(state, area);
  const nearest = nearestPoint(shown, at);
  const said = nearest
    ? `${formatNumber(nearest.value)}${unitOf(shown)} at ${clock(state, nearest.at)} UTC`
    : 'no point';
  const top = firstSeen(list, series.length, rows);
  const head = [
    [cell(` ${safe(shown.metric, 100)}`, 'bold'), cell(` of ${safe(shown.service, 60)}: ${said}`)],
    emptyLine,
  ];
  const listed = series.slice(top, top + rows).map((one, index): Line => {
    const current = top + index === list.at;
    const cells = [cell(current ? '▸' : ' '), ...seriesCells(one, area.columns - 1)];
    return current ? reversed(cells, area.columns) : cells;
  });
  const title = line(` ${series.length} series`, 'bold');
  const height = area.rows - head.length - listed.length - 4;
  const plot = height >= 2 ? plotLines(state, shown, area.columns, height) : [];
  return [...head, ...plot, emptyLine, title, ...listed]
    .slice(0, area.rows)
    .map((one) => cut(one, area.columns));
}

/** UCUM writes "1" for a number without a unit. */
const unitOf = ({ unit }: PlottedSeries): string =>
  unit === '' || unit === '1' ? '' : ` ${safe(unit, 20)}`;

const clock = ({ epochNs }: PointState, at: number): string =>
  clockTime(BigInt(epochNs) + BigInt(Math.round(at))).slice(0, 8);

const nearestPoint = ({ points }: PlottedSeries, at: number) =>
  points.reduce<(typeof points)[number] | null>(
    (best, one) => (best === null || Math.abs(one.at - at) < Math.abs(best.at - at) ? one : best),
    null,
  );

/** Bars of eighths, `height` rows high; the axis below with the point marked. */
function plotLines(
  state: PointState,
  { points }: PlottedSeries,
  columns: number,
  height: number,
): readonly Line[] {
  const from = points[0]?.at ?? 0;
  const to = points.at(-1)?.at ?? 0;
  const width = columns - scaleWidth - 2;
  const axis = axisOf([{ from, to }], width);
  const values = meansOf(points, axis);
  const known = values.filter((value) => value !== null);
  const high = Math.max(...known, 0);
  const low = Math.min(...known, 0);
  const span = high > low ? high - low : 1;
  const eighths = values.map((value) =>
    value === null ? null : Math.max(1, Math.round(((value - low) / span) * height * 8)),
  );
  const lines = Array.from({ length: height }, (_, row) => {
    const base = (height - 1 - row) * 8;
    const bars = eighths
      .map((filled) => {
        if (filled === null || filled <= base) return ' ';
        return levels[Math.min(7, filled - base - 1)];
      })
      .join('');
    const scale = row === 0 ? formatNumber(high) : row === height - 1 ? formatNumber(low) : '';
    return [column(scale, scaleWidth, { align: 'right', style: ['dim'] }), cell(` ${bars}`)];
  });
  const marked = columnAt(axis, Math.max(from, Math.min(to, state.at)));
  const ruler = axis.map((_, at) => (at === marked ? '▴' : '─')).join('');
  const ends = `${clock(state, from)}${padTo(clock(state, to), Math.max(8, width - 8), 'right')}`;
  return [
    ...lines,
    [cell(' '.repeat(scaleWidth + 1)), cell(ruler)],
    [cell(' '.repeat(scaleWidth + 1)), cell(ends, 'dim')],
  ];
}

/** Means by column; a value holds until the next point is due. */
function meansOf(
  points: PlottedSeries['points'],
  axis: ReturnType<typeof axisOf>,
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
function holdOf(points: PlottedSeries['points']): number {
  const steps = points
    .slice(1)
    .map(({ at }, index) => at - (points[index]?.at ?? at))
    .sort((a, b) => a - b);
  return 1.5 * (steps[steps.length >> 1] ?? 0);
}

/** Columns of the small curve beside each series. */
const curveWidth = 24;

function seriesCells({ instance, attributes, points }: PlottedSeries, columns: number): Line {
  const parts = Object.entries(attributes).map(
    ([name, value]) => `${safe(name, 40)}=${safe(valueText(value as never), 60)}`,
  );
  const name = [...(instance === null ? [] : [safe(instance, 60)]), ...parts].join(' ');
  const axis = axisOf([{ from: points[0]?.at ?? 0, to: points.at(-1)?.at ?? 0 }], curveWidth);
  return [
    column(name === '' ? '(no attributes)' : name, Math.max(8, columns - curveWidth - 10)),
    cell(' '),
    cell(sparkline(meansOf(points, axis))),
    column(formatNumber(points.at(-1)?.value ?? 0), 9, { align: 'right' }),
  ];
}
