/** `explain` as a process, and what it reads of a case. */
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ContrastTerm, Explanation } from '../src/model.ts';
import { filterTerm, parseFilter } from '../src/search/index.ts';
import { openStore } from '../src/store/index.ts';
import { aidebug, published, temporaryFolder, written } from './cli.ts';

const attribute = (key: string, value: string | number | boolean) => ({
  key,
  value:
    typeof value === 'string'
      ? { stringValue: value }
      : typeof value === 'boolean'
        ? { boolValue: value }
        : { intValue: String(value) },
});
const attributes = (of: Readonly<Record<string, string | number | boolean>>) =>
  Object.entries(of).map(([key, value]) => attribute(key, value));

const begin = 1_750_000_000_000_000_000n;
const hostile = '\u001b[2Jbad | value <b>';

/** One call of a service on a host, and what it logs; those on host c fail, with an exception. */
function call(host: string, at: number) {
  const number = at * 3 + host.charCodeAt(0) - 97;
  const start = begin + BigInt(number) * 1_000_000_000n;
  const failed = host === 'c';
  const traceId = (number + 1).toString(16).padStart(32, '0');
  const times = {
    from: String(start),
    to: String(start + BigInt(failed ? 900 : 100 + at) * 1_000_000n),
  };
  const span = {
    ...{ traceId, spanId: (number + 1).toString(16).padStart(16, '0'), name: 'work', kind: 2 },
    ...{
      startTimeUnixNano: times.from,
      endTimeUnixNano: times.to,
      status: failed ? { code: 2 } : {},
    },
    attributes: attributes({
      'request.id': `r-${number}`,
      tenant: number % 2 ? 'x' : 'y',
      odd: number % 2 === 1,
    }),
    events: failed
      ? [{ name: 'exception', attributes: attributes({ 'exception.type': hostile }) }]
      : [],
  };
  const log = {
    ...{ timeUnixNano: times.from, traceId, severityNumber: failed ? 17 : 9 },
    body: { stringValue: failed ? 'write failed' : 'done' },
    attributes: attributes({ thread: `t${at % 2}` }),
  };
  return { span, log };
}

/** 60 calls on three hosts. */
function dump(): string {
  const hosts = ['a', 'b', 'c'].map((host) => {
    const calls = Array.from({ length: 20 }, (_, at) => call(host, at));
    const names = { 'service.name': 'store', 'host.name': host, zone: `z-${host}` };
    return { resource: { attributes: attributes(names) }, calls };
  });
  return JSON.stringify({
    resourceSpans: hosts.map(({ resource, calls }) => ({
      resource,
      scopeSpans: [{ spans: calls.map(({ span }) => span) }],
    })),
    resourceLogs: hosts.map(({ resource, calls }) => ({
      resource,
      scopeLogs: [{ logRecords: calls.map(({ log }) => log) }],
    })),
  });
}

async function imported(): Promise<readonly string[]> {
  const folder = temporaryFolder();
  const db = join(folder, 'case.db');
  await aidebug(['--db', db, 'import', written(folder, 'dump.json', dump()), '--quiet']);
  return ['--db', db];
}

const explained = async (db: readonly string[], ...argv: string[]) => {
  const outcome = await aidebug([...db, 'explain', ...argv, '--format', 'json']);
  return { ...published<Explanation>(outcome), status: outcome.status };
};

