/** JSON Schemas (2020-12) of what `--format json` prints. Fields may be added, so none is closed. */

type Schema = Readonly<Record<string, unknown>>;

const text: Schema = { type: 'string' };
const count: Schema = { type: 'integer', minimum: 0 };
const number: Schema = { type: 'number' };
const share: Schema = { type: 'number', minimum: 0, maximum: 1 };
const flag: Schema = { type: 'boolean' };
/** ISO 8601 in UTC with three to nine digits of the second. */
const time: Schema = { type: 'string', format: 'date-time' };
const traceId: Schema = { type: 'string', pattern: '^[0-9a-f]{32}$' };
const spanId: Schema = { type: 'string', pattern: '^[0-9a-f]{16}$' };
const attributes: Schema = { type: 'object' };

const oneOf = (...values: readonly string[]): Schema => ({ enum: values });
const orNull = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'null' }] });
const list = (items: Schema): Schema => ({ type: 'array', items });
/** All fields are always there; what may be missing is null. */
const object = (properties: Readonly<Record<string, Schema>>): Schema => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
});

// ---------------------------------------------------------------- import

const defects = (examples: boolean): Schema =>
  list(object({ code: text, count, ...(examples ? { examples: list(text) } : {}) }));

const counts = {
  read: count,
  spans: count,
  logs: count,
  metrics: count,
  metricPoints: count,
  spanEvents: count,
  spanLinks: count,
  exemplars: count,
  duplicates: count,
  skipped: count,
};

const errorCode = oneOf('usage', 'unreadable', 'inconclusive', 'bug');

const imported = object({
  files: list(object({ path: text, format: text, ...counts, defects: defects(true) })),
  totals: object({ ...counts, traces: count, services: count }),
  warnings: list(text),
  unreadable: list(object({ path: text, code: errorCode, message: text })),
});

// ---------------------------------------------------------------- causes

const window = object({ from: time, to: time });
const band = oneOf('likely', 'possible', 'weak');

const reference: Schema = {
  anyOf: [
    object({ signal: { const: 'span' }, traceId, spanId }),
    object({ signal: { const: 'log' }, id: text }),
    object({ signal: { const: 'metric' }, metric: text, service: text, at: time }),
  ],
};

const evidence = object({
  id: text,
  kind: text,
  direction: oneOf('supports', 'contradicts'),
  weight: number,
  entity: text,
  summary: text,
  effect: object({ baseline: orNull(number), incident: number }),
  n: object({ baseline: number, incident: number }),
  p: share,
  firstSeen: orNull(time),
  refs: list(reference),
});

const cause = object({
  rank: count,
  service: text,
  entity: text,
  operation: orNull(text),
  instance: orNull(text),
  layer: oneOf('infrastructure', 'data', 'model', 'application'),
  faultClass: text,
  score: share,
  confidence: share,
  band,
  summary: text,
  onset: orNull(time),
  evidence: list(evidence),
  missing: list(text),
  explains: object({ failed: count, slow: orNull(count) }),
  path: list(object({ from: text, to: text, delayMs: orNull(number) })),
  exemplars: object({ bad: orNull(traceId), good: orNull(traceId) }),
  nextChecks: list(text),
});

const diagnosis = object({
  verdict: oneOf('likely', 'possible', 'no-clear-cause'),
  regime: oneOf('declared', 'change-point', 'healthy-traces', 'peers', 'absolute'),
  windows: object({ baseline: orNull(window), incident: window }),
  onset: orNull(time),
  impact: object({
    requests: count,
    failed: count,
    slow: count,
    services: list(text),
    users: orNull(count),
    from: time,
    to: time,
  }),
  dataQuality: object({ score: share, defects: defects(true) }),
  causes: list(cause),
  ruledOut: list(object({ service: text, why: text })),
});

// ---------------------------------------------------------------- explain

