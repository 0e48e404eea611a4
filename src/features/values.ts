/**
 * Numbers that are reported again and again → minutes. A metric series and a numeric span
 * attribute become the same thing: per minute a count, a mean and a spread.
 */
import type {
  Attributes,
  Buckets,
  Cohort,
  MetricPoint,
  MetricSeries,
  Nanos,
  Source,
  ValueExample,
  ValueFeature,
  ValueMinute,
  ValuePoint,
} from '../model.ts';

interface Cell {
  cohort: Cohort;
  minute: Nanos;
  count: number;
  mean: number;
  spread: number;
  example: ValueExample;
  furthest: number;
  buckets?: Buckets | undefined;
}

type Identity = Omit<ValueFeature, 'minutes' | 'points'>;

interface Entry {
  readonly identity: Identity;
  readonly cells: Map<string, Cell>;
  readonly points: ValuePoint[];
}

interface Observed {
  readonly mean: number;
  readonly count: number;
  readonly example: ValueExample;
  readonly buckets?: Buckets | undefined;
}

export interface ValueAccumulator {
  add(
    identity: Identity,
    at: { readonly cohort: Cohort; readonly minute: Nanos },
    observed: Observed,
  ): void;
  /** What was added so far, for `absorb` of another. */
  counts(): ValueCounts;
  absorb(others: ValueCounts): void;
  /** By name and source. */
  finish(): readonly ValueFeature[];
}

/** By identity, by text. */
export type ValueCounts = ReadonlyMap<string, Entry>;

/** Series kept: telemetry with an id in an attribute must not make features grow without end. */
const seriesLimit = 20_000;

/** `everyPoint`: points of metrics are also kept one by one. */
export function valueAccumulator(everyPoint = false): ValueAccumulator {
  const entries = new Map<string, Entry>();
  const entryOf = (identity: Identity): Entry | null => {
    const key = keyOf(identity);
    const known = entries.get(key);
    if (known) return known;
    if (entries.size >= seriesLimit) return null;
    const entry = { identity, cells: new Map(), points: [] };
    entries.set(key, entry);
    return entry;
  };
  // Points of a series come one after another: its key is spelt out once.
  let last: { readonly identity: Identity | null; readonly entry: Entry | null } = {
    identity: null,
    entry: null,
  };
  return {
    add(identity, { cohort, minute }, observed) {
      const entry = identity === last.identity ? last.entry : entryOf(identity);
      last = { identity, entry };
      if (entry === null) return;
      if (everyPoint && identity.origin === 'metric') {
        entry.points.push({ cohort, value: observed.mean });
      }
      const cellKey = `${cohort}${minute}`;
      const cell = entry.cells.get(cellKey);
      if (cell) merge(cell, observed);
      else entry.cells.set(cellKey, { cohort, minute, spread: 0, furthest: 0, ...observed });
    },
    counts: () => entries,
    absorb(others) {
      for (const { identity, cells, points } of others.values()) {
        const entry = entryOf(identity);
        if (entry === null) continue;
        entry.points.push(...points);
        for (const [key, other] of cells) {
          const cell = entry.cells.get(key);
          if (cell) absorbCell(cell, other);
          else entry.cells.set(key, other);
        }
      }
    },
    finish: () =>
      [...entries]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, { identity, cells, points }]) => ({
          ...identity,
          minutes: minutesOf(cells),
          ...(everyPoint && identity.origin === 'metric' && { points }),
        })),
  };
}

const keyOf = ({ name, unit, origin, source, attributes }: Identity): string =>
  JSON.stringify([
    name,
    source.service,
    source.instance,
    source.version,
    source.model,
    source.rank,
    attributes,
    unit,
    origin,
  ]);

