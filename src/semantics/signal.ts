/**
 * What a number is about: metric and attribute names → the signal they measure, the layer it
 * speaks for and which direction is bad. Conventions where there are any; for drift, null ratio,
 * freshness, confidence and accuracy OpenTelemetry has none, so names are read by pattern.
 */
import type { Layer } from '../model.ts';

export type SignalKind =
  | 'freshness'
  | 'completeness'
  | 'rejected'
  | 'retrieval'
  | 'retrieval-score'
  | 'skew'
  | 'schema'
  | 'drift'
  | 'quality'
  | 'loss'
  | 'cpu'
  | 'memory'
  | 'disk'
  | 'gpu'
  | 'gpu-error'
  | 'pool'
  | 'limit'
  | 'queue'
  | 'inference-time'
  | 'restarts';

export interface Signal {
  readonly kind: SignalKind;
  readonly layer: Layer;
  /** The direction that is bad. */
  readonly worse: 'up' | 'down';
  /** Smallest change that matters, in the signal's own unit, whatever the statistics say. */
  readonly floor: number;
  /** True for rare events: how far their counter has come matters, not how fast it moves. */
  readonly rare: boolean;
}

type Row = readonly [
  pattern: RegExp,
  kind: SignalKind,
  layer: Layer,
  worse: 'up' | 'down',
  floor: number,
  rare?: 'rare',
];

/**
 * Names that look like a signal and are none: the telemetry pipeline's own queues (`queueSize` is
 * that of a span processor), limits, and what a clock or an event loop does.
 */
const unrelated =
  /^(otel|otelcol|otlp|scrape)\b|^queue\.size$|\bevent\.?loop\b|\b(clock|ntp|time)\.drift\b|\b(limit|capacity|threshold)$/;

/**
 * First match wins. Names are compared in lower case, with `.` between words however they were
 * written. Floors: shares of missing values 5 percentage points, utilisations 2, ages 1 s,
 * temperatures 2 degrees; 0 where only the relative floor of the test applies.
 */
