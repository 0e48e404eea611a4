/** Features of a case from drawings and series, made by the real builder. */
import { diagnose } from '../src/diagnose/index.ts';
import { featureBuilder, planComparison, summariseTrace } from '../src/features/index.ts';
import { linkTrace } from '../src/graph/index.ts';
import type {
  Attributes,
  Cause,
  Diagnosis,
  Evidence,
  EvidenceKind,
  Features,
  LabelWindow,
  MetricSeries,
  Nanos,
  ServiceGraph,
  Span,
  TraceLog,
  TraceTree,
} from '../src/model.ts';
import { column, draw, spanId, traceId } from './draw.ts';

/** Start of a minute, like every whole number of minutes from it. */
export const epochNs = 1_700_000_040_000_000_000n;
export const minute = 60e9;
/** The windows of a drawn case, in minutes. */
const baselineMinutes = [0, 8] as const;
const incidentMinutes = [10, 15] as const;

export type Trace = readonly Span[];

let drawn = 0;

export interface Many {
  /** Traces, spread evenly over the minutes. */
  readonly count: number;
  readonly minutes: readonly [from: number, to: number];
  readonly set?: Readonly<Record<string, Partial<Span>>>;
  /** Last word on the spans of each trace, by its number from 0. */
  readonly vary?: (span: Span, number: number) => Span;
}

/** The same picture many times. */
export function many(picture: string, { count, minutes, set = {}, vary }: Many): Trace[] {
  const [from, to] = minutes;
  return Array.from({ length: count }, (_, number) => {
    drawn += 1;
    const start = (from + ((to - from) * (number + 0.5)) / count) * minute;
    return draw(picture, { trace: drawn, set }).map((span) => {
      const moved = { ...span, start: after(span.start, start), end: after(span.end, start) };
      return vary ? vary(moved, number) : moved;
    });
  });
}

const after = (time: Nanos, by: number): Nanos => (time + by) as Nanos;

export const earlier = (picture: string, count = 100, rest: Partial<Many> = {}): Trace[] =>
  many(picture, { count, minutes: baselineMinutes, ...rest });
export const later = (picture: string, count = 100, rest: Partial<Many> = {}): Trace[] =>
  many(picture, { count, minutes: incidentMinutes, ...rest });

export interface Level {
  readonly name: string;
  readonly service: string;
  readonly before?: readonly number[];
  readonly during?: readonly number[];
  readonly unit?: string;
  readonly instance?: string | null;
  readonly attributes?: Attributes;
  /** First minute of `during`. */
  readonly from?: number;
}

/** A gauge with one point a minute. */
export function gauge(level: Level): MetricSeries {
  const { name, service, unit = '', instance = null, attributes = {}, from } = level;
  const points = (values: readonly number[], start: number) =>
    values.map((value, index) => ({
      time: ((start + index + 0.5) * minute) as Nanos,
      value,
      count: 1,
    }));
  return {
    metric: name,
    unit,
    type: 'gauge',
    temporality: null,
    monotonic: false,
    service,
    instance,
    attributes,
    resource: {},
    points: [
      ...points(level.before ?? [], baselineMinutes[0]),
      ...points(level.during ?? [], from ?? incidentMinutes[0]),
    ],
  };
}

export interface DrawnCase {
  readonly baseline?: readonly Trace[];
  readonly incident?: readonly Trace[];
  /** Traces of an import without a label. */
  readonly unlabelled?: readonly Trace[];
  readonly series?: readonly MetricSeries[];
}

export function featuresOf(drawing: DrawnCase): Features {
  const { baseline = [], incident = [], unlabelled = [], series = [] } = drawing;
  const labelled = (traces: readonly Trace[], label: string | null) =>
    traces.map((trace) => linkTrace(trace.map((span) => ({ ...span, label }))));
  const trees = [
    ...labelled(baseline, 'baseline'),
    ...labelled(incident, 'incident'),
    ...labelled(unlabelled, null),
  ];
  const plan = planComparison(trees.map(summariseTrace), windowsOf(drawing), {
    baseline: null,
    incident: null,
    without: [],
  });
  const builder = featureBuilder({ ...plan, everyPoint: true }, epochNs);
  for (const tree of trees) builder.addTrace(tree, drawnLogs);
  for (const one of series) builder.addSeries(one);
  const records = trees.reduce((sum, { spans }) => sum + spans.length, 0);
  return builder.finish({ defects: [], records });
}

