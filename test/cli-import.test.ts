/** `aidebug import` as a process: counts, labels, time limits, repetition, progress. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  aidebug,
  type Outcome,
  published,
  shell,
  smallDump,
  temporaryFolder,
  written,
} from './cli.ts';

interface Counts {
  readonly read: number;
  readonly spans: number;
  readonly duplicates: number;
  readonly skipped: number;
}

interface Imported {
  readonly files: readonly (Counts & { readonly path: string; readonly format: string })[];
  readonly totals: Counts & { readonly traces: number; readonly services: number };
  readonly warnings: readonly string[];
  readonly unreadable: readonly { readonly path: string; readonly code: string }[];
}

const imported = (outcome: Outcome): Imported => published<Imported>(outcome).data;

function folderWithDump(content = smallDump()): string {
  const cwd = temporaryFolder();
  written(cwd, 'dump.json', content);
  return cwd;
}

async function rows(cwd: string, sql: string): Promise<readonly object[]> {
  const outcome = await aidebug(['query', sql, '--format', 'json'], { cwd });
  return published<{ rows: object[] }>(outcome).data.rows;
}

test('counts what it stored; the same file again adds nothing', async () => {
  const cwd = folderWithDump();
  const argv = ['import', 'dump.json', '--format', 'json'];
  const first = imported(await aidebug(argv, { cwd }));
  expect(first).toMatchObject({
    files: [{ path: 'dump.json', format: 'otlp-json', read: 60, spans: 60, duplicates: 0 }],
    totals: { read: 60, spans: 60, traces: 20, services: 2, skipped: 0 },
    warnings: [],
    unreadable: [],
  });
  const again = imported(await aidebug(argv, { cwd }));
  expect(again.totals).toMatchObject({ read: 60, spans: 0, duplicates: 60 });
  expect(await rows(cwd, 'SELECT count(*) AS n FROM spans')).toEqual([{ n: 60 }]);
});

test('reads standard input', async () => {
  const cwd = temporaryFolder();
  const outcome = await aidebug(['import', '-', '--format', 'json'], { cwd, input: smallDump() });
  expect(outcome.status).toBe(0);
  expect(imported(outcome).files).toMatchObject([{ path: '-', spans: 60 }]);
});

test('the table goes to standard output, progress and the next command to standard error', async () => {
  const cwd = folderWithDump();
  const told = await aidebug(['import', 'dump.json', '--db', 'my case.db'], { cwd });
  expect(told.stdout).toMatch(/dump\.json +60 /);
  expect(told.stderr.split('\n')).toEqual([
    expect.stringMatching(/^read dump\.json: 60 records/),
    "next: aidebug --db 'my case.db' causes",
    '',
  ]);
  const quiet = await aidebug(['import', 'dump.json', '--db', 'my case.db', '-q'], { cwd });
  expect(quiet).toMatchObject({ status: 0, stderr: '' });
});

test('labels: by folder, by flag, or none', async () => {
  const cwd = temporaryFolder();
  mkdirSync(join(cwd, 'dumps/baseline'), { recursive: true });
  written(cwd, 'dumps/baseline/dump.json', smallDump());
  const labels = async (...flags: string[]) => {
    await aidebug(['import', '--new', 'dumps', '-q', ...flags], { cwd });
    return rows(cwd, 'SELECT DISTINCT label FROM spans');
  };
  expect(await labels()).toEqual([{ label: 'baseline' }]);
  expect(await labels('--label', 'incident')).toEqual([{ label: 'incident' }]);
  expect(await labels('--no-label')).toEqual([{ label: null }]);
});

test('--since and --until leave records out, without counting them', async () => {
  const cwd = folderWithDump();
  // One request a second from 15:06:40.
  const between = ['--since', '2025-06-15T15:06:45Z', '--until', '2025-06-15T15:06:50Z'];
  const part = await aidebug(['import', 'dump.json', ...between, '--format', 'json'], { cwd });
  expect(imported(part).totals).toMatchObject({ read: 15, spans: 15, traces: 5, skipped: 0 });
  expect(await rows(cwd, 'SELECT min(start_time) AS first FROM spans')).toEqual([
    { first: '2025-06-15T15:06:45.000Z' },
  ]);
  const zone = ['--since', '2025-06-15T17:06:45+02:00', '--until', '2025-06-15T15:06:50'];
  const same = await aidebug(['import', 'dump.json', ...zone, '--new', '--format', 'json'], {
    cwd,
  });
  expect(imported(same).totals).toMatchObject({ spans: 15 });
  // All of the file is more than its part, and is not taken for a repetition.
  const whole = await aidebug(['import', 'dump.json', '--format', 'json'], { cwd });
  expect(imported(whole).totals).toMatchObject({ read: 60, spans: 45, duplicates: 15 });
});

test('--dry-run counts and keeps nothing', async () => {
  const cwd = folderWithDump();
  const dry = await aidebug(['import', 'dump.json', '--dry-run', '--format', 'json'], { cwd });
  expect(imported(dry).totals).toMatchObject({ spans: 60 });
  expect(await aidebug(['causes'], { cwd })).toMatchObject({ status: 4 });
});

test('files that cannot be read are named, the others are imported', async () => {
  const cwd = folderWithDump();
  written(cwd, 'empty.json', '');
  const argv = ['import', 'nowhere.json', 'dump.json', 'empty.json'];
  const outcome = await aidebug([...argv, '--format', 'json'], { cwd });
  expect(outcome.status).toBe(0);
  expect(outcome.stderr).toMatch(/not imported: .*nowhere\.json[\s\S]*not imported: .*empty\.json/);
  expect(imported(outcome)).toMatchObject({
    totals: { spans: 60 },
    unreadable: [
      { path: 'nowhere.json', code: 'unreadable' },
      { path: 'empty.json', code: 'unreadable' },
    ],
  });
  expect(await aidebug([...argv, '--strict'], { cwd })).toMatchObject({ status: 5 });
});

test('--strict: 5 when a record was skipped or the file is cut off, else 0', async () => {
  const cwd = folderWithDump();
  written(cwd, 'cut.json', smallDump().slice(0, -400));
  const bad = smallDump().replace('"spans":[', '"spans":[7,');
  written(cwd, 'bad.json', bad);
  expect(await aidebug(['import', 'dump.json', '--strict'], { cwd })).toMatchObject({ status: 0 });
  for (const file of ['cut.json', 'bad.json']) {
    const strict = await aidebug(['import', '--new', file, '--strict', '--format', 'json'], {
      cwd,
    });
    expect({ file, status: strict.status }).toEqual({ file, status: 5 });
    expect(imported(strict).totals.spans).toBeGreaterThan(30);
    const told = await aidebug(['import', '--new', file], { cwd });
    expect(told.status).toBe(0);
    expect(told.stdout).toMatch(/bad-record|truncated-input/);
  }
});

test('a dump that shares nothing with the case is imported with a warning', async () => {
  const cwd = folderWithDump();
  const other = smallDump({ web: 'shop', api: 'stock' }).replaceAll('"traceId":"0', '"traceId":"a');
  written(cwd, 'other.json', other);
  await aidebug(['import', 'dump.json', '-q'], { cwd });
  const outcome = await aidebug(['import', 'other.json', '--quiet', '--format', 'json'], { cwd });
  expect(imported(outcome).warnings).toHaveLength(1);
  expect(outcome.stderr).toMatch(/--new/);
});

test('a path with control characters is shown harmless', async () => {
  const cwd = temporaryFolder();
  written(cwd, 'a\x1b[2Jb.json', smallDump());
  const outcome = await shell('aidebug import *.json nowhere*', { cwd });
  expect(outcome.status).toBe(0);
  expect(outcome.stdout + outcome.stderr).not.toContain('\x1b');
  expect(outcome.stdout).toContain('a\\x1b[2Jb.json');
});
