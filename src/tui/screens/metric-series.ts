/** Series of metrics in a list, and one of them over time. */
import type { MetricLines, SeriesLine, SeriesSide } from '../../model.ts';
import { sparkline } from '../../text/sparkline.ts';
import { clockTime, formatNumber } from '../../text.ts';
import { valueText } from '../facts.ts';
import { safe } from '../glyphs.ts';
import { cell, column, cut, type Line, line, type Style } from '../line.ts';
import { meansOf, plotLines } from '../plot.ts';
import type { Area } from '../screen.ts';
import { axisOf } from '../spark.ts';
import { byText, type TableColumn } from '../table.ts';

/** UCUM writes "1" for a number without a unit. */
const unitOf = ({ unit, rate }: SeriesLine): string => {
  const plain = unit === '' || unit === '1' ? '' : safe(unit, 20);
  return rate ? `${plain}/s` : plain;
};

export function attributesText({ instance, attributes }: SeriesLine): string {
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

export const shortLayer = {
  infrastructure: 'infra',
  data: 'data',
  model: 'model',
  application: 'app',
};

/** Columns of the small curve beside each series. */
const curveWidth = 24;

export const seriesColumns: readonly TableColumn<SeriesLine>[] = [
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

/** The series over time, with its levels. `overlay`: the level of the baseline across the plot. */
export function seriesLines(
  { subject, overlay }: { readonly subject: MetricLines; readonly overlay: boolean },
  one: SeriesLine,
  { columns: width, rows }: Area,
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
