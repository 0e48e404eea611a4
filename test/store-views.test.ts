/** The public views, as anybody with SQLite sees them: no function of ours, exact times. */
import { describe, expect, test } from 'vitest';
import { importDumps, openSession } from '../src/session.ts';
import { viewsSql } from '../src/store/index.ts';
import { at, gauge, log, rowsOf, scratch, span, spanHex, traceHex } from './fixtures/store/dump.ts';
import { Database } from './fixtures/store/plain.ts';

const { dump, path } = scratch('store-views');

/** The rows as the plain `sqlite3` shell would show them; integers exact. */
function plainly(db: string, sql: string): Readonly<Record<string, unknown>>[] {
  const connection = new Database(db, { readonly: true });
  try {
    return connection.prepare(sql).safeIntegers().all() as Record<string, unknown>[];
  } finally {
    connection.close();
  }
}

async function caseOf(records: readonly unknown[], label?: string): Promise<string> {
  const db = path();
  await importDumps(db, [dump(records)], { label });
  return db;
}

/** What design §5 promises: at least these columns. */
const promised: Readonly<Record<string, string>> = {
  spans:
    'trace_id span_id parent_span_id service instance name kind status status_message start_ns end_ns start_time duration_ms layer label attributes',
  span_events: 'trace_id span_id name time_ns time attributes',
  span_links: 'trace_id span_id linked_trace_id linked_span_id attributes',
  logs: 'id time_ns time service instance severity body template_id trace_id span_id label attributes',
  log_templates: 'template_id template',
  metric_points: 'metric unit type service instance time_ns time value count sum attributes',
  traces: 'trace_id root_service root_name start_time duration_ms spans errors services label',
  services: 'service layer instances spans errors observed',
  operations: 'service name kind spans errors p50_ms p95_ms p99_ms',
  edges: 'caller callee calls errors p95_ms',
  imports: 'path label format sha256 read spans logs metric_points duplicates skipped',
  windows: 'label from to',
  defects: 'code count examples path',
  causes:
    'rank service entity operation instance layer fault_class score confidence band onset summary',
  evidence: 'id cause_rank kind direction weight summary baseline incident p refs',
  notes: 'target body',
};

test.each(Object.entries(promised))('%s has its columns in plain SQLite', async (view, columns) => {
  const db = await caseOf([span({ id: 1 }), log('a'), gauge('g', 1)]);
  const connection = new Database(db, { readonly: true });
  const found = connection.prepare(`SELECT * FROM ${view}`).columns();
  connection.close();
  expect(found.map(({ name }) => name)).toEqual(expect.arrayContaining(columns.split(' ')));
});

