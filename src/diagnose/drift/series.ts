/**
 * Features → series of observations: what spans carry, one by one from the sampled traces, and what
 * metrics report, minute by minute.
 *
 *     span attribute   0.91 0.92 0.88 …      numbers, texts      every observation
 *     gauge            0.91 | 0.90 | …       level               a mean a minute and replica
 *     histogram        0 3 9 | 1 2 9 | …     buckets             their counts a minute and replica
 */
import { byKey, grouped } from '../../grouping.ts';
import type {
  Attributes,
  AttributeValue,
  Cohort,
  Features,
  Layer,
  Nanos,
  SampledTrace,
  Span,
  ValueExample,
  ValueFeature,
  ValueMinute,
} from '../../model.ts';
import { contentLayer, driftMeasure, isContent, layerOf, modelOf } from '../../semantics/index.ts';
import { datasetOf } from '../owners.ts';

type Tags = ReadonlyMap<string, string>;

export interface Observation {
  readonly cohort: Cohort;
  readonly at: Nanos;
  readonly value: number | string;
  /** How many there were of it. */
  readonly count: number;
  /** How many of the case each of them stands for. */
  readonly weight: number;
  /** What else is known of who reported it. */
  readonly tags: () => Tags;
  readonly example: ValueExample;
}

export interface Series {
  readonly name: string;
  /** Attributes that tell it from other series of the metric; empty if there are none. */
  readonly part: string;
  readonly unit: string;
  readonly service: string;
  readonly entity: string;
  readonly origin: 'span' | 'metric';
  readonly layer: Layer;
  readonly kind: 'number' | 'category' | 'level' | 'buckets';
  /** In an order that depends on the case alone. */
  readonly observations: readonly Observation[];
  /** Of buckets: the means that the observations do not have, by minute and replica. */
  readonly means: readonly Observation[];
  /** Of a metric: its replicas, with their minutes. */
  readonly levels: readonly Pick<ValueFeature, 'minutes'>[];
  /** Of buckets: their bounds. */
  readonly bounds: readonly number[];
  /** Of a metric: it only ever grew, and its values are how fast. */
  readonly isRate: boolean;
  /** Of a metric: the measure of drift that it is, which the system computed itself. */
  readonly report: ReturnType<typeof driftMeasure>;
}

/** By service, then name. */
export function seriesOf(features: Features): readonly Series[] {
  return [...spanSeries(features.sample), ...metricSeries(features.values)].sort((a, b) =>
    orderOf(a) < orderOf(b) ? -1 : 1,
  );
}

const orderOf = ({ service, name, part, origin, kind, unit, entity }: Series): string =>
  JSON.stringify([service, name, part, origin, kind, unit, entity]);

// ---------------------------------------------------------------- spans

interface Gathered {
  readonly observations: Observation[];
  readonly layer: Layer;
  readonly models: Set<string | null>;
}

function spanSeries(sample: readonly SampledTrace[]): readonly Series[] {
  const series = new Map<string, Gathered>();
  for (const trace of sample) {
    const root = trace.tree.spans[trace.tree.roots[0] ?? 0];
    for (const span of trace.tree.spans) {
      if (span.timed) gather(span, root, trace, series);
    }
  }
  return [...series].map(([key, { observations, layer, models }]): Series => {
    const [service, name, kind] = JSON.parse(key) as [string, string, 'number' | 'category'];
    const [model = null] = models.size === 1 ? models : [];
    const entity = layer === 'model' && model !== null ? `model:${model}` : `service:${service}`;
    return { ...metricless, name, service, entity, layer, kind, observations };
  });
}

const metricless = {
  part: '',
  unit: '',
  origin: 'span' as const,
  means: [],
  levels: [],
  bounds: [],
  isRate: false,
  report: null,
};

function gather(
  span: Span,
  root: Span | undefined,
  { cohort, stands }: SampledTrace,
  series: Map<string, Gathered>,
): void {
  let known: Tags | null = null;
  const tags = (): Tags => {
    known ??= tagsOf(span, root);
    return known;
  };
  const ofSpan = layerOf(span);
  for (const [name, raw] of Object.entries(span.attributes)) {
    const value = isContent(name) ? null : observed(raw);
    const layer = value === null ? null : contentLayer(name, ofSpan);
    if (value === null || layer === null) continue;
    const kind = typeof value === 'number' ? 'number' : 'category';
    const key = JSON.stringify([span.service, name, kind]);
    const entry = series.get(key) ?? { observations: [], layer, models: new Set() };
    series.set(key, entry);
    entry.models.add(modelOf(span.attributes, span.resource)?.model ?? null);
    const { traceId, spanId, start: at } = span;
    const example = { traceId, spanId, at };
    entry.observations.push({ cohort, at, value, count: 1, weight: stands, tags, example });
  }
}

