/** Formats that are not OTLP: what their fields become. And zstd, alone and within frames. */
import { describe, expect, test } from 'vitest';
import { openDump } from '../src/import/index.ts';
import { framed, protobuf, zstd } from './fixtures/import/arbitrary.ts';
import { aSpan, codes, memory, read, traces } from './fixtures/import/read.ts';

const us = 1_544_712_660_000_000;
const ns = 1_544_712_660_000_000_000n;

describe('Jaeger', () => {
  const span = (change: object): object => ({
    traceID: 'ab12',
    spanID: '7',
    operationName: 'GET /cart',
    references: [],
    startTime: us,
    duration: 1500,
    tags: [],
    logs: [],
    processID: 'p1',
    ...change,
  });
  const trace = (...spans: object[]): object => ({
    data: [
      {
        traceID: 'ab12',
        spans,
        processes: {
          p1: { serviceName: 'cart', tags: [{ key: 'hostname', type: 'string', value: 'h1' }] },
        },
      },
    ],
  });
  const tag = (key: string, type: string, value: unknown): object => ({ key, type, value });
  const only = async (dump: object) => {
    const { spans, defects } = await read(dump);
    expect(defects).toEqual([]);
    expect(spans).toHaveLength(1);
    return spans[0];
  };

  test('ids are padded, microseconds are nanoseconds, the process is the resource', async () => {
    expect(await only(trace(span({})))).toMatchObject({
      traceId: 'ab12'.padStart(32, '0'),
      spanId: '7'.padStart(16, '0'),
      parentSpanId: null,
      startNs: ns,
      endNs: ns + 1_500_000n,
      resource: { attributes: '{"host.name":"h1","service.name":"cart"}' },
    });
  });

  test('tags that OTLP has fields for become those fields, typed values stay typed', async () => {
    const tags = [
      tag('span.kind', 'string', 'client'),
      tag('error', 'bool', 'true'),
      tag('otel.status_description', 'string', 'refused'),
      tag('otel.scope.name', 'string', 'lib'),
      tag('otel.scope.version', 'string', '1.2'),
      tag('w3c.tracestate', 'string', 'a=b'),
      tag('big', 'int64', '9007199254740993'),
      tag('ratio', 'float64', 2),
      tag('ok', 'bool', false),
      tag('raw', 'binary', 'AQI='),
    ];
    expect(await only(trace(span({ tags })))).toMatchObject({
      kind: 'client',
      status: 'error',
      statusMessage: 'refused',
      traceState: 'a=b',
      scope: { name: 'lib', version: '1.2' },
      attributes: '{"big":9007199254740993,"ok":false,"ratio":2.0,"raw":{"bytesValue":"AQI="}}',
    });
  });

  test('an error told in words keeps the words', async () => {
    const tags = [tag('error', 'string', 'timeout')];
    expect(await only(trace(span({ tags })))).toMatchObject({
      status: 'error',
      attributes: '{"error":"timeout"}',
    });
  });

  test('the first CHILD_OF of the trace is the parent, the others are links', async () => {
    const reference = (refType: string, traceID: string, spanID: string): object => ({
      refType,
      traceID,
      spanID,
    });
    const references = [
      reference('CHILD_OF', 'ff', '1'),
      reference('FOLLOWS_FROM', 'ab12', '2'),
      reference('CHILD_OF', 'ab12', '3'),
    ];
    const found = await only(trace(span({ references })));
    expect(found?.parentSpanId).toBe('3'.padStart(16, '0'));
    expect(found?.links.map(({ spanId, attributes }) => [Number(spanId), attributes])).toEqual([
      [1, '{"opentracing.ref_type":"child_of"}'],
      [2, '{"opentracing.ref_type":"follows_from"}'],
    ]);
  });

  test('logs are events', async () => {
    const fields = [
      tag('event', 'string', 'exception'),
      tag('exception.type', 'string', 'OSError'),
    ];
    const found = await only(trace(span({ logs: [{ timestamp: us + 1, fields }] })));
    expect(found?.events).toMatchObject([
      { name: 'exception', timeNs: ns + 1000n, attributes: '{"exception.type":"OSError"}' },
    ]);
  });

  test('an id that is no hex has the same stand-in wherever it occurs', async () => {
    const child = {
      traceID: 'trace-1',
      spanID: 'b',
      references: [{ refType: 'CHILD_OF', traceID: 'trace-1', spanID: 'span-1' }],
    };
    const { spans } = await read([span({ traceID: 'trace-1', spanID: 'span-1' }), span(child)]);
    expect(spans[1]?.traceId).toBe(spans[0]?.traceId);
    expect(spans[1]?.parentSpanId).toBe(spans[0]?.spanId);
  });

  test('rows of its storage, an empty answer, and an answer that is cut', async () => {
    const process = { serviceName: 'cart', tags: [] };
    const row = JSON.stringify(span({ processID: undefined, process }));
    const rows = await read(`${row}\n${row.replace('"7"', '"8"')}\n`);
    expect(rows.spans.map(({ resource }) => resource.attributes)).toEqual(
      Array(2).fill('{"service.name":"cart"}'),
    );
    expect((await read({ data: [], total: 0, limit: 0, errors: null })).spans).toEqual([]);
    const text = JSON.stringify(trace(span({}), span({ spanID: '8' }), span({ spanID: '9' })));
    const cut = await read(text.slice(0, text.indexOf('"9"')));
    expect(cut.spans.map(({ spanId }) => Number(spanId))).toEqual([7, 8]);
    expect(codes(cut)).toEqual(['truncated-input']);
  });
});