test('the documented SQL is what the case holds, and says what each view is', () => {
  const sql = viewsSql();
  expect(sql).not.toMatch(/[{}](?!')/);
  for (const view of Object.keys(promised)) {
    expect(sql).toMatch(
      new RegExp(`^-- One row [^\\n]*\\n(?:-- [^\\n]*\\n)*CREATE VIEW ${view} |Notes`, 'm'),
    );
  }
});

describe('times', () => {
  test.each([
    ['1783864897120000000', '2026-07-12T14:01:37.120Z'],
    ['1783864897120999999', '2026-07-12T14:01:37.120Z'],
    ['1783864897999999999', '2026-07-12T14:01:37.999Z'],
    ['1783864898000000000', '2026-07-12T14:01:38.000Z'],
    ['1783864898000000001', '2026-07-12T14:01:38.000Z'],
  ])('%s is exact, and %s as text', async (ns, text) => {
    const times = { startTimeUnixNano: ns, endTimeUnixNano: String(BigInt(ns) + 1_500_001n) };
    const event = { name: 'e', timeUnixNano: ns };
    const db = await caseOf([
      span({ id: 1, raw: { ...times, events: [event] } }),
      log('a', 0, { timeUnixNano: ns }),
      gauge('g', 1, 0, { timeUnixNano: ns }),
    ]);
    expect(plainly(db, 'SELECT start_ns, start_time, end_ns, duration_ms FROM spans')).toEqual([
      {
        start_ns: BigInt(ns),
        start_time: text,
        end_ns: BigInt(ns) + 1_500_001n,
        duration_ms: 1.500001,
      },
    ]);
    for (const view of ['logs', 'metric_points', 'span_events']) {
      expect(plainly(db, `SELECT time_ns, time FROM ${view}`)).toEqual([
        { time_ns: BigInt(ns), time: text },
      ]);
    }
    expect(plainly(db, 'SELECT start_ns, start_time FROM traces')).toEqual([
      { start_ns: BigInt(ns), start_time: text },
    ]);
  });

  test('a missing time is null, and what was written is kept', async () => {
    const raw = { startTimeUnixNano: 'yesterday' };
    const db = await caseOf([span({ id: 1, raw })]);
    const [row] = plainly(db, 'SELECT start_ns, start_time, duration_ms, raw_time FROM spans');
    expect(row).toMatchObject({ start_ns: null, start_time: null, duration_ms: null });
    expect(row?.raw_time).toContain('yesterday');
    expect(plainly(db, 'SELECT start_ns, duration_ms FROM traces')).toEqual([
      { start_ns: null, duration_ms: null },
    ]);
  });

  test('a span that ends before it starts has no duration, and both times', async () => {
    const db = await caseOf([span({ id: 1, start: 100, length: -40 })]);
    expect(plainly(db, 'SELECT start_ns > end_ns AS odd, duration_ms FROM spans')).toEqual([
      { odd: 1n, duration_ms: null },
    ]);
    expect(plainly(db, 'SELECT code, count FROM defects')).toEqual([
      { code: 'bad-time', count: 1n },
    ]);
  });
});

test('ids, kinds and statuses are words', async () => {
  const db = await caseOf([
    span({ trace: 0xabc, id: 0xdef, parent: 1, kind: 5, failed: true, instance: 'i-1' }),
  ]);
  expect(
    plainly(db, 'SELECT trace_id, span_id, parent_span_id, kind, status, instance FROM spans'),
  ).toEqual([
    {
      trace_id: traceHex(0xabc),
      span_id: spanHex(0xdef),
      parent_span_id: spanHex(1),
      kind: 'consumer',
      status: 'error',
      instance: 'i-1',
    },
  ]);
});

test.each([
  [1, '', 'TRACE'],
  [4, '', 'TRACE'],
  [5, '', 'DEBUG'],
  [9, 'Information', 'INFO'],
  [12, '', 'INFO'],
  [13, '', 'WARN'],
  [17, '', 'ERROR'],
  [20, '', 'ERROR'],
  [21, '', 'FATAL'],
  [24, '', 'FATAL'],
  [0, 'warning', 'WARNING'],
])('severity %i %j is %s', async (severityNumber, severityText, severity) => {
  const db = await caseOf([log('a', 0, { severityNumber, severityText })]);
  expect(plainly(db, 'SELECT severity FROM logs')).toEqual([{ severity }]);
});

test('the layer of a span follows from what it says, else from its service', async () => {
  const db = await caseOf([
    span({ id: 1, attributes: { 'gen_ai.operation.name': 'chat' } }),
    span({ id: 2, attributes: { 'db.system': 'qdrant' } }),
    span({ id: 3, attributes: { 'db.system': 'redis' } }),
    span({ id: 4, service: 'vllm' }),
    span({ id: 5, attributes: { note: 'db.system is named here' } }),
  ]);
  expect(plainly(db, 'SELECT layer FROM spans ORDER BY span_id')).toEqual(
    ['model', 'data', 'infrastructure', 'model', 'application'].map((layer) => ({ layer })),
  );
});

test('the label of a record in several imports is baseline first, then the least', async () => {
  const db = path();
  const shared = [span({ id: 1 }), log('a')];
  for (const [label, more] of [
    ['zeta', 'z'],
    ['incident', 'i'],
    [undefined, 'u'],
  ] as const) {
    await importDumps(db, [dump([...shared, log(more)])], { label });
  }
  expect(plainly(db, 'SELECT label FROM spans')).toEqual([{ label: 'incident' }]);
  await importDumps(db, [dump([...shared, log('b')])], { label: 'baseline' });
  expect(plainly(db, 'SELECT label FROM spans')).toEqual([{ label: 'baseline' }]);
  expect(plainly(db, "SELECT label FROM logs WHERE body = 'a'")).toEqual([{ label: 'baseline' }]);
  expect(plainly(db, 'SELECT label FROM traces')).toEqual([{ label: 'baseline' }]);
});

test('a service known from its callers is there, unobserved; one of logs alone is observed', async () => {
  const db = await caseOf([
    span({ id: 1, service: 'web' }),
    span({
      id: 2,
      parent: 1,
      service: 'web',
      kind: 3,
      failed: true,
      attributes: { 'server.address': 'cart' },
    }),
    log('hello'),
  ]);
  expect(plainly(db, 'SELECT service, spans, observed FROM services')).toEqual([
    { service: 'cart', spans: 0n, observed: 0n },
    { service: 'shop', spans: 0n, observed: 1n },
    { service: 'web', spans: 2n, observed: 1n },
  ]);
  expect(plainly(db, 'SELECT caller, callee, calls, errors, unanswered FROM edges')).toEqual([
    { caller: 'web', callee: 'cart', calls: 1n, errors: 1n, unanswered: 1n },
  ]);
});

test('operations and traces add up', async () => {
  const db = await caseOf([
    span({ trace: 1, id: 1, name: 'a', length: 100 }),
    span({ trace: 1, id: 2, parent: 1, name: 'b', length: 20, failed: true, service: 'x' }),
    span({ trace: 2, id: 1, name: 'a', length: 200, failed: true }),
  ]);
  expect(plainly(db, 'SELECT service, name, spans, errors FROM operations')).toEqual([
    { service: 'shop', name: 'a', spans: 2n, errors: 1n },
    { service: 'x', name: 'b', spans: 1n, errors: 1n },
  ]);
  const [p95] = plainly(db, "SELECT p95_ms FROM operations WHERE name = 'a'");
  expect(Math.abs(Number(p95?.p95_ms) / 200 - 1)).toBeLessThan(0.05);
  expect(
    plainly(db, 'SELECT root_name, spans, errors, failed, services, duration_ms FROM traces'),
  ).toEqual([
    { root_name: 'a', spans: 2n, errors: 1n, failed: 0n, services: 2n, duration_ms: 100 },
    { root_name: 'a', spans: 1n, errors: 1n, failed: 1n, services: 1n, duration_ms: 200 },
  ]);
});

test('causes and evidence are filled on a case that is only read, and agree with the diagnosis', async () => {
  const db = path();
  await importDumps(db, ['sample-traces/service-unreachable']);
  expect(plainly(db, 'SELECT * FROM causes')).toEqual([]);
  await using session = await openSession(db);
  const diagnosis = await session.diagnose();
  const causes = await rowsOf(session, 'SELECT * FROM causes ORDER BY rank');
  expect(
    causes.map(({ rank, service, score, band, fault_class: kind }) => [
      rank,
      service,
      score,
      band,
      kind,
    ]),
  ).toEqual(
    diagnosis.causes.map(({ rank, service, score, band, faultClass }) => [
      rank,
      service,
      score,
      band,
      faultClass,
    ]),
  );
  const evidence = await rowsOf(session, 'SELECT * FROM evidence WHERE cause_rank = 1');
  expect(evidence.map(({ id, weight }) => [id, weight])).toEqual(
    diagnosis.causes[0]?.evidence.map(({ id, weight }) => [id, weight]),
  );
  for (const { refs, summary } of evidence) {
    expect(JSON.parse(String(refs)).length).toBeGreaterThan(0);
    expect(summary).not.toBe('');
  }
  // Every reference leads to a row.
  const lost = await rowsOf(
    session,
    `SELECT r.value FROM evidence e, json_each(e.refs) r WHERE NOT CASE r.value ->> 'signal'
      WHEN 'span' THEN EXISTS (SELECT 1 FROM spans s
        WHERE s.trace_id = r.value ->> 'traceId' AND s.span_id = r.value ->> 'spanId')
      WHEN 'log' THEN EXISTS (SELECT 1 FROM logs g WHERE g.id = r.value ->> 'id')
      ELSE EXISTS (SELECT 1 FROM metric_points p WHERE p.metric = r.value ->> 'metric') END`,
  );
  expect(lost).toEqual([]);
});

test('windows are the extents of spans and logs, exact', async () => {
  const db = await caseOf(
    [span({ id: 1, start: 10, length: 5 }), log('a', 3), gauge('g', 1, 900)],
    'incident',
  );
  expect(plainly(db, 'SELECT from_ns, to_ns, spans, logs FROM windows')).toEqual([
    { from_ns: BigInt(at(3)), to_ns: BigInt(at(15)), spans: 1n, logs: 1n },
  ]);
});