describe('aidebug explain', () => {
  test('names the host, what always comes with it, and an example of each side', async () => {
    const db = await imported();
    const { kind, data, status } = await explained(db, '--where', 'status=error');
    expect([kind, status, data.outcome, data.signal]).toEqual(['Explain', 0, 'differ', 'spans']);
    expect(data.where).toMatchObject({
      records: 20,
      compared: 20,
      traces: 20,
      filter: 'status=error',
    });
    expect(data.versus).toMatchObject({ records: 40, filter: null });
    const [first] = data.findings;
    // All of it holds of exactly the failed spans.
    expect([...(first?.terms ?? []), ...(first?.alike ?? [])].map(({ text }) => text)).toEqual([
      'event=exception',
      'instance=c',
      '@host.name=c',
      '@zone=z-c',
      `event exception.type="${hostile}"`,
      'dur>=900ms',
    ]);
    expect(first).toMatchObject({
      where: { count: 20, share: 1 },
      versus: { count: 0, share: 0 },
      difference: 1,
      lift: null,
      test: 'g',
      examples: { where: { signal: 'span' }, versus: null },
    });
    expect(data.leftOut).toContainEqual({ key: '@request.id', why: 'id', values: 60 });
    expect(data.leftOut).toContainEqual({ key: 'status', why: 'filter', values: null });
    // Its filter finds the same records.
    const again = await explained(db, '--where', first?.filter ?? '', '--vs', '-status=error');
    expect(again.data.where.records).toBe(20);
  });

  test('logs where only they have the field, and the signal that is asked for', async () => {
    const db = await imported();
    const { data } = await explained(db, '--where', 'sev>=error');
    expect(data).toMatchObject({ signal: 'logs', where: { records: 20 }, versus: { records: 40 } });
    expect(data.findings[0]?.alike.map(({ key }) => key)).toContain('host.name');
    const asked = await explained(db, '--where', 'service=store', '--signal', 'logs');
    expect(asked.data.where.records).toBe(60);
    expect(
      (await aidebug([...db, 'explain', '--where', 'sev>=error', '--signal', 'spans'])).status,
    ).toBe(2);
  });

  test('says when nothing differs, nothing is there, or too little', async () => {
    const db = await imported();
    const say = async (...argv: string[]) => {
      const { status, stdout } = await aidebug([...db, 'explain', ...argv]);
      return `${status} ${stdout.split('\n')[0]}`;
    };
    expect(await say('--where', '@tenant=x', '--vs', '@tenant=y -@odd=true')).toMatch(
      /^0 .*differ/,
    );
    expect(await say('--where', '@thread=t0')).toMatch(/^3 nothing to explain: no record passes/);
    expect(await say('--where', '@thread=t0', '--signal', 'logs')).toBe(
      '0 nothing differs beyond chance: 4 values and pairs were tested',
    );
    expect(await say('--where', 'service=store')).toMatch(/^3 nothing to compare with/);
    expect(await say('--where', '@request.id=r-1', '--vs', '@request.id=r-2')).toMatch(
      /^3 too few to tell: 1 trace against 1 trace/,
    );
    expect((await aidebug([...db, 'explain'])).status).toBe(2);
    expect((await aidebug([...db, 'explain', '--where', 'foo=1'])).status).toBe(2);
    const mixed = await aidebug([...db, 'explain', '--where', 'status=error sev>=error']);
    expect(mixed.stderr).toContain('sev is no field of traces, but of logs');
  });

  test('an empty side comes with a hint to what was meant', async () => {
    const db = await imported();
    const hints = async (...argv: string[]) => (await explained(db, ...argv)).data.hints;
    expect(await hints('--where', 'body~failed')).toEqual([
      'body~failed is looked for as text; try body=*failed*',
    ]);
    expect(await hints('--where', 'status=error', '--vs', '@thread=t0 @zone=z-a')).toEqual([
      'no span has an attribute thread, but log records have: --signal logs',
    ]);
    expect(await hints('--where', '')).toEqual([
      'the filter of --where is empty, so every record passes and none is left to compare with',
    ]);
    // The attribute is there: the value is not.
    expect(await hints('--where', '@tenant=z')).toEqual([]);
    const { stdout } = await aidebug([...db, 'explain', '--where', '@a=1', '--format', 'md']);
    expect(stdout).toMatch(/^- hint: no span has an attribute a$/m);
  });

  test('what passes both filters counts once', async () => {
    const db = await imported();
    const { data } = await explained(db, '--where', 'status=error', '--vs', 'service=store');
    expect(data).toMatchObject({ overlap: 20, where: { records: 20 }, versus: { records: 40 } });
  });

  test('every format is harmless and has the findings', async () => {
    const db = await imported();
    for (const format of ['table', 'md', 'json', 'jsonl']) {
      const { stdout } = await aidebug([
        ...db,
        'explain',
        '--where',
        'status=error',
        '--format',
        format,
      ]);
      expect(stdout).not.toContain('\u001b');
      expect(stdout).toContain('host.name');
    }
    const csv = await aidebug([
      ...db,
      'explain',
      '--where',
      'status=error',
      '--format',
      'csv',
      '--limit',
      '1',
    ]);
    const [head = '', ...lines] = csv.stdout.trimEnd().split('\r\n');
    expect(head).toMatch(/^rank,values,alike,filter,whereCount,whereShare,/);
    expect(lines).toHaveLength(1);
  });
});

test('of a large side whole traces are kept, the same ones every time', async () => {
  const folder = temporaryFolder();
  const db = join(folder, 'case.db');
  await aidebug(['--db', db, 'import', written(folder, 'dump.json', dump()), '--quiet']);
  const store = openStore(db, 'read');
  const filters = { incident: parseFilter('status=error', 'traces'), baseline: null };
  const whole = await store.cohorts('spans', filters, 100);
  const part = await store.cohorts('spans', filters, 7);
  await store.close();
  expect(whole.found).toEqual({ incident: 20, baseline: 40 });
  expect(part.found).toEqual(whole.found);
  expect(part.records).toHaveLength(14);
  const ids = new Set(whole.records.map(({ cluster }) => cluster));
  expect(part.records.every(({ cluster }) => ids.has(cluster))).toBe(true);
});

test('a term is a filter of what it says', () => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom('a b', '"', '\\', 'x)(', '-x'),
  );
  const key = fc.oneof(
    fc.stringMatching(/^[a-z.:_]{1,9}$/),
    text.filter((name) => name !== ''),
  );
  fc.assert(
    fc.property(key, text, (name, value) => {
      const term: ContrastTerm = { of: 'attribute', key: name, value, range: null };
      expect(parseFilter(filterTerm(term) ?? '', 'traces')).toEqual({
        ...{ test: 'attribute', key: name, comparison: '=', value },
      });
    }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 9e15 }), (ns) => {
      const term: ContrastTerm = {
        of: 'field',
        key: 'dur',
        value: null,
        range: { from: ns, below: null },
      };
      expect(parseFilter(filterTerm(term) ?? '', 'traces')).toEqual({
        ...{ test: 'duration', comparison: '>=', ns },
      });
    }),
  );
});
