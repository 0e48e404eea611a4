/** Dumps that are cut, torn, mixed with other text, or simply not JSON in places. */
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { aSpan, codes, read, resource, traces } from './fixtures/import/read.ts';

const id = (number: number): string => number.toString(16).padStart(16, '0');
const request = (...numbers: number[]): string =>
  JSON.stringify(traces(...numbers.map((number) => aSpan({ spanId: id(number) }))));
const pretty = (...numbers: number[]): string =>
  JSON.stringify(JSON.parse(request(...numbers)), null, 2);
const entry = (number: number): object => ({
  resource,
  scopeSpans: [{ spans: [aSpan({ spanId: id(number) })] }],
});
const found = async (text: string) => {
  const all = await read(text);
  return {
    spans: all.spans.map(({ spanId }) => Number.parseInt(spanId, 16)),
    defects: all.defects.map(({ code, at }) => `${code} ${at.split(' ')[0]}`),
    skipped: all.skipped,
  };
};

describe('a broken line takes nothing with it', () => {
  const inKey = request(2).slice(0, 25);
  const inText = request(2).slice(0, 130);
  const afterComma = request(2, 3).slice(0, request(2).length - 3);
  const afterColon = request(2).slice(0, request(2).indexOf('"scopeSpans":') + 13);
  test.each([
    ['in a key', inKey],
    ['in a text', inText],
    ['after a colon', afterColon],
    ['with a brace too many inside', request(2).replace('"spans"', '{"spans"')],
    ['without a comma', request(2).replace(',"scopeSpans"', '"scopeSpans"')],
    ['other text', 'Listening on :4318'],
    ['text with braces', 'state {"a": [1, {'],
    ['another object', '{"foo":1}'],
    ['a bare number', '42'],
    ['null', 'null'],
    ['NUL bytes', '\0\0\0\0'],
  ])('%s', async (_, broken) => {
    expect(await found(`${request(1)}\n${broken}\n${request(4)}\n${request(5)}\n`)).toEqual({
      spans: [1, 4, 5],
      defects: ['bad-record dump:2'],
      skipped: 1,
    });
    expect((await found(`${broken}\n${request(4)}\n${request(5)}\n`)).spans).toEqual([4, 5]);
  });

  test('cut between two records, the one before is kept', async () => {
    expect(await found(`${request(1)}\n${afterComma}\n${request(4)}\n`)).toEqual({
      spans: [1, 2, 4],
      defects: ['bad-record dump:2'],
      skipped: 1,
    });
    expect((await found(`${request(1)}\n${afterComma}${request(4)}\n`)).spans).toEqual([1, 2, 4]);
    const orphaned = afterComma.replace('"resource":', '"source":');
    expect((await found(`${orphaned}\n${request(4)}\n`)).spans).toEqual([4]);
  });

  test('without its last brace its whole resources are kept', async () => {
    expect(await found(`${request(1)}\n${request(2).slice(0, -1)}\n${request(4)}`)).toEqual({
      spans: [1, 2, 4],
      defects: ['bad-record dump:2'],
      skipped: 1,
    });
  });

  test('a brace too many', async () => {
    expect(await found(`${request(1)}\n${request(2)}}\n${request(4)}`)).toEqual({
      spans: [1, 2, 4],
      defects: ['bad-record dump:2'],
      skipped: 1,
    });
  });

  test.each([
    ['in a text', inText],
    ['in a key', inKey],
    ['after a colon', afterColon],
  ])('torn %s and appended to by a writer that started again', async (_, torn) => {
    const { spans, skipped } = await found(`${request(1)}\n${torn}${request(4)}\n${request(5)}\n`);
    expect(spans).toEqual([1, 4, 5]);
    expect(skipped).toBe(1);
  });

  test('the begin of a rotated file', async () => {
    const tail = request(2).slice(60);
    expect((await found(`${tail}\n${request(4)}\n`)).spans).toEqual([4]);
  });

  test('among pretty documents', async () => {
    const torn = pretty(2).slice(0, 300);
    expect(await found(`${pretty(1)}\n${torn}\n${pretty(4)}\n${pretty(5)}`)).toMatchObject({
      spans: [1, 4, 5],
      skipped: 1,
    });
  });

  test('where any bit of a line break is flipped, both values are kept', async () => {
    const operationName = 'long enough to be more than what is kept of odd text'.repeat(4);
    const row = (spanID: string): string =>
      JSON.stringify({ traceID: 'ab12', spanID, operationName, startTime: 1e15, duration: 5 });
    for (let bit = 0; bit < 8; bit += 1) {
      const bytes = Buffer.from([row('1'), row('2'), row('3')].join('\n'));
      const at = bytes.indexOf('\n');
      bytes[at] = 0x0a ^ (1 << bit);
      const { spans } = await read(bytes);
      expect(spans.map(({ spanId }) => Number(spanId))).toEqual([1, 2, 3]);
      bytes[0] = 0x5b;
      // Beyond the value before it if that one is no value any more.
      const rest = await read(Buffer.concat([Buffer.from(`${row('4')}\n`), bytes]));
      expect(rest.spans.map(({ spanId }) => Number(spanId))).toEqual([4, 2, 3]);
    }
  });

  test('in an array of requests, on one line or several', async () => {
    for (const comma of [',', ',\n', '\n,\n']) {
      const list = [request(1), request(2).slice(0, -7), 'null', request(4)].join(comma);
      const { spans, skipped } = await found(`[${list}]`);
      expect(spans).toEqual([1, 4]);
      expect(skipped).toBeGreaterThan(0);
    }
    expect(await found(`[null,${request(1)},null,5,${request(2)}]`)).toEqual({
      spans: [1, 2],
      defects: Array(3).fill('bad-record dump:1'),
      skipped: 3,
    });
  });

  test('lines are counted through all of it', async () => {
    const text = [pretty(1), '', 'noise', 'noise', pretty(2).slice(0, 99), request(3), '{"x":1}'];
    const { defects } = await found(text.join('\n'));
    const line = (part: string): number =>
      text.slice(0, text.indexOf(part)).join('\n').split('\n').length + 1;
    expect(defects).toEqual([
      `bad-record dump:${line('noise')}`,
      `bad-record dump:${line(text[4] as string)}`,
      `bad-record dump:${line('{"x":1}')}`,
    ]);
  });
});