/** Longer texts are content, no category, as is what people and models said. */
const longestText = 100;

/** Null for what is neither a number nor a short text. */
function observed(value: AttributeValue): number | string | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return value.length <= longestText ? value : null;
  if (!Array.isArray(value) || value.length === 0) return null;
  const texts = value.filter((one) => typeof one === 'string');
  const text = texts.join(', ');
  return texts.length === value.length && text.length <= longestText ? text : null;
}

/** Texts of the span, of its resource and of the request it is part of. */
function tagsOf(span: Span, root: Span | undefined): Tags {
  const tags = new Map<string, string>([['operation', span.name]]);
  if (span.instance !== null) tags.set('instance', span.instance);
  for (const attributes of [span.attributes, span.resource, root?.attributes ?? {}]) {
    for (const [key, value] of Object.entries(attributes)) {
      const isText = typeof value === 'string' && value.length <= longestText;
      if (!isText && typeof value !== 'boolean') continue;
      if (!tags.has(key) && !isContent(key)) tags.set(key, String(value));
    }
  }
  return tags;
}

// ---------------------------------------------------------------- metrics

/** Data and models are one thing behind many replicas: these are parts of one series. */
function metricSeries(values: readonly ValueFeature[]): readonly Series[] {
  const metrics = values.filter(
    ({ origin, name }) => origin === 'metric' && contentLayer(name, null) !== null,
  );
  const together = grouped(metrics, ({ name, unit, source, attributes }) =>
    JSON.stringify([name, unit, source.service, source.model, attributes]),
  );
  return byKey(together).map(([, [first, ...others]]) =>
    metricOf([first as ValueFeature, ...others]),
  );
}

function metricOf(replicas: readonly [ValueFeature, ...ValueFeature[]]): Series {
  const [{ name, unit, source, attributes, isRate = false }] = replicas;
  const means = replicas.flatMap((replica) => replica.minutes.map((one) => meanOf(replica, one)));
  const layer = contentLayer(name, null) ?? 'data';
  const bounds = boundsOf(replicas);
  const series = {
    ...{ name, part: partOf(attributes), unit, layer, isRate },
    ...{ service: source.service, entity: entityOf(layer, replicas[0]), origin: 'metric' as const },
    levels: replicas,
    report: driftMeasure(name),
  };
  if (bounds === null) {
    return { ...series, kind: 'level', observations: means, means: [], bounds: [] };
  }
  const observations = replicas.flatMap(bucketsOf);
  return { ...series, kind: 'buckets', observations, means, bounds };
}

const partOf = (attributes: Attributes): string =>
  Object.values(attributes).map(String).slice(0, 3).join(', ');

function entityOf(layer: Layer, { source, attributes }: ValueFeature): string {
  const dataset = layer === 'data' ? datasetOf(attributes) : null;
  if (dataset !== null) return `dataset:${dataset}`;
  if (layer === 'model' && source.model !== null) return `model:${source.model}`;
  return `service:${source.service}`;
}

const meanOf = (replica: ValueFeature, { cohort, minute, mean, example }: ValueMinute) => ({
  ...{ cohort, at: minute, value: mean, count: 1, weight: 1, example },
  tags: () => tagsOfSource(replica),
});

function tagsOfSource({ source }: ValueFeature): Tags {
  const { instance, version, rank } = source;
  const known = Object.entries({ instance, version, rank });
  return new Map(known.flatMap(([key, value]) => (value === null ? [] : [[key, value]])));
}

/** Null unless all minutes have buckets of the same bounds. */
function boundsOf(replicas: readonly ValueFeature[]): readonly number[] | null {
  const all = replicas.flatMap(({ minutes }) => minutes.map(({ buckets }) => buckets?.bounds));
  const [first] = all;
  const text = JSON.stringify(first);
  return first && first.length > 0 && all.every((one) => JSON.stringify(one) === text)
    ? first
    : null;
}

/** A value stands for its bucket: the middle, and of those without an end the bound they have. */
function bucketsOf(replica: ValueFeature): readonly Observation[] {
  return replica.minutes.flatMap(({ cohort, minute, example, buckets }) => {
    const { bounds = [], counts = [] } = buckets ?? {};
    return counts.flatMap((count, at) => {
      if (count <= 0) return [];
      const value = middleOf(bounds, at);
      const tags = () => tagsOfSource(replica);
      return [{ cohort, at: minute, value, count, weight: 1, tags, example }];
    });
  });
}

function middleOf(bounds: readonly number[], at: number): number {
  const [from = 0, to] = [bounds[at - 1], bounds[at]];
  if (to === undefined) return from + Math.max(1e-9, Math.abs(from) / 1_000);
  return at === 0 ? to : (from + to) / 2;
}
