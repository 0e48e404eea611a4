/** What each field of OTLP/JSON becomes, sound or not. */
import { describe, expect, test } from 'vitest';
import {
  aSpan,
  codes,
  end,
  logs,
  metrics,
  read,
  resource,
  spanId,
  start,
  traceId,
  traces,
} from './fixtures/import/read.ts';

const one = async (span: object) => {
  const all = await read(traces(span));
  return { ...all, span: all.spans[0] };
};
const attributes = async (...list: unknown[]) => {
  const { span, defects } = await one(aSpan({ attributes: list }));
  return { text: span?.attributes, codes: defects.map(({ code }) => code) };
};
const kv = (key: unknown, value: unknown) => ({ key, value });

describe('attributes', () => {
  test('are JSON with sorted keys; of equal keys the last wins', async () => {
    const { text } = await attributes(
      kv('b', { stringValue: 'x' }),
      kv('a', { boolValue: false }),
      kv('b', { stringValue: 'y' }),
      kv('__proto__', { stringValue: 'z' }),
    );
    expect(text).toBe('{"__proto__":"z","a":false,"b":"y"}');
  });

  test.each([
    [{ stringValue: 'line\n"\u001b' }, '"line\\n\\"\\u001b"'],
    [{ intValue: '9223372036854775807' }, '9223372036854775807'],
    [{ intValue: -5 }, '-5'],
    [{ int_value: '007' }, '7'],
    [{ doubleValue: 5 }, '5.0'],
    [{ doubleValue: '2.5' }, '2.5'],
    [{ doubleValue: 1e300 }, '1e+300'],
    [{ doubleValue: 'NaN' }, '{"doubleValue":"NaN"}'],
    [{ doubleValue: '-Infinity' }, '{"doubleValue":"-Infinity"}'],
    [{ boolValue: true }, 'true'],
    [{ bytesValue: 'AAAwOQ==' }, '{"bytesValue":"AAAwOQ=="}'],
    [{}, 'null'],
    [null, 'null'],
    [{ arrayValue: {} }, '[]'],
    [{ arrayValue: { values: [{ intValue: 1 }, {}, { doubleValue: 1 }] } }, '[1,null,1.0]'],
    [
      { kvlistValue: { values: [kv('z', { intValue: 1 }), kv('a', { stringValue: '' })] } },
      '{"a":"","z":1}',
    ],
  ])('%j is %s', async (value, text) => {
    expect(await attributes(kv('k', value))).toEqual({ text: `{"k":${text}}`, codes: [] });
  });

  test.each([
    ['text for a value', kv('k', 'bare'), '{}'],
    ['a key that is a number', kv(5, { intValue: 1 }), '{}'],
    ['a null entry', null, '{}'],
    ['an integer with a fraction', kv('k', { intValue: 1.5 }), '{}'],
    ['an integer beyond 64 bits', kv('k', { intValue: '99999999999999999999' }), '{}'],
    ['a bool in text', kv('k', { boolValue: 'yes' }), '{}'],
    ['an unknown kind of value', kv('k', { fooValue: 1 }), '{"k":null}'],
    ['a number for text', kv('k', { stringValue: 5 }), '{"k":"5"}'],
    ['a bad element', kv('k', { arrayValue: { values: [1, { intValue: 2 }] } }), '{"k":[null,2]}'],
  ])('%s costs no more than itself', async (_, entry, text) => {
    expect(await attributes(entry)).toEqual({ text, codes: ['bad-record'] });
    const among = await attributes(kv('a', { intValue: 1 }), entry);
    expect(JSON.parse(among.text as string)).toEqual({ a: 1, ...JSON.parse(text) });
  });

  test('a bare 64-bit integer is exact, also in times and next to text like it', async () => {
    const text = JSON.stringify(
      traces(
        aSpan({
          name: '"quote\\ : 1760000000123456789 ,',
          startTimeUnixNano: 'START',
          attributes: [kv('n', { intValue: 'INT' }), kv('d', { doubleValue: 0.5 })],
        }),
      ),
    )
      .replace('"START"', '1544712660000000001')
      .replace('"INT"', '-9223372036854775808')
      .replace(':0.5', ':0.12345678901234566');
    const { spans, defects } = await read(text);
    expect(defects).toEqual([]);
    expect(spans[0]).toMatchObject({
      name: '"quote\\ : 1760000000123456789 ,',
      startNs: 1544712660000000001n,
      attributes: '{"d":0.12345678901234566,"n":-9223372036854775808}',
    });
  });

  test('a value of 10 MB is cut and said', async () => {
    const { span, defects } = await one(
      aSpan({ attributes: [kv('big', { stringValue: 'é'.repeat(5_000_000) })] }),
    );
    const { big } = JSON.parse(span?.attributes as string);
    expect(big).toBe(`${'é'.repeat(65536)}…[cut, 10000000 bytes]`);
    expect(defects.map(({ code }) => code)).toEqual(['oversize-value']);
  });

  test('many small members over 1 MiB are cut as one value', async () => {
    const values = Array.from({ length: 20 }, () => ({ stringValue: 'x'.repeat(100_000) }));
    const { text, codes } = await attributes(kv('k', { arrayValue: { values } }));
    expect(JSON.parse(text as string).k).toMatch(/^\["x{65534}…\[cut, \d+ bytes\]$/);
    expect(codes).toEqual(['oversize-value']);
  });

  test('deep nesting is cut, whether 65 levels or very many', async () => {
    const nested = (depth: number): string =>
      `${'{"arrayValue":{"values":['.repeat(depth)}{"intValue":1}${']}}'.repeat(depth)}`;
    const text = JSON.stringify(traces(aSpan({ attributes: [kv('k', 'VALUE')] })));
    for (const depth of [65, 300_000]) {
      const all = await read(text.replace('"VALUE"', nested(depth)));
      expect(all.spans).toHaveLength(1);
      expect(codes(all)).toEqual(['bad-record']);
      expect(all.spans[0]?.attributes).toBe(`{"k":${'['.repeat(64)}null${']'.repeat(64)}}`);
    }
  });
});

describe('ids', () => {
  test.each([
    ['upper case', traceId.toUpperCase(), spanId.toUpperCase()],
    ['base64', 'W47/95gDgQPSabYzgT/GDA==', '7uGbfsPBsXQ='],
    ['base64 without pads', 'W47/95gDgQPSabYzgT/GDA', '7uGbfsPBsXQ'],
  ])('%s is the same id', async (_, trace, id) => {
    const { span, defects } = await one(aSpan({ traceId: trace, spanId: id }));
    expect(span).toMatchObject({ traceId, spanId });
    expect(defects).toEqual([]);
  });

  test('short hex is padded', async () => {
    const { span } = await one(aSpan({ traceId: 'be38093ead7a083', spanId: '1f' }));
    expect(span).toMatchObject({
      traceId: '00000000000000000be38093ead7a083',
      spanId: '000000000000001f',
    });
  });

  test.each([
    [{ traceId: '0'.repeat(32) }, 'zero-id'],
    [{ spanId: '0'.repeat(16) }, 'zero-id'],
    [{ traceId: '' }, 'zero-id'],
    [{ spanId: undefined }, 'zero-id'],
    [{ traceId: 'AAAAAAAAAAAAAAAAAAAAAA==' }, 'zero-id'],
    [{ traceId: 'xyz' }, 'bad-record'],
    [{ traceId: `${traceId}00` }, 'bad-record'],
    [{ spanId: traceId }, 'bad-record'],
    [{ spanId: 5 }, 'bad-record'],
  ])('a span with %j is skipped and counted', async (change, code) => {
    const all = await read(traces(aSpan(change), aSpan()));
    expect(all.spans).toHaveLength(1);
    expect(all.skipped).toBe(1);
    expect(all.defects).toMatchObject([
      { code, at: 'dump:1 resourceSpans[0].scopeSpans[0].spans[0]' },
    ]);
  });

  test.each([
    [undefined, null, []],
    ['', null, []],
    ['0000000000000000', null, []],
    [spanId, spanId, []],
    ['nonsense', null, ['bad-record']],
  ])('parent %j is %j', async (parentSpanId, parent, expected) => {
    const all = await one(aSpan({ parentSpanId }));
    expect(all.span?.parentSpanId).toBe(parent);
    expect(codes(all)).toEqual(expected);
  });

  test('a log keeps its place whatever its ids are', async () => {
    const log = { timeUnixNano: start, body: { stringValue: 'x' } };
    const all = await read(
      logs(
        { ...log, traceId, spanId },
        { ...log, traceId: '0'.repeat(32), spanId: '' },
        { ...log, traceId: 'nonsense' },
      ),
    );
    expect(all.logs.map((found) => [found.traceId, found.spanId])).toEqual([
      [traceId, spanId],
      [null, null],
      [null, null],
    ]);
    expect(codes(all)).toEqual(['bad-record']);
    expect(all.skipped).toBe(0);
  });
});

describe('times', () => {
  test.each([
    [undefined, '{"endTimeUnixNano":"1544712661000000000"}'],
    [0, '{"startTimeUnixNano":0,"endTimeUnixNano":"1544712661000000000"}'],
    ['-1', '{"startTimeUnixNano":"-1","endTimeUnixNano":"1544712661000000000"}'],
    ['soon', '{"startTimeUnixNano":"soon","endTimeUnixNano":"1544712661000000000"}'],
    // Milliseconds, and a year far away.
    [1544712660000, '{"startTimeUnixNano":1544712660000,"endTimeUnixNano":"1544712661000000000"}'],
    [
      '9999999999999999999',
      '{"startTimeUnixNano":"9999999999999999999","endTimeUnixNano":"1544712661000000000"}',
    ],
    [{}, '{"startTimeUnixNano":{},"endTimeUnixNano":"1544712661000000000"}'],
  ])('a start of %j is unusable, the end stays', async (startTimeUnixNano, rawTime) => {
    const all = await one(aSpan({ startTimeUnixNano }));
    expect(all.span).toMatchObject({ startNs: null, endNs: BigInt(end), rawTime });
    expect(codes(all)).toEqual(['bad-time']);
  });

  test('an end before its start is kept, with a defect', async () => {
    const all = await one(aSpan({ startTimeUnixNano: end, endTimeUnixNano: start }));
    expect(all.span).toMatchObject({ startNs: BigInt(end), endNs: BigInt(start), rawTime: null });
    expect(codes(all)).toEqual(['bad-time']);
  });

  test('a log has its time, else the observed one, else none', async () => {
    const all = await read(
      logs(
        { timeUnixNano: start, observedTimeUnixNano: end },
        { observedTimeUnixNano: end },
        { timeUnixNano: '0', observedTimeUnixNano: end },
        { timeUnixNano: 'soon', observedTimeUnixNano: end },
        {},
      ),
    );
    expect(all.logs.map(({ timeNs }) => timeNs)).toEqual([
      BigInt(start),
      BigInt(end),
      BigInt(end),
      BigInt(end),
      null,
    ]);
    expect(all.defects.map(({ code, at }) => [code, at.slice(-4)])).toEqual([
      ['bad-time', 's[3]'],
      ['bad-time', 's[4]'],
    ]);
    expect(all.logs[3]?.rawTime).toContain('"soon"');
  });

  test('a point needs a time but no start, an event neither', async () => {
    const dataPoints = [{ asInt: 1, timeUnixNano: start }, { asInt: 2 }];
    const { points, defects } = await read(metrics({ name: 'm', gauge: { dataPoints } }));
    expect(points.map(({ timeNs, startNs }) => [timeNs, startNs])).toEqual([
      [BigInt(start), null],
      [null, null],
    ]);
    expect(defects.map(({ code }) => code)).toEqual(['bad-time']);
    const all = await one(aSpan({ events: [{ name: 'e' }] }));
    expect(all.span?.events).toEqual([
      { name: 'e', timeNs: null, attributes: '{}', droppedAttributes: 0 },
    ]);
    expect(codes(all)).toEqual([]);
  });
});

describe('wrong types', () => {
  test.each<[object, object]>([
    [{ name: 5 }, { name: '5' }],
    [{ name: {} }, { name: '' }],
    [{ kind: 'banana' }, { kind: 'unspecified' }],
    [{ kind: 17 }, { kind: 'unspecified' }],
    [{ status: 'bad' }, { status: 'unset' }],
    [{ status: { code: 9 } }, { status: 'unset' }],
    [{ attributes: 'x' }, { attributes: '{}' }],
    [{ attributes: { a: 1 } }, { attributes: '{}' }],
    [{ events: {} }, { events: [] }],
    [{ events: [null] }, { events: [] }],
    [{ links: [7] }, { links: [] }],
    [{ links: [{ traceId: 'x', spanId }] }, { links: [] }],
    [{ flags: -1 }, { flags: 0 }],
  ])('%j costs only that field', async (change, kept) => {
    const all = await one(aSpan(change));
    expect(all.span).toMatchObject({ traceId, spanId, name: 'GET /cart', ...kept });
    expect(codes(all)).toEqual(['bad-record']);
    expect(all.skipped).toBe(0);
  });

  test.each<[unknown, number]>([
    [{ resourceSpans: {} }, 1],
    [{ resourceSpans: [null, 5] }, 2],
    [{ resourceSpans: [{ scopeSpans: 'x' }] }, 1],
    [{ resourceSpans: [{ scopeSpans: [{ spans: {} }] }] }, 1],
    [{ resourceSpans: [{ scopeSpans: [{ spans: [null, 'x', []] }] }] }, 3],
    [{ resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'm', sum: 5 }] }] }] }, 1],
  ])('%j loses what cannot be read, counted', async (value, skipped) => {
    const all = await read(`${JSON.stringify(value)}\n${JSON.stringify(traces(aSpan()))}`);
    expect(all.spans).toHaveLength(1);
    expect(all.skipped).toBe(skipped);
    expect(codes(all)).toEqual(Array(skipped).fill('bad-record'));
  });

  test('a bad resource or scope is empty, its spans are kept', async () => {
    const all = await read({
      resourceSpans: [{ resource: 'x', scopeSpans: [{ scope: 1, spans: [aSpan()] }] }],
    });
    expect(all.spans[0]).toMatchObject({ resource: { attributes: '{}' }, scope: { name: '' } });
    expect(codes(all)).toEqual(['bad-record', 'bad-record']);
  });

  test('messages hold no control characters and little of the input', async () => {
    const all = await read(traces(aSpan({ traceId: `\u001b]0;x\u0007${'y'.repeat(5000)}` })));
    expect(all.defects[0]?.message).toContain('\\u001b]0;x\\u0007');
    expect(all.defects[0]?.message.length).toBeLessThan(250);
  });
});

