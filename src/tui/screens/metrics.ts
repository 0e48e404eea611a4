/** Metric series, what moved furthest first, and the one under the cursor over time. */
import type { MetricLines, SeriesLine, SeriesSide } from '../../model.ts';
import { sparkline } from '../../text/sparkline.ts';
import { clockTime, formatNumber, isoTime } from '../../text.ts';
import { valueText } from '../facts.ts';
import { safe } from '../glyphs.ts';
import { count } from '../health.ts';
import { filterValue, sqlText } from '../held.ts';
import { cell, column, cut, type Line, line, padded, type Style } from '../line.ts';
import { atTop, type Cursor, type Motion, moved } from '../list.ts';
import { meansOf, plotLines } from '../plot.ts';
import type { Area, Screen, Step } from '../screen.ts';
import { axisOf } from '../spark.ts';
import {
  byText,
  inOrder,
  isSortAction,
  resorted,
  type Sort,
  type SortAction,
  sortBindings,
  type TableColumn,
  tableLines,
  tableRows,
} from '../table.ts';

export interface MetricsState {
  readonly subject: MetricLines;
  readonly shown: readonly SeriesLine[];
  readonly filter: string;
  readonly sort: Sort;
  /** True: the level of the baseline is drawn across the plot. */
  readonly overlay: boolean;
  readonly list: Cursor;
}

type Action = 'open' | 'overlay' | SortAction;

export const metrics: Screen<MetricsState, MetricLines, Action> = {
  title: 'Metrics',
  keeps: ['sort', 'overlay', 'list'],
  bindings: [
    { keys: ['enter', 'l', 'right'], action: 'open', help: 'all its series' },
    { keys: ['B'], action: 'overlay', help: 'baseline' },
    ...sortBindings,
  ],
  init: (subject) =>
    arranged({ subject, shown: [], filter: '', sort: null, overlay: true, list: atTop }),
  filtered: (state, filter) => arranged({ ...state, filter: filter.toLowerCase(), list: atTop }),
  held({ shown, list }) {
    const one = shown[list.at];
    if (!one) return null;
    const { metric, unit, service, instance, attributes, sides, change } = one;
    return {
      what: `series ${safe(metric, 60)}`,
      target: `service:${service}`,
      id: metric,
      facts: {
        metric,
        unit,
        service,
        instance,
        attributes: JSON.stringify(attributes),
        before: sides.baseline?.median ?? null,
        incident: sides.incident?.median ?? null,
        moved: Number(change.toFixed(2)),
      },
      sql: `SELECT time, value, count, sum, instance, attributes FROM metric_points WHERE metric = ${sqlText(metric)} AND service = ${sqlText(service)} ORDER BY time_ns`,
      command: ['metrics', `metric=${filterValue(metric)}`, `service=${filterValue(service)}`],
    };
  },
  update,
  View,
};

function arranged(state: MetricsState): MetricsState {
  const { subject, filter, sort } = state;
  const shown = subject.series.filter((one) => textOf(one).includes(filter));
  return { ...state, shown: inOrder(shown, columns, sort) };
}

const textOf = (one: SeriesLine): string =>
  `${one.metric} ${one.service} ${one.instance ?? ''} ${one.layer ?? ''} ${attributesText(one)}`.toLowerCase();

function update(state: MetricsState, action: Action | Motion, area: Area): Step<MetricsState> {
  const { shown, list, subject } = state;
  if (isSortAction(action)) {
    const sort = resorted(state.sort, action, columns);
    return { state: { ...arranged({ ...state, sort }), list: atTop } };
  }
  if (action === 'overlay') return { state: { ...state, overlay: !state.overlay } };
  if (action !== 'open') {
    return { state: { ...state, list: moved(list, action, shown.length, listRows(area)) } };
  }
  const one = shown[list.at];
  const at = one?.points.find((point) => point.at >= subject.incident.from) ?? one?.points.at(-1);
  if (!one || !at) return { state };
  const { metric, service } = one;
  return { state, go: { screen: 'point', metric, service, at: isoAt(subject, at.at) } };
}

const isoAt = ({ epochNs }: MetricLines, at: number): string =>
  isoTime(BigInt(epochNs) + BigInt(Math.round(at)));

/** The plot gets half of the screen, with its heading. */
const plotRows = ({ rows }: Area): number => (rows < 12 ? 0 : Math.floor(rows / 2));
const tableArea = (area: Area): Area => ({ ...area, rows: area.rows - 1 - plotRows(area) });
const listRows = (area: Area): number => tableRows(tableArea(area));

function View(state: MetricsState, area: Area): readonly Line[] {
  const { subject, shown, list, sort } = state;
  const none = subject.series.length === 0 ? 'the case holds no metric' : 'no series passes';
  const table = { rows: shown, columns, list, sort, none };
  const lines = [headLine(state), ...tableLines(table, tableArea(area))];
  const rows = plotRows(area);
  const one = shown[list.at];
  if (rows === 0 || !one) return lines;
  return [...padded(lines, area.rows - rows), ...seriesLines(state, one, area.columns, rows)];
}

