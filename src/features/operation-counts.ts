/**
 * What was counted of operations, as a thread hands it to another: numbers in one column, because
 * two histograms for every minute of every operation take longer to hand over than to count.
 */
import type { Cohort, Histogram, Nanos, OperationFeature, SpanId, TraceId } from '../model.ts';
import { nanos } from '../model.ts';

export interface MinuteCell {
  readonly cohort: Cohort;
  readonly minute: Nanos;
  count: number;
  errors: number;
  readonly duration: Histogram;
  readonly self: Histogram;
  slowest: { traceId: TraceId; spanId: SpanId; ns: number };
}

export interface OperationEntry {
  readonly identity: Pick<OperationFeature, 'source' | 'operation' | 'kind'>;
  roots: number;
  /** By the number of the minute: as a key a small whole number is found faster than a time. */
  readonly cells: Readonly<Record<Cohort, Map<number, MinuteCell>>>;
}

export interface OperationCounts {
  readonly operations: readonly Pick<OperationEntry, 'identity' | 'roots'>[];
  /** Of each cell its fixed numbers, then the counts of both histograms; a minute before the first is less than 0. */
  readonly numbers: Int32Array;
  /** Of each cell; times are past 32 bits. */
  readonly times: Float64Array;
  readonly ids: readonly string[];
}

/** Numbers of a cell before its histograms: operation, cohort, minute, count, errors, and where both begin and how many counts they have. */
const fixedNumbers = 9;
const cohorts = ['baseline', 'incident'] as const;

/** A cell, with the place of its operation and the number of its minute. */
export type PackedCell = Pick<MinuteCell, 'cohort' | 'minute' | 'count' | 'errors' | 'slowest'> & {
  readonly operation: number;
  readonly number: number;
  readonly duration: BucketColumn;
  readonly self: BucketColumn;
};

interface BucketColumn {
  readonly from: number;
  readonly counts: Int32Array;
}

export function packed(entries: readonly OperationEntry[]): OperationCounts {
  const [sizes, count] = sizeOf(entries);
  const numbers = new Int32Array(sizes);
  const times = new Float64Array(2 * count);
  const ids: string[] = [];
  let at = 0;
  let cells = 0;
  for (const [operation, entry] of entries.entries()) {
    for (const [cohort, name] of cohorts.entries()) {
      for (const [number, cell] of entry.cells[name]) {
        const { duration, self, slowest } = cell;
        numbers.set([operation, cohort, number, cell.count, cell.errors], at);
        numbers.set([duration.from, duration.counts.length, self.from, self.counts.length], at + 5);
        numbers.set(duration.counts, at + fixedNumbers);
        numbers.set(self.counts, at + fixedNumbers + duration.counts.length);
        at += fixedNumbers + duration.counts.length + self.counts.length;
        times[2 * cells] = cell.minute;
        times[2 * cells + 1] = slowest.ns;
        ids.push(slowest.traceId, slowest.spanId);
        cells += 1;
      }
    }
  }
  const operations = entries.map(({ identity, roots }) => ({ identity, roots }));
  return { operations, numbers, times, ids };
}

/** How many numbers, of how many cells. */
function sizeOf(entries: readonly OperationEntry[]): readonly [number, number] {
  let [numbers, count] = [0, 0];
  for (const { cells } of entries) {
    for (const cohort of cohorts) {
      for (const { duration, self } of cells[cohort].values()) {
        numbers += fixedNumbers + duration.counts.length + self.counts.length;
        count += 1;
      }
    }
  }
  return [numbers, count];
}

/** In the order in which they were packed. */
export function* cellsOf({ numbers, times, ids }: OperationCounts): Generator<PackedCell> {
  for (let at = 0, cell = 0; at < numbers.length; cell += 1) {
    const numberAt = (place: number): number => numbers[at + place] as number;
    const histogram = at + fixedNumbers;
    const selfAt = histogram + numberAt(6);
    const next = selfAt + numberAt(8);
    yield {
      operation: numberAt(0),
      cohort: cohorts[numberAt(1)] as Cohort,
      number: numberAt(2),
      minute: nanos(times[2 * cell] as number),
      count: numberAt(3),
      errors: numberAt(4),
      duration: { from: numberAt(5), counts: numbers.subarray(histogram, selfAt) },
      self: { from: numberAt(7), counts: numbers.subarray(selfAt, next) },
      slowest: {
        traceId: ids[2 * cell] as TraceId,
        spanId: ids[2 * cell + 1] as SpanId,
        ns: times[2 * cell + 1] as number,
      },
    };
    at = next;
  }
}