describe('shapes', () => {
  const spans = [aSpan()];
  const scopeSpans = [{ scope: { name: 'lib' }, spans }];
  const legacy = [{ instrumentationLibrary: { name: 'lib' }, spans }];
  test.each<[string, object]>([
    ['trace', { trace: { resourceSpans: [{ resource, scopeSpans }] }, status: 'COMPLETE' }],
    ['result', { result: { resourceSpans: [{ resource, scopeSpans }] } }],
    ['batches', { batches: [{ resource, scopeSpans }] }],
    ['a bare resource', { resource, scopeSpans }],
    ['scopes before 0.15', { batches: [{ resource, instrumentationLibrarySpans: legacy }] }],
    ['snake case', { resource_spans: [{ resource, scope_spans: scopeSpans }] }],
    ['unknown fields', { more: [1], resourceSpans: [{ resource, scopeSpans, deep: { x: 1 } }] }],
  ])('%s is read', async (_, value) => {
    expect(await read(value)).toEqual(await read({ resourceSpans: [{ resource, scopeSpans }] }));
  });

  test('snake case fields and enum names', async () => {
    const { span, defects } = await one({
      trace_id: traceId,
      span_id: spanId,
      parent_span_id: spanId,
      name: 'x',
      kind: 'SPAN_KIND_PRODUCER',
      start_time_unix_nano: start,
      end_time_unix_nano: end,
      trace_state: 'a=b',
      status: { code: 'STATUS_CODE_ERROR', message: 'no' },
      attributes: [kv('s', { string_value: 'x' }), kv('k', { kvlist_value: { values: [] } })],
      flags: 257,
    });
    expect(defects).toEqual([]);
    expect(span).toMatchObject({
      // A span that is its own parent: the graph handles cycles.
      parentSpanId: spanId,
      kind: 'producer',
      startNs: BigInt(start),
      endNs: BigInt(end),
      traceState: 'a=b',
      status: 'error',
      statusMessage: 'no',
      attributes: '{"k":{},"s":"x"}',
      flags: 257,
      resource: { attributes: '{"service.name":"cart"}', schemaUrl: '' },
      scope: { name: 'lib', version: '', attributes: '{}', schemaUrl: '' },
    });
  });

  test('all signals in one line; profiles are counted', async () => {
    const value = {
      ...traces(aSpan()),
      ...logs({ timeUnixNano: start }),
      ...metrics({ name: 'm', gauge: { dataPoints: [{ timeUnixNano: start, asInt: '1' }] } }),
      resourceProfiles: [{}, {}],
    };
    const all = await read(value);
    expect([all.spans.length, all.logs.length, all.points.length]).toEqual([1, 1, 1]);
    expect(all.skipped).toBe(2);
    expect(codes(all)).toEqual(['unknown-signal', 'unknown-signal']);
  });

  test('one large request gives several batches', async () => {
    const many = Array.from({ length: 9000 }, (_, i) =>
      aSpan({ spanId: (i + 1).toString(16).padStart(16, '0') }),
    );
    // On a line of its own it is one batch, however many it holds: such lines are bounded.
    const all = await read([traces(...many)]);
    expect(all.spans).toHaveLength(9000);
    expect(all.batches.length).toBeGreaterThan(1);
    expect(Math.max(...all.batches)).toBeLessThanOrEqual(5000);
  });
});

