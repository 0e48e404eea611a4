/** One metric of one service over time: all that is known of one of its series, and the point that an evidence names. */

import type { Drift, DriftSignal, SeriesLine } from '../../model.ts';
import { driftWords } from '../../report/index.ts';
import { formatNumber, wrap } from '../../text.ts';
import { valueText } from '../facts.ts';
import { safe } from '../glyphs.ts';
import { filterValue } from '../held.ts';
import { beside, cell, column, cut, type Line, line, padded, reversed } from '../line.ts';
import { atTop, type Cursor, firstSeen, type Motion, moved, placed, rowsIn } from '../list.ts';
import { type Area, isBeside, type Screen, type Step, type Subjects } from '../screen.ts';
import { clockAt, offsetOf } from '../times.ts';
import { heldSeries } from './metric-held.ts';
import {
  attributesText,
  baselineLegend,
  curveText,
  curveWidth,
  distanceText,
  keyOfSeries,
  seriesPlot,
  sidesText,
  unitOf,
} from './metric-series.ts';
import {
  distributionOf,
  sideBySide,
  sliceTexts,
  spreadColumns,
  spreadLines,
} from './metric-spread.ts';

export interface PointState {
  readonly subject: Subjects['point'];
  /** ns since the epoch. */
  readonly at: number;
  readonly list: Cursor;
  /** True: level and range of the baseline are drawn in the plot. */
  readonly overlay: boolean;
  /** Null until it was asked for and found. */
  readonly drift: Drift | null;
}

type Action = 'overlay' | 'traces' | 'logs';

export const point: Screen<PointState, Subjects['point'], Action> = {
  title: 'Metric',
  keeps: ['list', 'overlay'],
  bindings: [
    { keys: ['B'], action: 'overlay', help: 'baseline' },
    { keys: ['t'], action: 'traces', help: 'traces' },
    { keys: ['o'], action: 'logs', help: 'logs' },
  ],
  init: (subject) => ({
    subject,
    at: offsetOf(subject.at, subject.epochNs),
    list: atTop,
    overlay: true,
    drift: null,
  }),
  crumb: ({ subject }) => safe(subject.series[0]?.metric ?? '', 60),
  aimed(state, place, area) {
    const { series } = state.subject;
    const wanted = place.screen === 'point' ? place.series : undefined;
    const at = series.findIndex((one) => keyOfSeries(one) === wanted);
    return at < 0
      ? state
      : { ...state, list: placed(state.list, at, series.length, listRows(state, area)) };
  },
  wants: ({ subject: { series } }) =>
    series.some(({ layer }) => layer !== 'infrastructure' && layer !== 'application')
      ? { ask: 'drift' }
      : null,
  answered: (state, _question, reply) =>
    'answer' in reply ? { ...state, drift: reply.answer as Drift } : state,
  held(state) {
    const one = chosen(state);
    return one ? heldSeries(one) : null;
  },
  rows: (state) => rowsIn(state, state.subject.series.length),
  update,
  View,
};

const chosen = ({ subject: { series }, list }: PointState): SeriesLine | undefined =>
  series[Math.min(list.at, series.length - 1)];

function update(state: PointState, action: Action | Motion, area: Area): Step<PointState> {
  const { list, subject, overlay } = state;
  const service = chosen(state)?.service;
  switch (action) {
    case 'overlay':
      return { state: { ...state, overlay: !overlay } };
    case 'traces':
      return service === undefined
        ? { state }
        : { state, go: { screen: 'traces', filter: `service=${filterValue(service)}` } };
    case 'logs':
      return service === undefined ? { state } : { state, go: { screen: 'logs', filter: service } };
    default: {
      const rows = listRows(state, area);
      return { state: { ...state, list: moved(list, action, subject.series.length, rows) } };
    }
  }
}

/** The series get at most an eighth of the screen; what is said of one of them the rest. */
const listRows = ({ subject }: PointState, { rows }: Area): number =>
  Math.max(1, Math.min(subject.series.length, Math.floor(rows / 8)));

