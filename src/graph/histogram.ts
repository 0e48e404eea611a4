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
export function bucketValue(bucket: number): number {
  return Math.round(firstBucketNs * 2 ** ((bucket + 0.5) / bucketsPerDoubling));
}

/** Adds `count` durations of `ns` in place. */
export function addToHistogram(histogram: Histogram, ns: number, count = 1): void {
  const bucket = latencyBucket(ns);
  histogram.set(bucket, (histogram.get(bucket) ?? 0) + count);
}

/** A histogram while it is being counted: the buckets from `from` on. */
export interface Buckets {
  from: number;
  counts: Uint32Array;
}

const none = new Uint32Array(0);

export const noBuckets = (): Buckets => ({ from: 0, counts: none });

/** Adds a duration of `ns` in place. */
export const countDuration = (buckets: Buckets, ns: number): void =>
  addToBucket(buckets, latencyBucket(ns), 1);

/** Adds every count of `from` to `into` in place. */
export function mergeBuckets(into: Buckets, { from, counts }: Buckets): void {
  for (let at = 0; at < counts.length; at += 1) {
    const count = counts[at] as number;
    if (count > 0) addToBucket(into, from + at, count);
  }
}

function addToBucket(buckets: Buckets, bucket: number, count: number): void {
  if (bucket < buckets.from || bucket >= buckets.from + buckets.counts.length) {
    widen(buckets, bucket);
  }
  const at = bucket - buckets.from;
  buckets.counts[at] = (buckets.counts[at] as number) + count;
}

/** Buckets are made room for by two doublings of a duration. */
const widening = 2 * bucketsPerDoubling;

function widen(buckets: Buckets, bucket: number): void {
  const { from, counts } = buckets;
  const isEmpty = counts.length === 0;
  const low = Math.floor(Math.min(bucket, isEmpty ? bucket : from) / widening) * widening;
  const end = Math.max(bucket + 1, isEmpty ? 0 : from + counts.length);
  buckets.counts = new Uint32Array(Math.ceil(end / widening) * widening - low);
  if (!isEmpty) buckets.counts.set(counts, from - low);
  buckets.from = low;
}

export function histogramOf({ from, counts }: Buckets): Histogram {
  const histogram: Histogram = new Map();
  for (let at = 0; at < counts.length; at += 1) {
    const count = counts[at] as number;
    if (count > 0) histogram.set(from + at, count);
  }
  return histogram;
}

/** Adds every count of `from` to `into` in place. */
export function mergeHistogram(into: Histogram, from: ReadonlyMap<number, number>): void {
  for (const [bucket, count] of from) into.set(bucket, (into.get(bucket) ?? 0) + count);
}

/** Durations counted. */
export function histogramTotal(histogram: ReadonlyMap<number, number>): number {
  let total = 0;
  for (const count of histogram.values()) total += count;
  return total;
}

/**
 * The `q`-quantile (0 to 1) in ns: the value of the bucket that holds the observation of rank
 * ceil(q * n), the nearest-rank definition. Null if the histogram is empty.
 */
export function quantile(histogram: ReadonlyMap<number, number>, q: number): number | null {
  const rank = Math.max(1, Math.ceil(q * histogramTotal(histogram)));
  let seen = 0;
  for (const bucket of [...histogram.keys()].sort((a, b) => a - b)) {
    seen += histogram.get(bucket) ?? 0;
    if (seen >= rank) return bucketValue(bucket);
  }
  return null;
}