const term = object({
  of: oneOf('field', 'attribute', 'event'),
  key: text,
  value: { type: ['string', 'number', 'boolean', 'null'] },
  range: orNull(object({ from: orNull(number), below: orNull(number) })),
  text,
});
const cohort = (filter: Schema): Schema =>
  object({ filter, records: count, compared: count, traces: count });
const counted = object({ count, share });

const explanation = object({
  signal: oneOf('spans', 'logs'),
  outcome: oneOf('differ', 'alike', 'too-few', 'empty'),
  where: cohort(text),
  versus: cohort(orNull(text)),
  overlap: count,
  tested: count,
  total: count,
  findings: list(
    object({
      rank: count,
      terms: list(term),
      alike: list(term),
      filter: orNull(text),
      where: counted,
      versus: counted,
      difference: { type: 'number', minimum: -1, maximum: 1 },
      lift: orNull(number),
      test: oneOf('g', 'fisher'),
      statistic: orNull(number),
      p: share,
      q: share,
      examples: object({ where: orNull(reference), versus: orNull(reference) }),
    }),
  ),
  leftOut: list(object({ key: text, why: oneOf('filter', 'id'), values: orNull(count) })),
  hints: list(text),
});

// ---------------------------------------------------------------- drift

const sides = (schema: Schema): Schema => object({ baseline: schema, incident: schema });
const layer = oneOf('infrastructure', 'data', 'model', 'application');

const drifted = object({
  rank: count,
  outcome: oneOf('drifted', 'mix', 'brief', 'small', 'chance'),
  layer,
  name: text,
  service: text,
  entity: text,
  origin: oneOf('span', 'metric'),
  unit: text,
  kind: oneOf('number', 'category', 'buckets', 'level', 'published'),
  test: oneOf('kolmogorov-smirnov', 'g', 'fisher', 'forecast', 'variance-ratio'),
  effect: object({
    measure: oneOf('ks', 'jensen-shannon', 'shift', 'published'),
    value: share,
    floor: share,
  }),
  distances: object({ psi: orNull(number), jensenShannon: orNull(share), shift: orNull(number) }),
  baseline: number,
  incident: number,
  category: orNull(text),
  direction: oneOf('up', 'down'),
  worse: orNull(flag),
  n: sides(count),
  p: share,
  q: share,
  minutes: count,
  onset: orNull(time),
  slices: list(
    object({
      key: text,
      value: text,
      baseline: orNull(number),
      incident: number,
      elsewhere: sides(orNull(number)),
      n: sides(count),
      q: share,
    }),
  ),
  mix: orNull(object({ key: text, within: number, total: number })),
  trend: list(object({ at: time, value: number, window: oneOf('baseline', 'incident') })),
  distribution: list(
    object({
      category: orNull(text),
      from: orNull(number),
      to: orNull(number),
      baseline: share,
      incident: share,
    }),
  ),
  examples: sides(orNull(reference)),
});

const drift = object({
  outcome: oneOf('drifted', 'steady', 'no-baseline', 'no-signal'),
  regime: oneOf('declared', 'change-point', 'healthy-traces', 'peers', 'absolute'),
  windows: object({ baseline: orNull(window), incident: window }),
  tested: count,
  drifted: count,
  signals: list(drifted),
  changes: list(
    object({
      kind: oneOf('version', 'model', 'prompt', 'embedding', 'feature-view', 'index', 'schema'),
      service: text,
      key: text,
      from: text,
      to: text,
      at: time,
      reference,
    }),
  ),
  leftOut: list(
    object({
      name: text,
      service: text,
      why: oneOf('constant', 'few', 'names', 'counter', 'rate'),
    }),
  ),
});

// ---------------------------------------------------------------- graph, trace, query, others

