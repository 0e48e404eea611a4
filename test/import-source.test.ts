/** Where the bytes come from: files, folders, standard input, and what can be wrong with them. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { UserError } from '../src/errors.ts';
import { fileSource, listDump, openDump } from '../src/import/index.ts';
import { aSpan, contentsOf, memory, read, traces } from './fixtures/import/read.ts';

const folder = mkdtempSync(join(tmpdir(), 'import-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(path: string, content: string | Uint8Array): string {
  const full = join(folder, path);
  mkdirSync(join(full, '..'), { recursive: true });
  writeFileSync(full, content);
  return full;
}

const open = async (path: string) => openDump(await fileSource(path));

describe('an input that cannot be read says so', () => {
  const text = JSON.stringify(traces(aSpan()));
  const utf16 = Buffer.from(`\uFEFF${text}`, 'utf16le');
  test.each<[string, string | Uint8Array, RegExp]>([
    ['an empty file', '', /is empty/],
    ['white space', ' \r\n\t\n', /nothing but white space/],
    ['an empty gzip file', gzipSync(''), /is empty/],
    [
      'the begin of a gzip file',
      gzipSync(text).subarray(0, 8),
      /is empty \(the gzip stream is cut/,
    ],
    ['noise', Buffer.from(Array.from({ length: 999 }, (_, i) => (i * 7919) % 256)), /binary data/],
    ['gzip of noise', gzipSync(Buffer.from([0, 1, 2, 3, 200, 5])), /binary data/],
    ['plain text', 'no telemetry here', /text of an unknown format/],
    ['{}', '{}', /JSON, but not telemetry/],
    ['[]', '[]', /JSON, but not telemetry/],
    ['[[]]', '[[]]', /JSON, but not telemetry/],
    ['42', '42', /unknown format/],
    ['null', 'null', /unknown format/],
    ['{"foo":1}', '{"foo":1}', /JSON, but not telemetry/],
    ['the name of a key in a text', '{"text":"{\\"resourceSpans\\":[]}"}', /not telemetry/],
    ['Parquet', 'PAR1\u0000\u0000', /Parquet/],
    ['zip', Buffer.from('504b03040000', 'hex'), /zip/],
    ['UTF-16', utf16, /UTF-16/],
    ['Python spans', `{"context":{"trace_id":"0x${'a'.repeat(32)}"}}`, /Python/],
    ['answers of Phoenix', '{"data":[{"context":{"trace_id":"a"}}],"next_cursor":null}', /Phoenix/],
    ['observations of Langfuse', '{"data":[{"traceId":"a","type":"SPAN"}]}', /Langfuse/],
    ['traces of Langfuse', '{"data":[{"id":"a","projectId":"p"}],"meta":{}}', /Langfuse/],
    ['a search of Tempo that found none', '{"traces":[],"metrics":{}}', /Tempo search results/],
    ['a bare span', JSON.stringify(aSpan()), /single OTLP spans/],
    ['a container log', '{"log":"x","stream":"stdout","time":"now"}', /container log/],
  ])('%s', async (name, content, message) => {
    const opening = open(write(`bad/${name.replaceAll(/\W+/g, '-')}`, content));
    await expect(opening).rejects.toThrow(message);
    await expect(opening).rejects.toBeInstanceOf(UserError);
    await expect(opening).rejects.toMatchObject({ code: 'unreadable' });
  });

  test('a missing file, a folder, and a name that would move the cursor', async () => {
    await expect(open(join(folder, 'none'))).rejects.toThrow(/none: no such file/);
    await expect(open(folder)).rejects.toThrow(/is a directory/);
    const error = await open(join(folder, 'a\u001b[2Jb')).catch((caught: unknown) => caught);
    expect((error as Error).message).toContain('a\\u001b[2Jb: no such file');
  });

  test('a source that fails while it is read', async () => {
    const source = {
      path: 'disk',
      size: null,
      async *open() {
        yield Buffer.from(`${text}\n`.repeat(2000));
        throw new Error('EIO: i/o error');
      },
    };
    const reading = openDump(source).then(contentsOf);
    await expect(reading).rejects.toThrow('disk: EIO: i/o error');
    await expect(reading).rejects.toBeInstanceOf(UserError);
  });
});

describe('standard input', () => {
  test('is read like a file and named in defects', async () => {
    const text = `${JSON.stringify(traces(aSpan()))}\nnoise\n`;
    const source = await fileSource('-', memory(text, 7).open());
    expect(source).toMatchObject({ path: '-', size: null });
    const all = await contentsOf(await openDump(source));
    expect(all.spans).toHaveLength(1);
    expect(all.defects).toMatchObject([{ code: 'bad-record', at: 'stdin:2' }]);
  });
});

describe('gzip', () => {
  const text = JSON.stringify(traces(aSpan()));

  test('is told by its bytes, and members may follow each other', async () => {
    const members = Buffer.concat([gzipSync(`${text}\n`), gzipSync(text)]);
    const all = await contentsOf(await open(write('looks-like.json', members)));
    expect(all.spans).toHaveLength(2);
    expect(all.defects).toEqual([]);
  });

  test('zeros after the stream are padding, other bytes are a defect', async () => {
    expect((await read(Buffer.concat([gzipSync(text), Buffer.alloc(512)]))).defects).toEqual([]);
    const more = Buffer.concat([gzipSync(text), Buffer.from('\0junk')]);
    const all = await read(more);
    expect(all.spans).toHaveLength(1);
    expect(all.defects).toMatchObject([{ code: 'truncated-input' }]);
    expect(all.defects[0]?.message).toContain('after the end');
  });

  test('what comes before a corrupt place is kept, and the hash is that of the whole file', async () => {
    const lines = Array.from({ length: 5000 }, (_, i) =>
      JSON.stringify(traces(aSpan({ spanId: (i + 1).toString(16).padStart(16, '0') }))),
    );
    const good = gzipSync(lines.join('\n'));
    const bad = Buffer.from(good);
    bad.fill(0xff, Math.floor(bad.length * 0.9), Math.floor(bad.length * 0.95));
    const dump = await open(write('corrupt.gz', bad));
    const all = await contentsOf(dump);
    expect(all.spans.length).toBeGreaterThan(2500);
    expect(all.spans.length).toBeLessThan(5000);
    expect(all.defects.at(-1)?.code).toBe('truncated-input');
    expect(all.defects.at(-1)?.message).toContain('cut or corrupt');
    expect(dump.bytesRead()).toBe(bad.length);
  });
});

describe('a folder', () => {
  test('is listed in order, with labels, without dotfiles and answers', async () => {
    for (const path of [
      'b.jsonl',
      'a/incident/x/2.jsonl',
      'a/incident/1.jsonl',
      'a/baseline/1.jsonl',
      'a/label.json',
      '.hidden/x.jsonl',
      'a/.x.jsonl',
    ])
      write(`case/${path}`, '{}');
    symlinkSync(join(folder, 'case'), join(folder, 'case/loop'));
    const files = await listDump(join(folder, 'case'));
    const found = files.map(({ path, label }) => [path.slice(folder.length + 6), label]);
    expect(found).toEqual([
      ['a/baseline/1.jsonl', 'baseline'],
      ['a/incident/1.jsonl', 'incident'],
      ['a/incident/x/2.jsonl', 'incident'],
      ['b.jsonl', null],
    ]);
    // A shell glob names the two folders themselves.
    expect((await listDump(join(folder, 'case/a/incident/')))[0]?.label).toBe('incident');
  });

  test('a pattern that the shell left alone', async () => {
    for (const path of ['g/baseline/a.json', 'g/incident/b.json', 'g/c.txt', 'g/[x].json']) {
      write(path, '{}');
    }
    const files = await listDump(join(folder, 'g/**/*.json'));
    expect(files.map(({ path, label }) => [path.slice(folder.length + 3), label])).toEqual([
      ['[x].json', null],
      ['baseline/a.json', 'baseline'],
      ['incident/b.json', 'incident'],
    ]);
    expect(await listDump(join(folder, 'g/[x].json'))).toHaveLength(1);
    await expect(listDump(join(folder, 'g/*.gz'))).rejects.toThrow('matches no file');
  });

  test('a file is itself; nothing, and a folder without files, are errors', async () => {
    const path = write('single.jsonl', '{}');
    expect(await listDump(path)).toEqual([{ path, label: null }]);
    mkdirSync(join(folder, 'hollow/inner'), { recursive: true });
    await expect(listDump(join(folder, 'hollow'))).rejects.toThrow(/holds no file/);
    await expect(listDump(join(folder, 'none'))).rejects.toBeInstanceOf(UserError);
  });
});

test('leaving the batches early closes the source', async () => {
  let closed = false;
  const line = `${JSON.stringify(traces(aSpan()))}\n`;
  const dump = await openDump({
    path: 'endless',
    size: null,
    async *open() {
      try {
        for (;;) yield Buffer.from(line.repeat(500));
      } finally {
        closed = true;
      }
    },
  });
  for await (const batch of dump.batches) {
    expect(batch.spans.count).toBeGreaterThan(0);
    break;
  }
  expect(closed).toBe(true);
  expect(() => dump.sha256()).toThrow();
});
