/** The filter language: what a text means, and where it is wrong. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UserError } from '../src/errors.ts';
import type { Listed } from '../src/model.ts';
import { misreadings, parseFilter } from '../src/search/index.ts';
import { importDumps, openSession } from '../src/session.ts';
import { scratch } from './fixtures/store/dump.ts';

describe('a text is a tree', () => {
  const service = (pattern: string) => ({ test: 'text', field: 'service', pattern });
  const words = (text: string) => ({ test: 'words', text });
  test.each([
    ['', { all: [] }],
    ['service=x', service('x')],
    ['SVC:x', service('x')],
    ['service!=x', { not: service('x') }],
    ['-service=x', { not: service('x') }],
    ['!service=x', { not: service('x') }],
    ['!(a b)', { not: { all: [words('a'), words('b')] } }],
    ['!@a', { not: { test: 'attribute', key: 'a', comparison: '=', value: null } }],
    ['service==x', service('x')],
    ['service = x a', { all: [service('x'), words('a')] }],
    ['service != x', { not: service('x') }],
    ['dur > 1.5s', { test: 'duration', comparison: '>', ns: 1.5e9 }],
    ['@n >= 5', { test: 'attribute', key: 'n', comparison: '>=', value: 5 }],
    ['service="a b\\"c\\\\"', service('a b"c\\')],
    ['service=""', service('')],
    ['service=x(1)', service('x(1)')],
    ['a b', { all: [words('a'), words('b')] }],
    ['a AND b', { all: [words('a'), words('b')] }],
    ['"a OR b"', words('a OR b')],
    ['a OR b c', { any: [words('a'), { all: [words('b'), words('c')] }] }],
    ['(a OR b) c', { all: [{ any: [words('a'), words('b')] }, words('c')] }],
    ['-(a b)', { not: { all: [words('a'), words('b')] } }],
    ['ORDER', words('ORDER')],
    ['dur>1.5s', { test: 'duration', comparison: '>', ns: 1.5e9 }],
    ['duration<=250us', { test: 'duration', comparison: '<=', ns: 250_000 }],
    ['@a.b=*', { test: 'attribute', key: 'a.b', comparison: '=', value: '*' }],
    ['@a.b', { test: 'attribute', key: 'a.b', comparison: '=', value: null }],
    ['@a:b', { test: 'attribute', key: 'a', comparison: '=', value: 'b' }],
    ['@guid:x-id=7', { test: 'attribute', key: 'guid:x-id', comparison: '=', value: '7' }],
    ['@"a b"=c', { test: 'attribute', key: 'a b', comparison: '=', value: 'c' }],
    ['@n>=5', { test: 'attribute', key: 'n', comparison: '>=', value: 5 }],
    ['since:-10m', { test: 'time', edge: 'since', time: { beforeEndNs: 600e9 } }],
    [
      'until=2026-07-12T14:02Z',
      { test: 'time', edge: 'until', time: { unixNs: 1_783_864_920_000_000_000n } },
    ],
  ])('%s', (text, filter) => {
    expect(parseFilter(text, 'traces')).toEqual(filter);
  });

  test('severities are the ranges of the data model', () => {
    expect(parseFilter('sev>=warn', 'logs')).toMatchObject({ comparison: '>=', low: 13, high: 16 });
    expect(parseFilter('level=21', 'logs')).toMatchObject({ low: 21, high: 21 });
  });
});

describe('what is wrong is shown with its column', () => {
  test.each<[string, Listed, number, string]>([
    ['service=x foo=1', 'traces', 11, 'no field is called foo'],
    ['dur>5s', 'logs', 1, 'dur is no field of logs, but of traces'],
    ['status=error sev>=error', 'traces', 14, 'sev is no field of traces, but of logs'],
    ['event=x', 'metrics', 1, 'event is no field of metrics, but of traces and logs'],
    ['= = (', 'traces', 1, 'the name of a field is missing before ='],
    ['a :b', 'traces', 3, 'the name of a field is missing before :'],
    ['dur>5', 'traces', 5, 'a duration has a unit'],
    ['status=bad', 'traces', 8, 'unset, ok, error'],
    ['service>x', 'traces', 9, 'only = and !='],
    ['@n>=x', 'traces', 5, 'a number is needed'],
    ['@=1', 'traces', 1, 'the name of an attribute'],
    ['service=', 'traces', 9, 'a value is missing after service='],
    ['duration >', 'traces', 11, 'a value is missing after duration >'],
    ['status=error dur > ', 'traces', 20, 'a value is missing after dur >'],
    ['@a.b = ', 'traces', 8, 'a value is missing after @a.b ='],
    ['latency > 5s', 'traces', 9, 'no field is called latency'],
    ['a "b', 'traces', 3, 'this " is not closed'],
    ['(a b', 'traces', 1, 'this ( is not closed'],
    ['a)', 'traces', 2, 'no parenthesis is open'],
    ['OR a', 'traces', 1, 'a term is missing before OR'],
    ['a OR', 'traces', 5, 'a term is missing after OR'],
    ['since:now', 'traces', 7, 'a time is needed'],
    ['sev>=loud', 'logs', 6, 'one of trace, debug'],
    ['trace=xyz', 'traces', 7, 'hex digits'],
    ['value>high', 'metrics', 7, 'a number is needed'],
  ])('%s', (text, of, column, message) => {
    expect(() => parseFilter(text, of)).toThrow(`filter, column ${column}: `);
    expect(() => parseFilter(text, of)).toThrow(message);
  });

  test('any text is a filter or a usage error', () => {
    const token = fc.constantFrom(
      'service',
      '=',
      'a',
      '"',
      '(',
      ')',
      '@',
      '-',
      ' ',
      'OR',
      '*',
      '>',
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(token).map((tokens) => tokens.join('')),
    );
    fc.assert(
      fc.property(text, fc.constantFrom<Listed>('traces', 'logs', 'metrics'), (filter, of) => {
        try {
          parseFilter(filter, of);
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
          expect((error as UserError).code).toBe('usage');
        }
      }),
      { numRuns: 2000 },
    );
    expect(() => parseFilter('('.repeat(1000), 'traces')).toThrow('nested too deep');
  });
});

describe('what is read as a search for text, and may not be meant so', () => {
  const readings = (text: string) => misreadings(parseFilter(text, 'traces'));
  test.each([
    ['*', '* is looked for as text; it stands for any text only in a value: service=cart*'],
    ['-(a OR *out*)', '*out* is looked for as text; * stands for any text only in a value'],
    ['body~timeout', 'body~timeout is looked for as text; try body=*timeout*'],
    ['service=~cart', 'service=~cart looks for a ~ in the value; try service=*cart*'],
    ['@a.b~x', '@a.b~x is looked for as a name; try @a.b=*x*'],
    ['service=~"x y"', 'service=~ looks for a ~ in the value; try service=*text*'],
    ['@a.b="~x y"', '@a.b=~x y looks for a ~ in the value; try @a.b="*x y*"'],
    ['dur~5s', 'dur~5s is looked for as text; comparisons are = != < <= > >='],
  ])('%s', (text, hint) => {
    expect(readings(text)).toEqual([expect.stringContaining(hint)]);
  });

  test('nothing else is', () => {
    expect(readings('a ~/tmp host~1 service=cart* @a=* @b status=error dur>5s')).toEqual([]);
  });
});

describe('what passes', () => {
  const { dump, path } = scratch('search');
  const ns = (second: number): string =>
    String(1_783_864_800_000_000_000n + BigInt(second) * 10n ** 9n);
  const attribute = (key: string, value: object) => ({ key, value });
  const resource = (name: string, ...more: object[]) => ({
    attributes: [attribute('service.name', { stringValue: name }), ...more],
  });
  /** Trace `n`: a span of web, and below it one of the model server. */
  const trace = (n: number, span: object = {}, model: object = {}) => [
    {
      resource: resource('web', attribute('deployment.environment', { stringValue: 'prod' })),
      scopeSpans: [{ spans: [{ ...one(n, 1), name: 'GET /ask', kind: 2, ...span }] }],
    },
    {
      resource: resource('model_server'),
      scopeSpans: [{ spans: [{ ...one(n, 2), name: 'chat', parentSpanId: id(1), ...model }] }],
    },
  ];
  const id = (n: number): string => String(n).padStart(16, '0');
  const one = (n: number, span: number) => ({
    traceId: String(n).padStart(32, '0'),
    spanId: id(span),
    startTimeUnixNano: ns(n),
    endTimeUnixNano: ns(n + 1),
  });
  const request = {
    resourceSpans: [
      ...trace(1, { status: { code: 2 } }),
      ...trace(
        2,
        {},
        {
          attributes: [
            attribute('gen_ai.request.model', { stringValue: 'emb-4' }),
            attribute('gen_ai.operation.name', { stringValue: 'chat' }),
          ],
        },
      ),
      ...trace(3, {
        endTimeUnixNano: ns(9),
        attributes: [attribute('http.route', { stringValue: '/health' })],
      }),
      ...trace(
        4,
        {},
        {
          attributes: [
            attribute('tokens', { intValue: '512' }),
            attribute('order', { intValue: '9223372036854775806' }),
            attribute('cached', { boolValue: true }),
          ],
          events: [{ name: 'exception', timeUnixNano: ns(4) }],
        },
      ),
    ],
    resourceLogs: [
      {
        resource: resource('web'),
        scopeLogs: [
          {
            logRecords: [
              {
                timeUnixNano: ns(1),
                severityNumber: 17,
                body: { stringValue: '100% of [a] failed' },
              },
              { timeUnixNano: ns(2), severityText: 'warning', body: { stringValue: 'Slow?' } },
              { timeUnixNano: ns(3), severityNumber: 9, body: { stringValue: 'fine' } },
            ],
          },
        ],
      },
    ],
    resourceMetrics: [
      {
        resource: resource('gpu'),
        scopeMetrics: [
          {
            metrics: [1, 2, 3].map((n) => ({
              name: 'gpu.utilization',
              gauge: { dataPoints: [{ timeUnixNano: ns(n), asDouble: n / 4 }] },
            })),
          },
        ],
      },
    ],
  };
  const db = path();
  const imported = importDumps(db, [dump([request])], { label: 'incident' });

  async function found(of: Listed, filter: string, column: string): Promise<unknown[]> {
    await imported;
    await using session = await openSession(db);
    const { columns, rows, total } = await session.list(of, filter, {
      limit: null,
      sort: null,
      brief: false,
    });
    const at = columns.indexOf(column);
    const values: unknown[] = [];
    for await (const row of rows) values.push(row[at]);
    expect(total).toBe(values.length);
    return values;
  }
  const traces = async (filter: string): Promise<number[]> =>
    (await found('traces', filter, 'trace_id')).map(Number);

  test.each([
    ['', [1, 2, 3, 4]],
    ['status=error', [1]],
    ['-status=error', [2, 3, 4]],
    ['service=web dur>5s', [3]],
    ['service=model_server dur>5s', []],
    ['service=model* name=chat', [1, 2, 3, 4]],
    ['service=model?server', []],
    ['@gen_ai.request.model=emb-*', [2]],
    ['@gen_ai.request.model', [2]],
    ['-@http.route:/health', [1, 2, 4]],
    ['@tokens>=512', [4]],
    ['@tokens=512.0', [4]],
    ['@tokens>512', []],
    ['@order=9223372036854775806', [4]],
    ['@order=9223372036854775807', []],
    ['@order>9223372036854775805', [4]],
    ['@order>=9223372036854775807', []],
    ['@order<1e19', [4]],
    ['@cached=true', [4]],
    ['@deployment.environment=prod status=error', [1]],
    ['event=exception', [4]],
    ['status=error OR @cached=true', [1, 4]],
    ['(status=error OR @cached=true) -dur>5s', [1, 4]],
    ['HEALTH', [3]],
    ['label=incident label!=baseline', [1, 2, 3, 4]],
    ['label=baseline', []],
    ['since:-5s', [4]],
    ['until:2026-07-12T14:00:03Z', [1, 2]],
    ['trace=*3', [3]],
    ['kind=server', [1, 2, 3, 4]],
    ['layer=model', [2]],
  ])('traces %s', async (filter, expected) => {
    expect(await traces(filter)).toEqual(expected);
  });

  test.each([
    ['sev>=warn', ['100% of [a] failed', 'Slow?']],
    ['sev=error', ['100% of [a] failed']],
    ['sev<error', ['Slow?', 'fine']],
    ['"100%"', ['100% of [a] failed']],
    ['"%"', ['100% of [a] failed']],
    ['body=*[a]*', ['100% of [a] failed']],
    ['body=Slow?', ['Slow?']],
    ['body=Slo??', []],
    ['trace=*', []],
  ])('logs %s', async (filter, expected) => {
    expect(await found('logs', filter, 'body')).toEqual(expected);
  });

  test('metrics', async () => {
    expect(await found('metrics', 'metric=gpu.* value>=0.5', 'value')).toEqual([0.5, 0.75]);
    expect(await found('metrics', 'type=gauge service=gpu since:-7s', 'value')).toEqual([
      0.5, 0.75,
    ]);
  });

  test('another order, and only the first', async () => {
    await imported;
    await using session = await openSession(db);
    const sort = { column: 'duration_ms', descending: true };
    const { rows, total } = await session.list('traces', '', { limit: 1, sort, brief: false });
    for await (const row of rows) expect(Number(row[1])).toBe(3);
    expect(total).toBe(4);
    const wrong = session.list('traces', '', {
      limit: 1,
      sort: { ...sort, column: 'x; --' },
      brief: false,
    });
    await expect(wrong).rejects.toThrow('no column');
  });
});
