/**
 * Seeded dumps as a Collector's file exporter writes them: one request a line, 100 to 500 records
 * of one service each, so that the spans of a trace are spread over many lines.
 */

/** Services, operations of each, calls of each operation: about ten spans a trace. */
export const serviceNames = [
  ...['gateway', 'chat-api', 'planner', 'retriever', 'embedder', 'vector-db'],
  ...['reranker', 'llm-router', 'model-server', 'feature-store', 'guardrails', 'billing'],
];
const operationCount = 260;
/** 2026-07-12T14:00:00Z. */
export const origin = 1_783_864_800_000_000_000n;

/** Numbers from 0 to 1 (mulberry32). */
function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

const hex = (next, digits) => {
  let text = '';
  while (text.length < digits) {
    text += Math.floor(next() * 0x1_0000_0000)
      .toString(16)
      .padStart(8, '0');
  }
  return text.slice(0, digits);
};

const string = (key, stringValue) => ({ key, value: { stringValue } });
const int = (key, value) => ({ key, value: { intValue: String(value) } });

/** What every service says about itself. */
export const resourceOf = (service, instance) => ({
  attributes: [
    string('service.name', service),
    string('service.instance.id', `${service}-${instance}`),
    string('service.version', '1.4.2'),
    string('deployment.environment.name', 'production'),
    string('k8s.namespace.name', 'inference'),
    string('telemetry.sdk.name', 'opentelemetry'),
  ],
});

function attributesOf(next, operation, code) {
  const { service, name } = operation;
  const common = [
    string('http.request.method', 'POST'),
    string('http.route', `/v1/${name}`),
    int('http.response.status_code', code),
    string('server.address', `${service}.inference.svc.cluster.local`),
    int('server.port', 8080),
    string('network.protocol.version', '1.1'),
    string('thread.name', `worker-${Math.floor(next() * 16)}`),
    int('request.id', Math.floor(next() * 1e9)),
  ];
  if (next() < 0.3) common.push(string('user_agent.original', 'python-httpx/0.27.0'));
  if (next() < 0.1) {
    common.push(string('gen_ai.request.model', 'chat-large-3'));
    common.push(int('gen_ai.usage.input_tokens', Math.floor(next() * 4000)));
  }
  return common;
}

function operationsOf(next) {
  const operations = Array.from({ length: operationCount }, (_, index) => ({
    service: serviceNames[index % serviceNames.length],
    name: `operation-${index}`,
    meanMs: 2 + 40 * next() ** 3,
    calls: [],
  }));
  for (const [index, operation] of operations.entries()) {
    // Calls go to operations further on, so that they end.
    const room = operationCount - index - 1;
    const count = Math.min(room, Math.floor(next() * 3.3));
    for (let i = 0; i < count; i += 1) {
      operation.calls.push(operations[index + 1 + Math.floor(next() * room)]);
    }
  }
  return operations;
}

/** The spans of one trace, each with the operation it belongs to. */
function traceOf(next, operations, atNs) {
  const traceId = hex(next, 32);
  const spans = [];
  const pending = [{ operation: operations[Math.floor(next() * 24)], parent: null, from: atNs }];
  for (const { operation, parent, from } of pending) {
    const lasts = Math.max(1000, Math.floor(-Math.log(1 - next()) * operation.meanMs * 1e6));
    const failed = next() < 0.005;
    const spanId = hex(next, 16);
    spans.push({
      service: operation.service,
      span: {
        traceId,
        spanId,
        ...(parent !== null && { parentSpanId: parent }),
        flags: 257,
        name: operation.name,
        kind: 2,
        startTimeUnixNano: String(from),
        endTimeUnixNano: String(from + BigInt(lasts)),
        attributes: attributesOf(next, operation, failed ? 500 : 200),
        status: failed ? { code: 2, message: 'upstream failed' } : {},
      },
    });
    for (const callee of operation.calls) {
      const begins = from + BigInt(Math.floor(next() * lasts * 0.5));
      if (spans.length + pending.length < 60)
        pending.push({ operation: callee, parent: spanId, from: begins });
    }
  }
  return spans;
}

const logTexts = [
  (next) => `request ${Math.floor(next() * 1e9)} done in ${(next() * 900).toFixed(1)} ms`,
  (next) => `cache miss for key doc:${Math.floor(next() * 1e6)}, fetching from vector-db`,
  (next) =>
    `batch of ${1 + Math.floor(next() * 64)} prompts scheduled on gpu ${Math.floor(next() * 8)}`,
  () => 'connection pool has 12 of 64 connections in use',
];

function logOf(next, { service, span }) {
  const text = logTexts[Math.floor(next() * logTexts.length)](next);
  return {
    service,
    log: {
      timeUnixNano: span.endTimeUnixNano,
      observedTimeUnixNano: String(BigInt(span.endTimeUnixNano) + 1_500_000n),
      severityNumber: next() < 0.02 ? 17 : 9,
      severityText: 'INFO',
      body: { stringValue: text },
      traceId: span.traceId,
      spanId: span.spanId,
      flags: 1,
      attributes: [
        string('code.function.name', 'handle_request'),
        string('logger.name', `${service}.server`),
        int('request.id', Math.floor(next() * 1e9)),
      ],
    },
  };
}

/** Records wait for their service until a request is full. */
function requests(next, wrap, write) {
  const waiting = new Map();
  const flush = (service, records) => {
    if (records.length > 0) write(wrap(resourceOf(service, Math.floor(next() * 4)), records));
  };
  return {
    add(service, record) {
      const entry = waiting.get(service) ?? { records: [], limit: 100 + Math.floor(next() * 400) };
      waiting.set(service, entry);
      entry.records.push(record);
      if (entry.records.length < entry.limit) return;
      flush(service, entry.records);
      waiting.delete(service);
    },
    end() {
      for (const [service, { records }] of waiting) flush(service, records);
    },
  };
}

const scope = { name: 'opentelemetry.instrumentation.httpx', version: '0.48b0' };

/**
 * Gives the writers `spans` spans, and a log record for each, in requests; the same seed, the same
 * requests. Returns how many traces they make. The writers are of the caller, who closes them.
 */
export function writeDump({ spans, seed, traceWriters, logWriters }) {
  const next = random(seed);
  const operations = operationsOf(next);
  const toAll = (writers) => (request) => {
    for (const writer of writers) writer.write(request);
  };
  const ofSpans = requests(
    next,
    (resource, list) => ({ resourceSpans: [{ resource, scopeSpans: [{ scope, spans: list }] }] }),
    toAll(traceWriters),
  );
  const ofLogs = requests(
    next,
    (resource, logRecords) => ({
      resourceLogs: [{ resource, scopeLogs: [{ scope, logRecords }] }],
    }),
    toAll(logWriters),
  );
  let traces = 0;
  for (let written = 0; written < spans; traces += 1) {
    const trace = traceOf(next, operations, origin + BigInt(traces) * 30_000_000n).slice(
      0,
      spans - written,
    );
    for (const entry of trace) {
      ofSpans.add(entry.service, entry.span);
      const { service, log } = logOf(next, entry);
      ofLogs.add(service, log);
    }
    written += trace.length;
  }
  ofSpans.end();
  ofLogs.end();
  return traces;
}