const rows: readonly Row[] = [
  // ---- data
  [
    /\b(freshness|staleness)\b|\b(features?|data|index|snapshot|partition)\.age\b|\blag\.seconds\b|\b(consumer|consumergroup|group|offset)\b.*\blag\b/,
    'freshness',
    'data',
    'up',
    1,
  ],
  [
    /\b(nulls?|missing|nan|empty|default|imputed|unknown(\.category)?|unexpected|not\.found)\.(ratio|rate|count|percent(age)?|share|fraction|values?)\b|\bcounts\.(null|nan|inf)\b/,
    'completeness',
    'data',
    'up',
    0.05,
  ],
  [
    /\b(rejected|dropped|invalid)\.(rows|records)\b|\b(rows|records)\.(rejected|dropped|invalid)\b/,
    'rejected',
    'data',
    'up',
    0.05,
  ],
  [
    /\bdata\.quality\b|\b(statistics|expectations?)\.success\.percent\b/,
    'completeness',
    'data',
    'down',
    0,
  ],
  [
    /\bschema\b.*\b(violations?|mismatch(es)?|errors?)\b|\bvalidation\.(errors?|failures?)\b/,
    'schema',
    'data',
    'up',
    0,
  ],
  [/\b(training|serving|online|offline|feature)\b.*\bskew\b/, 'skew', 'data', 'up', 0],
  // The chance of such values without drift: the less, the further they have moved.
  [/\b(drift|ks|psi|chi\.?(2|squared?)?)\b.*\bp\.?values?\b/, 'drift', 'data', 'down', 0],
  // Below 0.1 nothing has moved (Siddiqi 2006); a few hundred values differ by half of that.
  [
    /(?<!\b(cpu|memory|io|pressure)\.)\bpsi\b(?!\.(cpu|memory|io|some|full)\b)|\bpopulation\.stability\b/,
    'drift',
    'data',
    'up',
    0.1,
  ],
  [
    /\bdrift\b|\bdrifted\.(columns|features)\b|\bjensen\.?shannon\b|\bwasserstein\b|\b(kl|js)\.(div(ergence)?|distance)\b|\bks\.stat(istic)?\b|\bhellinger\b/,
    'drift',
    'data',
    'up',
    0,
  ],
  [
    /\b(results?|documents?|(?<!cache\.)hits?|retrieved)\.(count|returned)\b|\breturned\.rows\b|\bretriev\w*\.(count|documents|docs)$/,
    'retrieval',
    'data',
    'down',
    0,
  ],
  [
    /\b(top|similarity|document|retrieval)\.score\b|\bquery\.scores?\b/,
    'retrieval-score',
    'data',
    'down',
    0,
  ],
  [/\b(top|search)\.distance\b/, 'retrieval-score', 'data', 'up', 0],
  // ---- model
  [
    /\b(accuracy|auc|f1|precision|recall|ndcg|mrr|confidence|(?<!\b(image|video|audio|link|signal)\.)quality|faithfulness|groundedness|helpfulness|correctness|reward|relevance|relevancy|evaluation\.score)\b(?!\.(count|duration|latency|seconds|time|bits|mode|type|interval|level)\b)/,
    'quality',
    'model',
    'down',
    0,
  ],
  // Errors of what is predicted, and of how sure it is.
  [/\b(rmse|mae|mape|calibration\.error|brier\.score)$/, 'quality', 'model', 'up', 0],
  // Shares of answers, or of their scores.
  [
    /\b(toxicity|hallucinations?|refusals?)(\.(rate|ratio|share|score|percent))?$/,
    'quality',
    'model',
    'up',
    0.02,
  ],
  [
    /\bperplexity\b|(?<!\b(packets?|frames?|network|signal|path|power|data|connection)\.)\bloss\b(?!\.(rate|ratio|percent|pct|count|packets|weight|scale)\b)|\bgrad(ient)?\.norm\b/,
    'loss',
    'model',
    'up',
    0,
  ],
  // ---- infrastructure
  [
    /\brestarts?(\.(count|total))*$|\breplica\.starts\b/,
    'restarts',
    'infrastructure',
    'up',
    0.5,
    'rare',
  ],
  [
    /\b(xid|ecc|nvlink|hw)\.?errors?\b|\b(un)?correctable\.remapped\.rows\b|\brow\.remap\.failure\b|\bpcie\.replay\.counter\b|\becc\.dbe\b|\bnvlink\b.*\berror\.count\b/,
    'gpu-error',
    'infrastructure',
    'up',
    0.5,
    'rare',
  ],
  [
    /\b(sm|gpu|mem)\.?clock\b|\bclock\.(sm|gpu)\b|\bgpu\.\w*clock\w*\b/,
    'gpu',
    'infrastructure',
    'down',
    0,
  ],
  [
    /\bgpu\.?(temp|temperature)\b|\bhw\.temperature\b|\bmemory\.temp\b/,
    'gpu',
    'infrastructure',
    'up',
    2,
  ],
  // How long a GPU was throttled.
  [/\bdcgm\b.*\b(thermal|power)\.violation\b/, 'gpu', 'infrastructure', 'up', 0],
  [
    /\bcpu\b.*\b(usage|utili[sz]ation|percent|load|throttl\w*)\b|\b(process|container|pod)\.cpu\.(time|seconds)\b|\bload\.(1|5|15)m\b|\bcpuusagerate\b/,
    'cpu',
    'infrastructure',
    'up',
    0.02,
  ],
  [/\bfb\.free\b/, 'memory', 'infrastructure', 'down', 0.02],
  [
    /\bmemory\b.*\b(usage|utili[sz]ation|percent|working\.set|used|rss)\b|\bheap\.(used|usage)\b|\bfb\.used\b/,
    'memory',
    'infrastructure',
    'up',
    0.02,
  ],
  [
    /\b(disk|filesystem)\b.*\b(io\.time|operation\.time|utili[sz]ation|usage|pending)\b/,
    'disk',
    'infrastructure',
    'up',
    0.02,
  ],
  [
    /\bconnections?\.(pending|wait)\b|\bpool\.(pending|wait|waiting)\b/,
    'pool',
    'infrastructure',
    'up',
    0,
  ],
  // ---- how long a model server computes: to the first token, from one to the next, in a phase
  [
    /(?<!\bclient\..*)\b(time\.to\.first\.(token|chunk)|time\.per\.(output\.)?token|inter\.token\.latency)\b|\binference\.first\.response\b|\b(prefill|decode|forward|inference|compute\.infer|predict|prediction)\.?(time|duration|seconds|latency)\b/,
    'inference-time',
    'model',
    'up',
    0,
  ],
  // ---- the queue of a model server
  [
    /\bqueue\.(size|depth|length)\b|\bqueued\.(queries|requests?)\b|\brequests?\.(waiting|pending|queued)\b|\b(waiting|pending)\.requests?\b/,
    'queue',
    'model',
    'up',
    1,
  ],
  [/\b(kv|gpu)\.cache\.usage\b/, 'queue', 'model', 'up', 0.05],
  [
    /\bqueu(e|ed|ing)\.(time|duration|latency)\b|\btime\.in\.queue\b|\bpreemptions?\b/,
    'queue',
    'model',
    'up',
    0,
  ],
];

const cache = new Map<string, Signal | null>();

/** The signal a metric or attribute measures, by its name; null if the name tells nothing. */
export function signalOf(name: string): Signal | null {
  const known = cache.get(name);
  if (known !== undefined) return known;
  const signal = signalOfWords(wordsOf(name));
  // Names come from telemetry: a dump with unbounded names must not grow the cache without end.
  if (cache.size < 10_000) cache.set(name, signal);
  return signal;
}

/** GPUMemoryUsed, gpu_memory_used and gpu/memory-used are all gpu.memory.used. */
export const wordsOf = (name: string): string =>
  name
    .slice(0, 300)
    .replace(/([a-z0-9])([A-Z])/g, '$1.$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1.$2')
    .toLowerCase()
    .replace(/[_\-:/ ]/g, '.');

function signalOfWords(words: string): Signal | null {
  if (unrelated.test(words)) return null;
  const row = rows.find(([pattern]) => pattern.test(words));
  if (!row) return null;
  const [, kind, layer, worse, floor, rare] = row;
  return { kind, layer, worse, floor, rare: rare !== undefined };
}
