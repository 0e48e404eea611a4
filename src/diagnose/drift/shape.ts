/** How the values of both windows are spread: the same few bins for both, to be drawn or printed. */
import type { Cohort, DriftBin } from '../../model.ts';
import { digits } from '../../text.ts';
import { shareOf, sidesOf } from './minutes.ts';
import type { Observation, Series } from './series.ts';

/** More cannot be told apart in a line of a terminal. */
const mostBins = 16;

/** By value; categories by how frequent they are. Empty of a level, whose values are minutes. */
export function shapeOf(series: Series): readonly DriftBin[] {
  if (series.kind === 'level') return [];
  const sides = sidesOf(series.observations);
  const edges = series.kind === 'category' ? categories(sides) : ranges(series);
  return edges.map(({ holds, ...edge }) => {
    const share = (cohort: Cohort) => digits(shareOf(sides[cohort], (one) => Number(holds(one))));
    return { ...edge, baseline: share('baseline'), incident: share('incident') };
  });
}

interface Edge extends Pick<DriftBin, 'category' | 'from' | 'to'> {
  readonly holds: (one: Observation) => boolean;
}

function categories(sides: ReturnType<typeof sidesOf>): readonly Edge[] {
  const names = new Set([...sides.baseline, ...sides.incident].map(({ value }) => String(value)));
  const share = (name: string): number =>
    shareOf(sides.baseline, ({ value }) => Number(value === name)) +
    shareOf(sides.incident, ({ value }) => Number(value === name));
  return [...names]
    .map((name) => ({ name, share: share(name) }))
    .sort((a, b) => b.share - a.share || (a.name < b.name ? -1 : 1))
    .slice(0, mostBins)
    .map(({ name }) => {
      return { category: name, from: null, to: null, holds: ({ value }) => value === name };
    });
}

function ranges({ kind, observations, bounds }: Series): readonly Edge[] {
  const values = [...new Set(observations.map(({ value }) => value as number))].sort(
    (a, b) => a - b,
  );
  if (kind === 'buckets') return bucketRanges(values, bounds);
  if (values.length <= mostBins) {
    return values.map((own) => {
      return { category: null, from: own, to: own, holds: ({ value }) => value === own };
    });
  }
  return equalRanges(observations);
}

/** The buckets from the first to the last that hold anything, several in one where they are many. */
function bucketRanges(values: readonly number[], bounds: readonly number[]): readonly Edge[] {
  const bucketOf = (value: number): number => {
    const at = bounds.findIndex((bound) => value <= bound);
    return at < 0 ? bounds.length : at;
  };
  const [first, last] = [bucketOf(values[0] ?? 0), bucketOf(values.at(-1) ?? 0)];
  const size = Math.ceil((last - first + 1) / mostBins);
  return Array.from({ length: Math.ceil((last - first + 1) / size) }, (_, at): Edge => {
    const [low, high] = [first + at * size, Math.min(last, first + (at + 1) * size - 1)];
    const holds = ({ value }: Observation): boolean => {
      const bucket = bucketOf(value as number);
      return bucket >= low && bucket <= high;
    };
    return { category: null, from: bounds[low - 1] ?? null, to: bounds[high] ?? null, holds };
  });
}

/** Of both windows together, so much on each end goes into the outermost bins. */
const tail = 0.01;

function equalRanges(observations: readonly Observation[]): readonly Edge[] {
  const sorted = observations.map(({ value }) => value as number).sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] as number;
  const [least, low, high, most] = [at(0), at(tail), at(1 - tail), at(1)];
  const width = (high - low) / mostBins;
  const binOf = (value: number): number =>
    Math.max(0, Math.min(mostBins - 1, Math.floor((value - low) / (width || 1))));
  return Array.from({ length: mostBins }, (_, bin): Edge => {
    const from = bin === 0 ? least : low + bin * width;
    const to = bin === mostBins - 1 ? most : low + (bin + 1) * width;
    const holds = ({ value }: Observation): boolean => binOf(value as number) === bin;
    return { category: null, from: digits(from), to: digits(to), holds };
  });
}
