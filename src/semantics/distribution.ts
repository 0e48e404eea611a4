/**
 * Which numbers and texts have a distribution that can drift: what data and models are made of,
 * not names, places, counters and times.
 */
import type { Layer } from '../model.ts';
import { modelNames, versionNames } from './model-version.ts';
import { type SignalKind, signalOf, wordsOf } from './signal.ts';

type ContentLayer = Extract<Layer, 'data' | 'model'>;

/** Names of single things and places in a sequence: each value is another one, or grows for ever. */
const identities =
  /(^|\.)(ids?|uu?id|guid|pid|tid|ports?|rank|step|epoch|iteration|seed|offset|sequence|partition|shard|line|lineno|number|timestamp|size|address|host|url|path|name|key)$/;

/** How long something took is the matter of latency. */
const durations =
  /(^|\.)(duration|latency|elapsed|time|seconds|ms|millis|milliseconds|micros|us|ns|nanos|throughput|rate\.limit)$|\b(ms|time)\.to\.|\btime\.(in|per)\.|per\.second/;

/** … and so are what a model server makes its callers wait for. */
const ofTime: ReadonlySet<SignalKind> = new Set<SignalKind>(['queue', 'inference-time']);

/** Conventions that speak of transport and code, whatever kind of span carries them. */
const technical =
  /^(http|url|net|network|server|client|rpc|db|messaging|code|thread|process|exception|error|otel|telemetry|peer|host|user\.agent|k8s|container|service|span|event|log|collective|gc|jvm|runtime)\b/;

const modelWords =
  /^(gen\.ai|llm|ai|ml|mlflow|model)\b|\b(tokens?|prompt|completion|predict(ion|ed|ions)?|probability|logits?|scores?|confidence|temperature|finish\.reasons?|stop\.reason|refus(al|als|ed)|agent)\b/;

const dataWords =
  /\b(features?|embeddings?|vectors?|retriev(al|er|ed)|search|rows|records|documents?|dataset|nulls?|missing|chunks?|freshness|staleness|label|validation)\b/;

/**
 * The layer that a reported number or text speaks of, by its name, else by the layer of the span
 * that carries it (null for a metric); null if it is none that can drift.
 */
export function contentLayer(name: string, ofSpan: Layer | null): ContentLayer | null {
  const signal = signalOf(name);
  if (signal) {
    const { layer, kind } = signal;
    return !ofTime.has(kind) && (layer === 'data' || layer === 'model') ? layer : null;
  }
  const words = wordsOf(name);
  if (technical.test(words) || identities.test(words) || durations.test(words)) return null;
  if (modelWords.test(words)) return 'model';
  if (dataWords.test(words)) return 'data';
  return ofSpan === 'data' || ofSpan === 'model' ? ofSpan : null;
}

/**
 * What a measure of drift that a system publishes is by its name: an index of stability, from 0
 * without end, or a distance, from 0 to 1; null for anything else.
 */
export function driftMeasure(name: string): 'index' | 'distance' | null {
  const signal = signalOf(name);
  // A p-value falls with drift, and without any it is anything from 0 to 1.
  if (signal?.kind !== 'drift' || signal.worse === 'down') return null;
  return /\bpsi\b|\bstability\b/.test(wordsOf(name)) ? 'index' : 'distance';
}

/** What is put in place on purpose: a value of it that was not there before is a change. */
export type DeclaredKind =
  | 'version'
  | 'model'
  | 'prompt'
  | 'embedding'
  | 'feature-view'
  | 'index'
  | 'schema';

const declared: readonly (readonly [RegExp, DeclaredKind])[] = [
  [/\bprompt\.(template\.)?(version|id|name|hash|label|template)$|\bprompt\.version\b/, 'prompt'],
  [/\bembedd?ings?\.(model(\.name|\.version)?|version)$/, 'embedding'],
  [/\b(index|collection|corpus)\.(version|revision|alias)$/, 'index'],
  [/\b(feature\.)?views?\.(version|revision)$|^features?\.(views?|set|service)$/, 'feature-view'],
  [/\bschema\.(version|revision|hash|id)$/, 'schema'],
  [
    /^(service|app|application|deployment|release|config|configuration|policy|flag|tokenizer|dataset|pipeline|code)\b.*\b(version|revision|sha|commit|hash)$|\bvcs\b.*\b(revision|sha)$|\bcontainer\.image\.tags?$/,
    'version',
  ],
];

const ofModels = new Set([...modelNames, ...versionNames]);

/** Null for an attribute that declares nothing. */
export function declaredKind(name: string): DeclaredKind | null {
  const words = wordsOf(name);
  const found = declared.find(([pattern]) => pattern.test(words));
  if (found) return found[1];
  return ofModels.has(name) ? 'model' : null;
}