const graph = object({
  nodes: list(
    object({
      service: text,
      observed: flag,
      spans: count,
      errors: count,
      instances: list(text),
      aliases: list(text),
      kind: oneOf('service', 'database', 'messaging', 'external'),
    }),
  ),
  edges: list(
    object({
      caller: text,
      callee: text,
      via: oneOf('call', 'link', 'messaging'),
      calls: count,
      errors: count,
      unanswered: count,
      unansweredErrors: count,
      p50Ms: orNull(number),
      p95Ms: orNull(number),
      p99Ms: orNull(number),
    }),
  ),
});

const span = object({
  spanId,
  parent: orNull(spanId),
  parentSpanId: orNull(spanId),
  depth: count,
  service: text,
  instance: orNull(text),
  name: text,
  kind: oneOf('unspecified', 'internal', 'server', 'client', 'producer', 'consumer'),
  status: oneOf('unset', 'ok', 'error'),
  statusMessage: text,
  start: orNull(time),
  offsetMs: orNull(number),
  durationMs: orNull(number),
  selfMs: orNull(number),
  networkGapMs: orNull(number),
  critical: flag,
  criticalMs: number,
  orphan: flag,
  cycle: flag,
  attributes,
  events: list(object({ name: text, time: orNull(time), attributes })),
  links: list(object({ traceId: text, spanId: text })),
});

const trace = object({
  traceId,
  start: orNull(time),
  durationMs: orNull(number),
  spans: list(span),
  logs: list(
    object({
      id: text,
      time: orNull(time),
      service: text,
      spanId: orNull(text),
      severity: count,
      severityText: text,
      body: text,
    }),
  ),
});

/** Integers are exact, also beyond 2^53; bytes are hex text. */
const cell: Schema = { type: ['string', 'number', 'null'] };

const rows = {
  columns: list(text),
  rows: list({ type: 'object', additionalProperties: cell }),
};
/** `total`: how many pass, also beyond the limit. */
const listed = object({ total: count, ...rows });

// ---------------------------------------------------------------- doctor coverage

const missing = { signal: text, summary: text, names: list(text), adds: share };

const coverage = object({
  score: share,
  services: list(
    object({
      service: text,
      components: list(text),
      score: share,
      classes: list(
        object({
          class: text,
          layer: oneOf('infrastructure', 'data', 'model', 'application'),
          score: share,
          outcome: oneOf('told-apart', 'found', 'not-found'),
          shown: list(text),
          missing: list(
            object({
              kind: text,
              role: oneOf('required', 'supporting', 'contradicting'),
              signals: list(text),
            }),
          ),
          mistakenFor: list(text),
        }),
      ),
      missing: list(object(missing)),
    }),
  ),
  missing: list(object({ ...missing, services: list(text) })),
});

// ---------------------------------------------------------------- evaluation

const interval = orNull({ type: 'array', items: number, minItems: 2, maxItems: 2 });
const each = (names: readonly string[], schema: Schema): Readonly<Record<string, Schema>> =>
  Object.fromEntries(names.map((name) => [name, schema]));
const byName = (schema: Schema): Schema => ({ type: 'object', additionalProperties: schema });
const byGroup = (schema: Schema): Schema =>
  object(each(['system', 'layer', 'faultClass', 'intensity'], byName(schema)));

const ranks = ['ac1', 'ac3', 'ac5', 'avg5', 'mrr'];
const accuracy = byName(
  object({ n: count, ...each(ranks, orNull(share)), interval: object(each(ranks, interval)) }),
);

const answerShares = [
  ...['layer', 'faultClass', 'pathF1', 'citedOnPath', 'healthyQuiet', 'bothInThree', 'brier'],
  'ece',
];
const answerNames = [...answerShares, 'secondsPerCase'];
const answers = object({
  ...each(answerShares, orNull(share)),
  secondsPerCase: orNull(number),
  n: object(each(answerNames, count)),
  interval: object(each(answerNames, interval)),
});