/**
 * What a span logs, as fields to set on it: columns from its start, and what is written. A
 * statement in capitals is an error.
 */
export const logging = (...lines: readonly (readonly [at: number, statement: string])[]) => ({
  attributes: { 'drawn.logs': JSON.stringify(lines) },
});

const drawnLogs = ({ spans, traceId }: TraceTree): readonly TraceLog[] =>
  spans.flatMap(({ attributes, start }, span) => {
    const text = attributes['drawn.logs'];
    const lines = typeof text === 'string' ? (JSON.parse(text) as [number, string][]) : [];
    return lines.map(([at, statement]) => ({
      span,
      at: (start + at * column) as Nanos,
      statement,
      severity: statement === statement.toUpperCase() ? 17 : 9,
      id: `${traceId} ${span} ${at}`,
    }));
  });

/** Labels exist where traces have them; a case of metrics alone has both windows. */
function windowsOf({ baseline, incident, unlabelled = [] }: DrawnCase): LabelWindow[] {
  const window = (label: string, [from, to]: readonly [number, number]): LabelWindow => ({
    label,
    from: (from * minute) as Nanos,
    to: (to * minute - 1) as Nanos,
  });
  if (unlabelled.length > 0 && !baseline && !incident) return [];
  return [window('baseline', baselineMinutes), window('incident', incidentMinutes)];
}

export const diagnosisOf = (drawing: DrawnCase): Diagnosis => diagnose(featuresOf(drawing));

/** Service, class and band of each cause. */
export const namesOf = ({ causes }: Diagnosis): readonly string[] =>
  causes.map(({ service, faultClass, band }: Cause) => `${service} ${faultClass} ${band}`);

export const ofKind = (rows: Iterable<Evidence>, kind: EvidenceKind): readonly Evidence[] =>
  [...rows].filter((row) => row.kind === kind);

/** A row that cites one span; its entity is the service. */
export const evidenceOf = (service: string, kind: EvidenceKind, strength: number): Evidence => ({
  ...{ id: `${service} ${kind}`, service, kind, strength, entity: `service:${service}` },
  ...{ operation: null, instance: null, summary: '', traces: [], firstSeen: null, p: 0 },
  ...{ refs: [{ signal: 'span', traceId: traceId(1), spanId: spanId(1) }] },
  ...{ effect: { baseline: null, incident: 1 }, n: { baseline: 1, incident: 1 } },
});

/** Who calls whom; `silent`: those of them that sent no span. */
export function graphOf(
  calls: readonly (readonly [caller: string, callee: string])[],
  silent: readonly string[] = [],
): ServiceGraph {
  const quiet = { calls: 9, errors: 0, p50Ns: null, p95Ns: null, p99Ns: null };
  return {
    nodes: [...new Set(calls.flat())].sort().map((service) => ({
      ...{ service, observed: !silent.includes(service), kind: 'service' as const },
      ...{ spans: 9, errors: 0, instances: [], aliases: [] },
    })),
    edges: calls.map(([caller, callee]) => ({
      ...{ caller, callee, via: 'call' as const, unanswered: 0, unansweredErrors: 0, ...quiet },
    })),
    aliases: {},
    unresolvedCalls: 0,
    unresolvedLinks: 0,
  };
}

/** Nothing takes the same time twice: spans end later by a share of their time, at random. */
export function noisy(seed: number, share = 0.02): (span: Span) => Span {
  const next = random(seed);
  return (span) => ({
    ...span,
    end: (span.end + Math.abs(normal(next)) * share * (span.end - span.start)) as Nanos,
  });
}

/** The same of whole requests: what is within takes as long as it is drawn. */
export function noisyRoots(seed: number, share?: number): (span: Span) => Span {
  const noise = noisy(seed, share);
  return (span) => (span.parentId === null ? noise(span) : span);
}

/** A pseudo-random number generator (mulberry32): drawn data are the same in every run. */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Standard normal (Box and Muller). */
export const normal = (next: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
