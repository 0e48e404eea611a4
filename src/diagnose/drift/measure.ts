/**
 * One series in both windows: how far apart, by which test, and in which minutes it shows.
 *
 * Neighbours resemble each other: calls of one minute share its traffic, and gauges are often moving
 * averages. Tests that take them for independent alarm falsely in most clean runs, so counts are
 * divided by how much more the baseline's minutes differ than chance would have it.
 */
import type { Cohort } from '../../model.ts';
import {
  binned,
  equalFrequencyBounds,
  homogeneity,
  jensenShannon,
  kolmogorov,
  kolmogorovAtLeast,
  stabilityIndex,
} from './distances.ts';
import { measuredLevel, measuredReport } from './levels.ts';
import {
  designOf,
  type Measured,
  markedOf,
  ranksOf,
  type Sides,
  shareOf,
  sidesOf,
} from './minutes.ts';
import type { Observation, Series } from './series.ts';

/** Shares of values that lie apart: that of KSWIN (Raab, Heusinger and Schleif 2020). */
const leastKs = 0.1;
/** Of Jensen-Shannon distances: what drift monitors take by convention. */
const leastJs = 0.1;

/** `peers`: the series of the same metric of the service, this one among them. */
export function measure(series: Series, peers: readonly Series[]): Measured {
  if (series.kind === 'level') {
    return series.report === null ? measuredLevel(series) : measuredReport(series, peers);
  }
  return series.kind === 'category' ? measuredCategory(series) : measuredNumber(series);
}

// ---------------------------------------------------------------- numbers and buckets

function measuredNumber({ observations, means, bounds: own }: Series): Measured {
  const { baseline, incident } = sidesOf(observations);
  const [before, after] = [baseline, incident].map((side) => side.map(weighed)) as [
    ReturnType<typeof weighed>[],
    ReturnType<typeof weighed>[],
  ];
  const found = kolmogorov(before, after) ?? { distance: 0, at: 0, sign: 1 as const };
  const design = designOf(baseline, ranksOf(baseline));
  const bounds = own.length > 0 ? own : equalFrequencyBounds(before);
  const [p, q] = [effectiveOf(baseline), effectiveOf(incident)];
  const scaled = (side: typeof before, n: number): readonly number[] => {
    const counts = binned(side, bounds);
    const total = counts.reduce((sum, count) => sum + count, 0);
    return counts.map((count) => (count * n) / total);
  };
  const cells = [scaled(before, p), scaled(after, q)] as const;
  const told = means.length > 0 ? sidesOf(means) : { baseline, incident };
  const levels = { baseline: meanOf(told.baseline), incident: meanOf(told.incident) };
  const isAbove = (one: Observation): number => Number((one.value as number) > found.at);
  return {
    ...{ test: 'kolmogorov-smirnov', category: null, sign: found.sign, design },
    effect: { measure: 'ks', value: found.distance, floor: leastKs },
    distances: {
      psi: stabilityIndex(...cells),
      jensenShannon: jensenShannon(...cells),
      shift: shiftOf(before, levels),
    },
    ...{ was: levels.baseline, is: levels.incident, n: countsOf({ baseline, incident }) },
    p: kolmogorovAtLeast(found.distance, p / design, q / design),
    minutes: markedOf(observations, isAbove),
    mark: { baseline: shareOf(baseline, isAbove), incident: shareOf(incident, isAbove) },
  };
}

const weighed = ({ value, count, weight }: Observation) => ({
  value: value as number,
  weight: count * weight,
});

function shiftOf(
  before: readonly { readonly value: number; readonly weight: number }[],
  { baseline, incident }: Readonly<Record<Cohort, number>>,
): number | null {
  const total = before.reduce((sum, { weight }) => sum + weight, 0);
  const mean = before.reduce((sum, { value, weight }) => sum + value * weight, 0) / total;
  const spread = before.reduce((sum, { value, weight }) => sum + weight * (value - mean) ** 2, 0);
  const deviation = Math.sqrt(spread / total);
  return deviation > 0 ? (incident - baseline) / deviation : null;
}

const meanOf = (side: readonly Observation[]): number =>
  shareOf(side, ({ value }) => value as number);

const countsOf = ({ baseline, incident }: Sides) => {
  const count = (side: readonly Observation[]): number =>
    side.reduce((sum, one) => sum + one.count, 0);
  return { baseline: count(baseline), incident: count(incident) };
};

/** Observations that stand for many others are worth fewer than there are: Kish (1965). */
function effectiveOf(side: readonly Observation[]): number {
  let [sum, squares] = [0, 0];
  for (const { count, weight } of side) {
    sum += count * weight;
    squares += count * weight * weight;
  }
  return squares === 0 ? 0 : (sum * sum) / squares;
}

// ---------------------------------------------------------------- categories

function measuredCategory({ observations }: Series): Measured {
  const { baseline, incident } = sidesOf(observations);
  const categories = [...new Set(observations.map(({ value }) => String(value)))].sort();
  const counted = (side: readonly Observation[]): readonly number[] =>
    categories.map((category) => shareOf(side, (one) => Number(one.value === category)));
  const [was, is] = [counted(baseline), counted(incident)];
  const moved = was.map((share, at) => (is[at] as number) - share);
  const top = moved.reduce((best, by, at) => {
    return Math.abs(by) > Math.abs(moved[best] as number) + 1e-12 ? at : best;
  }, 0);
  const category = categories[top] as string;
  const isTop = (one: Observation): number => Number(one.value === category);
  const design = designOf(baseline, isTop);
  const scaled = (shares: readonly number[], n: number): readonly number[] =>
    shares.map((share) => share * n);
  const [n, m] = [effectiveOf(baseline), effectiveOf(incident)];
  const cells = [scaled(was, n), scaled(is, m)] as const;
  const { test, p } = homogeneity(scaled(was, n / design), scaled(is, m / design));
  const mark = { baseline: was[top] as number, incident: is[top] as number };
  const distance = jensenShannon(...cells);
  return {
    ...{ test, p, category, design, mark, was: mark.baseline, is: mark.incident },
    sign: (moved[top] as number) < 0 ? -1 : 1,
    effect: { measure: 'jensen-shannon', value: distance, floor: leastJs },
    distances: { psi: stabilityIndex(...cells), jensenShannon: distance, shift: null },
    n: countsOf({ baseline, incident }),
    minutes: markedOf(observations, isTop),
  };
}