const evaluation = object({
  rows: list(
    object({
      case: text,
      method: text,
      healthy: flag,
      rank: orNull(count),
      verdict: orNull(oneOf('likely', 'possible', 'no-clear-cause')),
      service: orNull(text),
      layer: orNull(text),
      faultClass: orNull(text),
      score: orNull(share),
      confidence: orNull(share),
      seconds: number,
    }),
  ),
  methods: accuracy,
  groups: byGroup(accuracy),
  answers: orNull(answers),
  answerGroups: orNull(byGroup(answers)),
  calibration: orNull(
    object({
      n: count,
      brier: orNull(share),
      ece: orNull(share),
      bins: list(object({ from: share, to: share, n: count, confidence: share, right: share })),
    }),
  ),
});

// ---------------------------------------------------------------- diff

const move = oneOf('up', 'down');
const changed = oneOf('same', 'changed', 'added', 'removed');
const tracePart = object({ traceId, spans: count, errors: count, durationMs: orNull(number) });
const stepSide = orNull(
  object({
    count,
    errors: count,
    totalMs: orNull(number),
    selfMs: number,
    networkGapMs: number,
    waitMs: number,
    waitsFor: orNull(text),
    criticalMs: number,
    spanId,
    startMs: number,
  }),
);
const operationSide = orNull(
  object({
    count,
    errors: count,
    p50Ms: orNull(number),
    p95Ms: orNull(number),
    selfMs: number,
  }),
);
const sidePart = object({ name: text, requests: count, failed: count });

const diff: Schema = {
  anyOf: [
    object({
      of: { const: 'traces' },
      a: tracePart,
      b: tracePart,
      deltaMs: orNull(number),
      steps: list(
        object({
          service: text,
          name: text,
          rank: orNull(text),
          level: count,
          changed,
          a: stepSide,
          b: stepSide,
          deltaMs: number,
          ownMs: number,
          attributes: list(object({ key: text, a: orNull(text), b: orNull(text) })),
        }),
      ),
      first: orNull(count),
      parts: flag,
      most: orNull(count),
    }),
    object({
      of: { const: 'windows' },
      a: sidePart,
      b: sidePart,
      operations: list(
        object({
          service: text,
          operation: text,
          changed,
          a: operationSide,
          b: operationSide,
          sure: flag,
          time: orNull(move),
          failures: orNull(move),
          p: share,
          deltaMs: number,
          rank: orNull(text),
          waits: flag,
        }),
      ),
    }),
  ],
};

const dataOf: Readonly<Record<string, Schema>> = {
  Import: imported,
  Causes: diagnosis,
  Explain: explanation,
  Drift: drift,
  Diff: diff,
  Query: object(rows),
  Traces: listed,
  Logs: listed,
  Metrics: listed,
  Imports: object(rows),
  Notes: object(rows),
  Screen: object(rows),
  Windows: object(rows),
  Settings: object(rows),
  Doctor: object(rows),
  DataQuality: object(rows),
  Coverage: coverage,
  Graph: graph,
  Trace: trace,
  Simulate: object({
    scenarios: list(object({ name: text, summary: text, range: orNull(text) })),
    cases: list(object({ scenario: text, seed: count, path: text })),
  }),
  Evaluation: evaluation,
  Study: object(rows),
  Schema: object({ sql: text }),
  Help: object({ text }),
  Error: object({ code: errorCode, message: text, hint: orNull(text) }),
};

/** Every kind of output that has a schema. */
export const schemaKinds: readonly string[] = Object.keys(dataOf);

/** The schema of a whole output of that kind, upper or lower case; null if there is no such kind. */
export function jsonSchema(kind: string): Schema | null {
  const name = schemaKinds.find((known) => known.toLowerCase() === kind.toLowerCase());
  if (name === undefined) return null;
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: `aidebug ${name}`,
    ...object({
      schemaVersion: { const: 1 },
      kind: { const: name },
      data: dataOf[name] ?? {},
    }),
  };
}