function headLine({ subject, shown, list, sort }: MetricsState): Line {
  const all = subject.series.length;
  const counts = shown.length === all ? count(all) : `${count(shown.length)} of ${count(all)}`;
  const position = shown.length > 0 ? ` · ${count(list.at + 1)}/${count(shown.length)}` : '';
  const left = subject.left > 0 ? `, ${count(subject.left)} more not shown` : '';
  const sides = subject.byHealth ? ' · no baseline in time' : '';
  const by = sort === null ? 'distance from the baseline' : sort.title.trim();
  return line(` ${counts} series${left}${position} · sorted by ${by}${sides}`);
}

/** UCUM writes "1" for a number without a unit. */
const unitOf = ({ unit, rate }: SeriesLine): string => {
  const plain = unit === '' || unit === '1' ? '' : safe(unit, 20);
  return rate ? `${plain}/s` : plain;
};

function attributesText({ instance, attributes }: SeriesLine): string {
  const parts = Object.entries(attributes).map(
    ([name, value]) => `${safe(name, 40)}=${safe(valueText(value as never), 60)}`,
  );
  return [...(instance === null ? [] : [safe(instance, 60)]), ...parts].join(' ');
}

/** Deviations from which a level is told from noise: three, as on a control chart. */
const outside = 3;

const levelOf = (side: SeriesSide | null): string => (side ? formatNumber(side.median) : '–');

const medianOrder =
  (of: 'baseline' | 'incident') =>
  (a: SeriesLine, b: SeriesLine): number =>
    (a.sides[of]?.median ?? Number.NEGATIVE_INFINITY) -
    (b.sides[of]?.median ?? Number.NEGATIVE_INFINITY);

const quietly = ({ change }: SeriesLine): readonly Style[] => (change >= outside ? [] : ['dim']);

const shortLayer = { infrastructure: 'infra', data: 'data', model: 'model', application: 'app' };

/** Columns of the small curve beside each series. */
const curveWidth = 24;

const columns: readonly TableColumn<SeriesLine>[] = [
  {
    title: 'layer',
    width: 6,
    from: 90,
    text: ({ layer }) => (layer ? shortLayer[layer] : ''),
    style: () => ['dim'],
    order: (a, b) => byText(a.layer ?? '~', b.layer ?? '~'),
  },
  {
    title: 'metric',
    width: 0,
    text: ({ metric }) => safe(metric, 120),
    style: quietly,
    order: (a, b) => byText(a.metric, b.metric),
  },
  {
    title: 'service',
    width: 20,
    text: ({ service }) => safe(service, 60),
    style: quietly,
    order: (a, b) => byText(a.service, b.service),
  },
  {
    title: 'before',
    width: 10,
    align: 'right',
    text: ({ sides }) => levelOf(sides.baseline),
    style: quietly,
    order: medianOrder('baseline'),
    greatest: true,
  },
  {
    title: 'incident',
    width: 10,
    align: 'right',
    text: ({ sides }) => levelOf(sides.incident),
    style: quietly,
    order: medianOrder('incident'),
    greatest: true,
  },
  {
    title: 'moved',
    width: 8,
    align: 'right',
    text: movedText,
    style: ({ change }) => (change >= outside ? ['bold'] : ['dim']),
    order: (a, b) => a.change - b.change,
    greatest: true,
  },
  { title: '', width: 1, from: 110, text: () => '' },
  {
    title: '',
    width: curveWidth + 1,
    from: 110,
    text: ({ points }) =>
      sparkline(
        meansOf(
          points,
          axisOf([{ from: points[0]?.at ?? 0, to: points.at(-1)?.at ?? 0 }], curveWidth),
        ),
      ),
  },
];

/** In deviations, with the direction; empty where nothing is compared. */
function movedText({ change, sides: { baseline, incident } }: SeriesLine): string {
  if (!baseline || !incident) return '';
  const arrow =
    incident.median > baseline.median ? '↑' : incident.median < baseline.median ? '↓' : '';
  return `${arrow}${change >= 100 ? '>99' : change.toFixed(1)}σ`;
}

function seriesLines(
  { subject, overlay }: MetricsState,
  one: SeriesLine,
  width: number,
  rows: number,
): readonly Line[] {
  const { baseline, incident } = one.sides;
  const name = attributesText(one);
  const clock = (at: number): string =>
    clockTime(BigInt(subject.epochNs) + BigInt(Math.round(at))).slice(0, 8);
  const head: Line = [
    cell(` ${safe(one.metric, 100)}`, 'bold'),
    cell(` of ${safe(one.service, 60)}${name === '' ? '' : `, ${name}`}`),
    cell(unitOf(one) === '' ? '' : ` in ${unitOf(one)}`, 'dim'),
  ];
  const plot = plotLines(
    {
      points: one.points,
      level: overlay ? (baseline?.median ?? null) : null,
      window: subject.incident,
      mark: null,
      clock,
    },
    width,
    rows - 3,
  );
  return [
    line('─'.repeat(width), 'dim'),
    cut(head, width),
    cut(
      [
        column('', 1),
        cell(`before ${sideText(baseline)} → incident ${sideText(incident)}`),
        cell(overlay && baseline ? '   ┄ median before' : '', 'dim'),
      ],
      width,
    ),
    ...plot,
  ];
}

const sideText = (side: SeriesSide | null): string =>
  side === null
    ? 'no point'
    : `${formatNumber(side.median)} (${formatNumber(side.low)} to ${formatNumber(side.high)}, ${side.count} points)`;