/** Parallel update of mean and squared deviations (Chan, Golub, LeVeque 1979). */
function merge(cell: Cell, { mean, count, example, buckets }: Observed): void {
  if (cell.buckets) cell.buckets = buckets && together(cell.buckets, buckets, 1);
  const total = cell.count + count;
  const delta = mean - cell.mean;
  cell.spread += (delta * delta * cell.count * count) / total;
  cell.mean += (delta * count) / total;
  cell.count = total;
  // The example shown is the value furthest from what went before it.
  if (Math.abs(delta) > cell.furthest) {
    cell.furthest = Math.abs(delta);
    cell.example = example;
  }
}

/** Of two that were merged apart the example is that of the one that strays further. */
function absorbCell(cell: Cell, other: Cell): void {
  const { example, furthest } = cell;
  merge(cell, other);
  cell.spread += other.spread;
  cell.example = other.furthest > furthest ? other.example : example;
  cell.furthest = Math.max(furthest, other.furthest);
}

const minutesOf = (cells: ReadonlyMap<string, Cell>): readonly ValueMinute[] =>
  [...cells.values()]
    .sort((a, b) => a.minute - b.minute || (a.cohort < b.cohort ? -1 : 1))
    .map(({ cohort, minute, count, mean, spread, example, buckets }) => {
      const cell = { cohort, minute, count, mean, spread, example };
      return buckets ? { ...cell, buckets } : cell;
    });

/** `one` and `times` the other; undefined if their bounds differ. */
function together(one: Buckets, other: Buckets, times: 1 | -1): Buckets | undefined {
  const { bounds } = one;
  const areSame =
    bounds.length === other.bounds.length &&
    bounds.every((bound, at) => bound === other.bounds[at]);
  if (!areSame) return undefined;
  return { bounds, counts: one.counts.map((n, at) => n + times * (other.counts[at] as number)) };
}

/**
 * Points as levels or rates: a growing sum becomes its increase per second, a cumulative
 * histogram the mean of what was added since the point before; gauges and the rest stay.
 */
export function levels(series: MetricSeries): readonly MetricPoint[] {
  if (series.type === 'gauge' || series.type === 'summary') return series.points;
  if (series.temporality !== 'cumulative') return series.points;
  if (series.type === 'sum') return series.monotonic ? rates(series.points) : series.points;
  return increments(series.points);
}

function rates(points: readonly MetricPoint[]): readonly MetricPoint[] {
  return points.slice(1).flatMap((point, index) => {
    const before = points[index] as MetricPoint;
    const seconds = (point.time - before.time) / 1e9;
    // A counter that fell was reset: what it shows now has been added since.
    const added = point.value >= before.value ? point.value - before.value : point.value;
    return seconds > 0 ? [{ ...point, value: added / seconds }] : [];
  });
}

/** What came before the first point may be days old: it counts only where nothing else is known. */
function increments(points: readonly MetricPoint[]): readonly MetricPoint[] {
  if (points.length === 1) return points;
  return points.slice(1).flatMap((point, index) => {
    const before = points[index] as MetricPoint;
    // Fewer observations than before: reset, all of these have been added since.
    if (point.count < before.count) return [point];
    const count = point.count - before.count;
    const sum = point.value * point.count - before.value * before.count;
    if (count <= 0) return [];
    const buckets = point.buckets && before.buckets && together(point.buckets, before.buckets, -1);
    return [{ time: point.time, count, value: sum / count, ...(buckets && { buckets }) }];
  });
}

/** Numeric attributes of a span whose value is a finite number. */
export function numbersIn(attributes: Attributes): readonly (readonly [string, number])[] {
  const numbers: (readonly [string, number])[] = [];
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'number' && Number.isFinite(value)) numbers.push([name, value]);
    else if (typeof value === 'boolean') numbers.push([name, Number(value)]);
  }
  return numbers;
}

/** Everything about a series that its source does not say already. */
export function otherAttributes(attributes: Attributes, source: Source): Attributes {
  const told = new Set([
    source.service,
    source.instance,
    source.version,
    source.model,
    source.rank,
  ]);
  return Object.fromEntries(
    Object.entries(attributes).filter(([, value]) => !told.has(String(value))),
  );
}
