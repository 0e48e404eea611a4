/** One metric of one service over time, with the point that an evidence names. */

import type { PlottedSeries } from '../../model.ts';
import { sparkline } from '../../text/sparkline.ts';
import { clockTime, formatNumber } from '../../text.ts';
import { valueText } from '../facts.ts';
import { safe } from '../glyphs.ts';
import { cell, column, cut, emptyLine, type Line, line, reversed } from '../line.ts';
import { atTop, type Cursor, firstSeen, type Motion, moved } from '../list.ts';
import { meansOf, plotLines } from '../plot.ts';
import type { Area, Screen, Subjects } from '../screen.ts';
import { axisOf } from '../spark.ts';
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
  const plot = plotLines(
    { points: shown.points, level: null, window: null, mark: at, clock: (at) => clock(state, at) },
    area.columns,
    area.rows - head.length - listed.length - 2,
  );
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