function View(state: PointState, area: Area): readonly Line[] {
  const one = chosen(state);
  if (!one) return [line(' no point of this metric is in the case', 'dim')];
  const { columns } = area;
  const listed = listLines(state, area);
  const head = headLines(state, one, columns);
  const rows = area.rows - head.length - listed.length;
  const texts = signalsOf(state.drift, one).flatMap(sliceTexts);
  const bins = distributionOf(state.subject, one);
  const plot = (columns: number, rows: number): readonly Line[] =>
    seriesPlot(state, one, state.at, { columns, rows });
  const body = (): readonly Line[] => {
    if (isBeside(area, sideBySide)) {
      const left = columns - spreadColumns - 3;
      const spread = spreadLines(bins, texts, { columns: spreadColumns, rows });
      return beside(padded(plot(left, rows), rows), spread, left);
    }
    const spread = spreadLines(bins, texts, { columns, rows: Math.ceil(0.4 * rows) });
    return padded([...plot(columns, rows - spread.length), ...spread], rows);
  };
  return [...head, ...body(), ...listed].slice(0, area.rows).map((line) => cut(line, columns));
}

/** What it is, its level before and now, how far that is apart, and what the test of drift says. */
function headLines(state: PointState, one: SeriesLine, columns: number): readonly Line[] {
  const name = attributesText(one);
  const unit = unitOf(one) === '' ? '' : ` ${unitOf(one)}`;
  const nearest = nearestPoint(one, state.at);
  const said = nearest
    ? ` · ▴ ${formatNumber(nearest.value)}${unit} at ${clockAt(state.subject.epochNs, nearest.at)}`
    : '';
  const drift = signalsOf(state.drift, one).flatMap((signal) => [
    `drift: ${driftWords.outcomeWords[signal.outcome]}, rank ${signal.rank}: ${driftWords.moveText(signal)}`,
    driftWords.testText(signal),
  ]);
  return [
    cut(
      [cell(` ${safe(one.metric, 100)}`, 'bold'), cell(` of ${safe(one.service, 60)}, ${name}`)],
      columns,
    ),
    ...wrap(sidesText(one), columns - 2).map((part) => line(` ${part}`)),
    ...wrap(`incident: ${distanceText(one)}${said}`, columns - 2).map((part) => line(` ${part}`)),
    ...drift.flatMap((text) => wrap(text, columns - 2).map((part) => line(` ${part}`, 'dim'))),
  ];
}

/** What was tested of it: signals are told apart by parts of their attributes, not by instance. */
function signalsOf(drift: Drift | null, one: SeriesLine): readonly DriftSignal[] {
  const values = new Set(Object.values(one.attributes).map((value) => valueText(value as never)));
  return (drift?.signals ?? []).filter(({ name, service, origin }) => {
    if (origin !== 'metric' || service !== one.service) return false;
    if (name === one.metric) return true;
    const begin = `${one.metric} (`;
    const parts = name.slice(begin.length, -1).split(', ');
    return name.startsWith(begin) && parts.every((part) => values.has(part));
  });
}

const nearestPoint = ({ points }: SeriesLine, at: number) =>
  points.reduce<(typeof points)[number] | null>(
    (best, one) => (best === null || Math.abs(one.at - at) < Math.abs(best.at - at) ? one : best),
    null,
  );

function listLines(state: PointState, area: Area): readonly Line[] {
  const { series } = state.subject;
  const rows = listRows(state, area);
  const top = firstSeen(state.list, series.length, rows);
  const position = series.length > 1 ? ` ${state.list.at + 1}/${series.length}` : '';
  return [
    [
      cell(` series of this metric and service${position}`, 'bold'),
      cell(state.overlay ? `   ${baselineLegend}` : '', 'dim'),
    ],
    ...series.slice(top, top + rows).map((one, index): Line => {
      const current = top + index === state.list.at;
      const cells = [cell(current ? '▸' : ' '), ...seriesCells(one, area.columns - 1)];
      return current ? reversed(cells, area.columns) : cells;
    }),
  ];
}

function seriesCells(one: SeriesLine, columns: number): Line {
  const name = attributesText(one);
  return [
    column(name === '' ? '(no attributes)' : name, Math.max(8, columns - curveWidth - 10)),
    cell(' '),
    column(curveText(one), curveWidth),
    column(formatNumber(one.sides.incident?.median ?? one.points.at(-1)?.value ?? 0), 9, {
      align: 'right',
    }),
  ];
}