describe('a torn end', () => {
  test('keeps the lines before it', async () => {
    const text = `${request(1)}\n${request(2)}\n${request(3)}`;
    expect(await found(text.slice(0, -9))).toEqual({
      spans: [1, 2],
      defects: ['truncated-input dump:3'],
      skipped: 1,
    });
  });

  test('an array that is not closed has lost no request that is known of', async () => {
    expect(await found(`[${request(1)},\n${request(2)},\n`)).toEqual({
      spans: [1, 2],
      defects: ['truncated-input dump:3'],
      skipped: 0,
    });
  });

  test('keeps the whole resources of a single document', async () => {
    const text = JSON.stringify({ resourceSpans: [entry(1), entry(2), entry(3)] }, null, 2);
    expect(await found(text.slice(0, -60))).toEqual({
      spans: [1, 2],
      defects: ['truncated-input dump:1'],
      skipped: 1,
    });
  });

  test('of gzip is one defect, and nothing that came through is lost', async () => {
    const lines = Array.from({ length: 2000 }, (_, i) => request(i + 1));
    const zipped = gzipSync(lines.join('\n'));
    const all = await read(zipped.subarray(0, Math.floor(zipped.length / 2)));
    expect(all.spans.length).toBeGreaterThan(500);
    expect(all.spans.length).toBeLessThan(1500);
    expect(codes(all)).toEqual(['truncated-input']);
    expect(all.defects[0]?.message).toContain('gzip');
  });

  test('of gzip that comes two bytes at a time ends soon', async () => {
    const began = performance.now();
    const text = `${request(1)}\n${' '.repeat(250_000)}`;
    expect((await read(gzipSync(text, { level: 0 }), 2)).spans).toHaveLength(1);
    expect(performance.now() - began).toBeLessThan(4000);
  });

  test('of gzip between two lines is a defect too', async () => {
    const member = gzipSync(`${request(1)}\n`);
    const all = await read(Buffer.concat([member, gzipSync(request(2)).subarray(0, 5)]));
    expect(all.spans).toHaveLength(1);
    expect(codes(all)).toEqual(['truncated-input']);
    expect(all.skipped).toBe(0);
  });
});

describe('odd but whole', () => {
  test('invalid UTF-8 is replaced and kept', async () => {
    const bytes = Buffer.from(request(1).replace('GET /cart', 'GET \u00e9cart'), 'latin1');
    const all = await read(bytes);
    expect(all.spans[0]?.name).toBe('GET \ufffdcart');
    expect(codes(all)).toEqual([]);
  });

  test('line ends, byte order marks, blank lines, empty requests', async () => {
    const text = `\ufeff${request(1)}\r\n\r\n{}\r\n{"resourceSpans":[]}\r\n \ufeff${pretty(2)}`;
    expect(await found(text.replaceAll(/\r?\n/g, '\r\n'))).toEqual({
      spans: [1, 2],
      defects: [],
      skipped: 0,
    });
  });

  test('text that looks like structure', async () => {
    const name = '"}]}\\"{"resourceSpans":[{\n\u2028\\';
    const all = await read(`${JSON.stringify(traces(aSpan({ name })))}\n${request(2)}`);
    expect(all.spans.map((span) => span.name)).toEqual([name, 'GET /cart']);
    expect(codes(all)).toEqual([]);
  });

  test('a hostile run of brackets or quotes ends soon', async () => {
    const began = performance.now();
    for (const noise of [
      '{',
      '[',
      '"',
      '{"resourceSpans":',
      '{"a":{"resourceSpans"',
      '\\',
      '\n{',
    ]) {
      const all = await read(`${request(1)}\n${noise.repeat(200_000)}\n${request(2)}`);
      expect(all.spans.length).toBeGreaterThan(0);
    }
    expect(performance.now() - began).toBeLessThan(30_000);
  });
});
