/** Series of metrics in a list, and one of them over time. */
import type { MetricLines, SeriesLine, SeriesSide } from '../../model.ts';
import { sparkline } from '../../text/sparkline.ts';
import { displayWidth, formatNumber, plural } from '../../text.ts';
import { valueText } from '../facts.ts';
import { safe } from '../glyphs.ts';
import { cell, cut, type Line, line, type Style } from '../line.ts';
import { meansOf, plotLines } from '../plot.ts';
import type { Area } from '../screen.ts';
import { axisOf } from '../spark.ts';
import { byText, type TableColumn } from '../table.ts';
import { clockAt } from '../times.ts';

/** What tells a series from the others of its metric and service, as text. */
export const keyOfSeries = ({ instance, attributes }: SeriesLine): string =>
  JSON.stringify([instance, attributes]);

/** UCUM writes "1" for a number without a unit. */
export const unitOf = ({ unit, rate }: SeriesLine): string => {
  const plain = unit === '' || unit === '1' ? '' : safe(unit, 20);
  return rate ? `${plain}/s` : plain;
};

/** What tells it from the others of its metric: attributes first, since ids of instances are long. */
export function attributesText({ instance, attributes }: SeriesLine): string {
  const parts = Object.entries(attributes)
    .filter(([, value]) => value !== instance)
    .map(([name, value]) => `${safe(name, 40)}=${safe(valueText(value as never), 60)}`);
  return [...parts, ...(instance === null ? [] : [safe(instance, 60)])].join(' ');
}

/** Deviations from which a level is told from noise: three, as on a control chart. */
const outside = 3;

/** Above it numbers have more digits than a column of the list. */
const mostInFull = 1e8;

function levelOf(side: SeriesSide | null): string {
  if (!side) return '–';
  return Math.abs(side.median) < mostInFull
    ? formatNumber(side.median)
    : side.median.toExponential(3).replace('e+', 'e');
}

const medianOrder =
  (of: 'baseline' | 'incident') =>
  (a: SeriesLine, b: SeriesLine): number =>
    (a.sides[of]?.median ?? Number.NEGATIVE_INFINITY) -
    (b.sides[of]?.median ?? Number.NEGATIVE_INFINITY);

const isOutside = ({ distance }: SeriesLine): boolean => (distance ?? 0) >= outside;
const quietly = (one: SeriesLine): readonly Style[] => (isOutside(one) ? [] : ['dim']);

export const shortLayer = {
  infrastructure: 'infra',
  data: 'data',
  model: 'model',
  application: 'app',
};

/** Columns of the small curve beside each series. */
export const curveWidth = 24;

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
    text: (one) => `${safe(one.metric, 120)} ${attributesText(one)}`,
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
    width: 11,
    align: 'right',
    text: ({ sides }) => levelOf(sides.baseline),
    style: quietly,
    order: medianOrder('baseline'),
    greatest: true,
  },
  {
    title: 'incident',
    width: 11,
    align: 'right',
    text: ({ sides }) => levelOf(sides.incident),
    style: quietly,
    order: medianOrder('incident'),
    greatest: true,
  },
  {
    title: 'moved',
    width: 11,
    align: 'right',
    text: movedText,
    style: (one) => (isOutside(one) ? ['bold'] : ['dim']),
    order: (a, b) => (a.distance ?? -1) - (b.distance ?? -1),
    greatest: true,
  },
  { title: '', width: 1, from: 110, text: () => '' },
  {
    title: '',
    width: curveWidth + 1,
    from: 110,
    text: curveText,
  },
];

/** Its points over time, small. */
export function curveText({ points }: SeriesLine): string {
  const axis = axisOf([{ from: points[0]?.at ?? 0, to: points.at(-1)?.at ?? 0 }], curveWidth);
  return sparkline(meansOf(points, axis));
}