describe('logs', () => {
  test.each([
    [{ stringValue: 'text' }, 'text'],
    [{ intValue: '7' }, '7'],
    [{ kvlistValue: { values: [kv('b', { intValue: 1 }), kv('a', {})] } }, '{"a":null,"b":1}'],
    [{}, ''],
    [undefined, ''],
  ])('body %j is %j', async (body, text) => {
    const all = await read(logs({ timeUnixNano: start, body }));
    expect(all.logs[0]?.body).toBe(text);
    expect(codes(all)).toEqual([]);
  });

  test('severity by number or name, event name, flags', async () => {
    const all = await read(
      logs(
        {
          timeUnixNano: start,
          severityNumber: 17,
          severityText: 'ERROR',
          eventName: 'e',
          flags: 1,
        },
        { timeUnixNano: start, severityNumber: 'SEVERITY_NUMBER_WARN2' },
        { timeUnixNano: start, severityNumber: 25 },
      ),
    );
    expect(all.logs[0]).toMatchObject({ severityText: 'ERROR', eventName: 'e', flags: 1 });
    expect(all.logs.map(({ severityNumber }) => severityNumber)).toEqual([17, 14, 0]);
    expect(codes(all)).toEqual(['bad-record']);
  });
});

describe('metrics', () => {
  const at = { timeUnixNano: start };

  test('a number is exact, a double, or not recorded', async () => {
    const dataPoints = [
      { ...at, asInt: '9223372036854775807' },
      { ...at, asDouble: 0.5 },
      { ...at, asDouble: 'NaN' },
      { ...at, asDouble: 0, flags: 1 },
      { ...at },
    ];
    const sum = { dataPoints, aggregationTemporality: 2, isMonotonic: true };
    const all = await read(metrics({ name: 'm', unit: 'By', sum }));
    expect(all.points.map(({ value }) => value)).toEqual([
      9223372036854775807n,
      0.5,
      Number.NaN,
      null,
      null,
    ]);
    expect(all.points[0]).toMatchObject({
      metric: 'm',
      unit: 'By',
      type: 'sum',
      temporality: 'cumulative',
      monotonic: true,
      count: null,
      detail: null,
      exemplars: null,
    });
    expect(codes(all)).toEqual([]);
  });

  test('distributions keep their shape as JSON', async () => {
    const all = await read(
      metrics(
        {
          name: 'h',
          histogram: {
            aggregationTemporality: 'AGGREGATION_TEMPORALITY_DELTA',
            dataPoints: [
              { ...at, count: '3', sum: 6, bucketCounts: ['1', 2], explicitBounds: [0.5], max: 4 },
            ],
          },
        },
        {
          name: 'e',
          exponentialHistogram: {
            dataPoints: [
              { ...at, count: 3, scale: -1, positive: { offset: 2, bucketCounts: ['3'] } },
            ],
          },
        },
        {
          name: 's',
          summary: {
            dataPoints: [
              { ...at, count: 2, sum: 'NaN', quantileValues: [{ value: 1 }, { quantile: 0.5 }] },
            ],
          },
        },
      ),
    );
    expect(all.metrics).toBe(3);
    expect(all.points).toMatchObject([
      {
        type: 'histogram',
        temporality: 'delta',
        count: 3,
        sum: 6,
        detail: '{"bounds":[0.5],"counts":[1,2],"min":null,"max":4}',
      },
      {
        type: 'exponential-histogram',
        sum: null,
        detail:
          '{"scale":-1,"zeroCount":0,"zeroThreshold":0,"positive":{"offset":2,"counts":[3]},' +
          '"negative":{"offset":0,"counts":[]},"min":null,"max":null}',
      },
      {
        type: 'summary',
        temporality: null,
        count: 2,
        sum: Number.NaN,
        detail: '{"quantiles":[{"quantile":0,"value":1},{"quantile":0.5,"value":0}]}',
      },
    ]);
    expect(codes(all)).toEqual([]);
  });

  test('exemplars', async () => {
    const exemplars = [
      { ...at, asInt: '5', traceId, spanId, filteredAttributes: [kv('k', { intValue: 1 })] },
      { asDouble: 1 },
    ];
    const { points } = await read(
      metrics({ name: 'm', gauge: { dataPoints: [{ ...at, asInt: 1, exemplars }] } }),
    );
    expect(points[0]?.exemplarCount).toBe(2);
    expect(JSON.parse(points[0]?.exemplars as string)).toEqual([
      { time: start, value: 5, traceId, spanId, attributes: { k: 1 } },
      { time: null, value: 1, traceId: null, spanId: null, attributes: {} },
    ]);
  });

  test('a metric without data is empty, one of an unknown type is said', async () => {
    const all = await read(metrics({ name: 'none' }, { name: 'new', heatmap: { dataPoints: [] } }));
    expect(all.metrics).toBe(2);
    expect(codes(all)).toEqual(['unknown-signal']);
    expect(all.skipped).toBe(1);
  });
});