describe('Zipkin', () => {
  const span = (change: object): object => ({
    traceId: 'ab12',
    id: '1',
    name: 'get',
    timestamp: us,
    duration: 20,
    localEndpoint: { serviceName: 'cart' },
    ...change,
  });

  test('client and server of one id become two spans, and the tree holds', async () => {
    const { spans, defects } = await read([
      span({ id: '1', kind: 'SERVER', localEndpoint: { serviceName: 'web' } }),
      span({ id: '2', parentId: '1', kind: 'CLIENT', localEndpoint: { serviceName: 'web' } }),
      span({ id: '2', parentId: '1', kind: 'SERVER', shared: true }),
      span({ id: '3', parentId: '2', kind: 'CLIENT' }),
    ]);
    expect(defects).toEqual([]);
    expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(4);
    const [web, client, server, below] = spans;
    expect(client?.parentSpanId).toBe(web?.spanId);
    expect(server?.parentSpanId).toBe(client?.spanId);
    expect(below?.parentSpanId).toBe(server?.spanId);
  });

  test('a server whose client was not captured keeps its id', async () => {
    const { spans } = await read([span({ id: '2', parentId: '1', kind: 'SERVER', shared: true })]);
    expect(spans[0]).toMatchObject({ spanId: '2'.padStart(16, '0'), kind: 'server' });
    expect(spans[0]?.parentSpanId).toBe('1'.padStart(16, '0'));
  });

  test('tags, endpoints and annotations', async () => {
    const { spans } = await read([
      [
        span({
          tags: { error: '500', 'http.path': '/' },
          remoteEndpoint: { serviceName: 'db', ipv4: '10.0.0.1', port: 5432 },
          annotations: [{ timestamp: us + 2, value: 'ws' }],
        }),
      ],
    ]);
    expect(spans[0]).toMatchObject({
      status: 'error',
      statusMessage: '500',
      attributes:
        '{"error":"500","http.path":"/","network.peer.address":"10.0.0.1","network.peer.port":5432,"peer.service":"db"}',
      events: [{ name: 'ws', timeNs: ns + 2000n }],
    });
  });

  test('a missing duration is a defect, and the span is kept', async () => {
    const all = await read([span({ duration: undefined })]);
    expect(all.spans[0]).toMatchObject({ startNs: ns, endNs: null });
    expect(codes(all)).toEqual(['bad-time']);
  });
});

describe('zstd', () => {
  const line = (number: number): Buffer =>
    Buffer.from(`${JSON.stringify(traces(aSpan({ spanId: `${number}`.padStart(16, '0') })))}\n`);
  const ids = async (bytes: Uint8Array, chunk?: number): Promise<number[]> =>
    (await read(bytes, chunk)).spans.map(({ spanId }) => Number(spanId));

  test('a stream of many frames, a line split over two', async () => {
    const text = Buffer.concat([line(1), line(2), line(3)]);
    const frames = [text.subarray(0, 100), text.subarray(100, 300), text.subarray(300)].map(zstd);
    expect(await ids(Buffer.concat(frames))).toEqual([1, 2, 3]);
    expect(await ids(Buffer.concat(frames), 5)).toEqual([1, 2, 3]);
  });

  test('a frame a message, as the file exporter writes it, of JSON and of protobuf', async () => {
    expect(await ids(framed(...[line(1), line(2)].map(zstd)))).toEqual([1, 2]);
    const messages = [1, 2].map((n) => protobuf(traces(aSpan({ spanId: `000000000000000${n}` }))));
    expect(await ids(framed(...messages.map(zstd)))).toEqual([1, 2]);
    expect(await ids(zstd(framed(...messages)))).toEqual([1, 2]);
  });

  test('a stream that is cut keeps what came before', async () => {
    const frames = Buffer.concat([line(1), line(2)].map(zstd));
    const all = await read(frames.subarray(0, frames.length - 30));
    expect(all.spans).toHaveLength(1);
    expect(codes(all)).toEqual(['truncated-input']);
    await expect(openDump(memory(frames.subarray(0, 20)))).rejects.toThrow('zstd');
  });
});