/** How far it moved, as a sentence. */
export function distanceText({ distance, sides: { baseline, incident } }: SeriesLine): string {
  if (!incident) return 'no point in the incident';
  if (!baseline) return 'nothing before to compare with';
  if (distance === null) return 'too few points before to compare with';
  if (isConstant(baseline)) {
    const was = `was always ${formatNumber(baseline.median)} before`;
    if (distance === 0 && isConstant(incident)) return `${was}, and still is`;
    return incident.median === baseline.median
      ? `${was}, and is not at times now`
      : `${was}: a new level`;
  }
  const way = incident.median > baseline.median ? 'up' : 'down';
  const said = `${way} by ${distance >= 100 ? 'more than 99' : distance.toFixed(1)} deviations of the values before`;
  return distance >= outside ? said : `${said}: no more than noise`;
}

/** In deviations, with the direction; what never varied has none. Empty where nothing is compared. */
function movedText({ distance, sides: { baseline, incident } }: SeriesLine): string {
  if (distance === null || !baseline || !incident) return '';
  const arrow =
    incident.median > baseline.median ? '↑' : incident.median < baseline.median ? '↓' : '';
  if (!isConstant(baseline)) return `${arrow}${distance >= 100 ? '>99' : distance.toFixed(1)} σ`;
  if (distance === 0 && isConstant(incident)) return 'same';
  return arrow === '' ? 'at times' : `${arrow}new level`;
}

const isConstant = ({ low, high }: SeriesSide): boolean => low === high;

interface Shown {
  readonly subject: MetricLines;
  /** True: level and range of the baseline are drawn in the plot. */
  readonly overlay: boolean;
}

/** The series over time, with its levels. */
export function seriesLines(
  { subject, overlay }: Shown,
  one: SeriesLine,
  { columns: width, rows }: Area,
): readonly Line[] {
  const name = attributesText(one);
  const head: Line = [
    cell(` ${safe(one.metric, 100)}`, 'bold'),
    cell(` of ${safe(one.service, 60)}${name === '' ? '' : `, ${name}`}`),
    cell(unitOf(one) === '' ? '' : ` in ${unitOf(one)}`, 'dim'),
  ];
  const [long, short] = [sidesText(one), sidesText(one, shortSide)];
  const sides = displayWidth(long) < width ? long : short;
  const legendFits = displayWidth(sides) + displayWidth(baselineLegend) + 4 <= width;
  return [
    line('─'.repeat(width), 'dim'),
    cut(head, width),
    cut(
      [
        cell(` ${sides}`),
        cell(overlay && one.sides.baseline && legendFits ? `   ${baselineLegend}` : '', 'dim'),
      ],
      width,
    ),
    ...seriesPlot({ subject, overlay }, one, null, { columns: width, rows: rows - 3 }),
  ];
}

/** The numbers of both windows. */
export const sidesText = ({ sides }: SeriesLine, text = sideText): string =>
  `before ${text(sides.baseline)} → incident ${text(sides.incident)}`;

/** The same in fewer words. */
const shortSide: typeof sideText = (side) =>
  side === null || isConstant(side)
    ? sideText(side)
    : `${formatNumber(side.median)} (${formatNumber(side.low)} to ${formatNumber(side.high)}, n ${side.count})`;

/** What is drawn of the baseline. */
export const baselineLegend = '┄ median ░▓ range before';

/** Its points over time. `mark`: a time that is marked. */
export const seriesPlot = (
  { subject, overlay }: Shown,
  { points, sides: { baseline } }: SeriesLine,
  mark: number | null,
  { columns, rows }: Area,
): readonly Line[] =>
  plotLines(
    {
      points,
      level: overlay ? (baseline?.median ?? null) : null,
      band: overlay ? baseline : null,
      window: subject.incident,
      mark,
      clock: (at) => clockAt(subject.epochNs, at),
    },
    columns,
    rows,
  );

const sideText = (side: SeriesSide | null): string => {
  if (side === null) return 'no point';
  const points = plural(side.count, 'point');
  return isConstant(side)
    ? `${side.count > 1 ? 'always ' : ''}${formatNumber(side.median)} (${points})`
    : `${formatNumber(side.median)} (${formatNumber(side.low)} to ${formatNumber(side.high)}, ${points})`;
};
