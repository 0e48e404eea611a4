/**
 * What a number is about: metric and attribute names → the signal they measure, the layer it
 * speaks for and which direction is bad. Conventions where there are any; for drift, null ratio,
 * freshness, confidence and accuracy OpenTelemetry has none, so names are read by pattern.
 */
import type { Layer } from '../model.ts';

export type SignalKind =
  | 'freshness'
  | 'completeness'
  | 'schema'
  | 'drift'
  | 'quality'
  | 'loss'
  | 'cpu'
  | 'memory'
  | 'disk'
  | 'gpu'
  | 'queue'
  | 'restarts';

export interface Signal {
  readonly kind: SignalKind;
  readonly layer: Layer;
  /** The direction that is bad. */
  readonly worse: 'up' | 'down';
  /** Smallest change that matters, in the signal's own unit, whatever the statistics say. */
  readonly floor: number;
}

type Row = readonly [RegExp, SignalKind, Layer, 'up' | 'down', number];

/**
 * First match wins. Names are compared in lower case with `_` and `-` written as `.`.
 * Floors: shares of missing values 5 percentage points, utilisations 2, ages 1 s, temperatures 2 degrees; 0 where only the
 * relative floor of the test applies.
 */
const rows: readonly Row[] = [
  [
    /(freshness|staleness)|\b(feature|data|index|snapshot|partition)\.age\b|\blag\.seconds\b/,
    'freshness',
    'data',
    'up',
    1,
  ],
  [
    /\b(null|missing|nan|empty|default)\.(ratio|rate|count|percent|share|values?)\b/,
    'completeness',
    'data',
    'up',
    0.05,
  ],
  [
    /\bnot\.found\.(ratio|rate|count)\b|\b(rejected|dropped|invalid)\.(rows|records)\b/,
    'completeness',
    'data',
    'up',
    0.05,
  ],
  [
    /\bschema\b.*\b(violations?|mismatch(es)?|errors?)\b|\bvalidation\.(errors?|failures?)\b/,
    'schema',
    'data',
    'up',
    0,
  ],
  [/\bpsi\b|\bdrift\b|\bjensen\.?shannon\b|\bwasserstein\b/, 'drift', 'data', 'up', 0],
  [
    /\b(result|document|documents|hit|retrieved)\.(count|returned)\b|\breturned\.rows\b|\bretriev\w*\.(count|documents)\b/,
    'completeness',
    'data',
    'down',
    0,
  ],
  [/\btop\.score\b|\bsimilarity\.score\b/, 'quality', 'model', 'down', 0],
  [
    /\b(accuracy|auc|f1|precision|recall|ndcg|mrr|confidence|quality|faithfulness|relevance|evaluation\.score(\.value)?)\b/,
    'quality',
    'model',
    'down',
    0,
  ],
  [/\b(perplexity|loss|grad\.norm)\b/, 'loss', 'model', 'up', 0],
  [/\brestarts?(\.count)?\b/, 'restarts', 'infrastructure', 'up', 0.5],
  [/\b(xid|ecc|nvlink)\.?errors?\b/, 'gpu', 'infrastructure', 'up', 0.5],
  [
    /\b(sm|gpu|mem)\.?clock\b|\bclock\.(sm|gpu)\b|\bgpu\.\w*clock\w*\b/,
    'gpu',
    'infrastructure',
    'down',
    0,
  ],
  [/\bgpu\.?(temp|temperature)\b|\bhw\.temperature\b/, 'gpu', 'infrastructure', 'up', 2],
  [
    /\bcpu\b.*\b(usage|utilization|utilisation|percent|rate|load)\b|\bload\.(1|5|15)m\b|\bcpuusagerate\b/,
    'cpu',
    'infrastructure',
    'up',
    0.02,
  ],
  [
    /\bmemory\b.*\b(usage|utilization|utilisation|percent|working\.set|used)\b|\bheap\.used\b/,
    'memory',
    'infrastructure',
    'up',
    0.02,
  ],
  [
    /\b(disk|filesystem)\b.*\b(io\.time|utilization|usage|pending)\b/,
    'disk',
    'infrastructure',
    'up',
    0.02,
  ],
  [
    /\bqueue\.(size|depth|length)\b|\b(requests?\.)?(waiting|pending)\b|\bkv\.cache\.usage\b/,
    'queue',
    'model',
    'up',
    1,
  ],
];

const cache = new Map<string, Signal | null>();

/** The signal a metric or attribute measures, by its name; null if the name tells nothing. */
export function signalOf(name: string): Signal | null {
  const known = cache.get(name);
  if (known !== undefined) return known;
  const spelled = name
    .replace(/([a-z])([A-Z])/g, '$1.$2')
    .toLowerCase()
    .replace(/[_\-:/ ]/g, '.');
  const row = rows.find(([pattern]) => pattern.test(spelled));
  const signal = row ? { kind: row[1], layer: row[2], worse: row[3], floor: row[4] } : null;
  // Names come from telemetry: a dump with unbounded names must not grow the cache without end.
  if (cache.size < 10_000) cache.set(name, signal);
  return signal;
}
