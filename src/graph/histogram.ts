/**
 * Latency in fixed logarithmic buckets: eight per doubling, from 1 µs to about 66 minutes.
 *
 *     bucket = floor(8 * log2(ns / 1000)), clamped to 0..255
 *
 * A bucket is 2^(1/8) = 9 % wide, so a quantile read from it is off by at most 4.5 %. The formula
 * is one SQL expression, and no whole number of nanoseconds lies within rounding error of a
 * boundary other than the exact powers of two: every engine puts a span in the same bucket.
 */

import type { Histogram } from '../model.ts';
import type { Sample } from '../statistics.ts';

/** How many buckets there are. */
const latencyBuckets = 256;
const bucketsPerDoubling = 8;
const firstBucketNs = 1000;

/** Bucket of a duration, 0..255. Below 1 µs (also 0, negative, NaN) is 0; above 66 min is 255. */
export function latencyBucket(ns: number): number {
  if (!(ns > firstBucketNs)) return 0;
  const bucket = Math.floor(bucketsPerDoubling * Math.log2(ns / firstBucketNs));
  return Math.min(bucket, latencyBuckets - 1);
}

/** Geometric middle of a bucket in whole ns: what a duration in it is taken to be. */
export const bucketValue = (bucket: number): number => bucketValues[bucket] as number;

const bucketValues = Float64Array.from({ length: latencyBuckets }, (_, bucket) =>
  Math.round(firstBucketNs * 2 ** ((bucket + 0.5) / bucketsPerDoubling)),
);
const bucketLogs = bucketValues.map(Math.log);

export const emptyHistogram = (): Histogram => ({ from: 0, counts: [] });

/** Adds a duration of `ns`, `count` times, in place. */
export function addToHistogram(histogram: Histogram, ns: number, count = 1): void {
  const bucket = latencyBucket(ns);
  if (bucket < histogram.from || bucket >= endOf(histogram)) widen(histogram, bucket, bucket + 1);
  const at = bucket - histogram.from;
  histogram.counts[at] = (histogram.counts[at] as number) + count;
}

/** Adds every count of `other` to `into` in place. */
export function mergeHistogram(into: Histogram, other: CountedBuckets): void {
  const { from, counts } = other;
  if (counts.length === 0) return;
  if (from < into.from || endOf(other) > endOf(into)) widen(into, from, endOf(other));
  const shift = from - into.from;
  for (let at = 0; at < counts.length; at += 1) {
    into.counts[at + shift] = (into.counts[at + shift] as number) + (counts[at] as number);
  }
}

const endOf = ({ from, counts }: CountedBuckets): number => from + counts.length;

/** A histogram, or a part of a column that holds many. */
interface CountedBuckets {
  readonly from: number;
  readonly counts: ArrayLike<number>;
}

/** Buckets are made room for by two doublings of a duration. */
const widening = 2 * bucketsPerDoubling;

/** Makes room for the buckets from `from` up to, not with, `end`. */
function widen(histogram: Histogram, from: number, end: number): void {
  const { counts } = histogram;
  const isEmpty = counts.length === 0;
  const low = Math.floor((isEmpty ? from : Math.min(from, histogram.from)) / widening) * widening;
  const high = Math.ceil((isEmpty ? end : Math.max(end, endOf(histogram))) / widening) * widening;
  const wider = new Array<number>(high - low).fill(0);
  const shift = histogram.from - low;
  for (let at = 0; at < counts.length; at += 1) wider[at + shift] = counts[at] as number;
  histogram.from = low;
  histogram.counts = wider;
}

/** Durations counted. */
export function histogramTotal({ counts }: Readonly<Histogram>): number {
  let total = 0;
  for (const count of counts) total += count;
  return total;
}

/**
 * The `q`-quantile (0 to 1) in ns: the value of the bucket that holds the observation of rank
 * ceil(q * n), the nearest-rank definition. Null if the histogram is empty.
 */
export function quantile(histogram: Readonly<Histogram>, q: number): number | null {
  const rank = Math.max(1, Math.ceil(q * histogramTotal(histogram)));
  let seen = 0;
  for (let at = 0; at < histogram.counts.length; at += 1) {
    seen += histogram.counts[at] as number;
    if (seen >= rank) return bucketValue(histogram.from + at);
  }
  return null;
}

/** Logarithms of the durations, ns, as a sample: durations are close to log-normal. */
export function logSample(histogram: Readonly<Histogram>): Sample {
  const { from, counts } = histogram;
  const n = histogramTotal(histogram);
  let sum = 0;
  let squares = 0;
  for (let at = 0; at < counts.length; at += 1) {
    const log = bucketLogs[from + at] as number;
    sum += log * (counts[at] as number);
    squares += log * log * (counts[at] as number);
  }
  const mean = n === 0 ? 0 : sum / n;
  return { n, mean, spread: Math.max(0, squares - n * mean * mean) };
}
