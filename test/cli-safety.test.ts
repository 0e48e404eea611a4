/** Answers that must not mislead, and files that must not be lost. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { aidebug, published, smallDump, temporaryFolder, written } from './cli.ts';

const sample = (name: string): string => join(import.meta.dirname, '../sample-traces', name);

test('a weak candidate that a filter leaves is not called likely', async () => {
  const cwd = temporaryFolder();
  await aidebug(['import', '--quiet', sample('stale-data')], { cwd });
  const { stdout } = await aidebug(['causes', '--layer', 'model'], { cwd });
  expect(stdout.split('\n').slice(0, 2).join(' ')).toMatch(
    /^weak candidate: .*the case has a likely cause, which the filter\s+leaves out/,
  );
  const whole = await aidebug(['causes'], { cwd });
  expect(whole.stdout).toMatch(/^likely cause: /);
});

test('several cases do not go where another case would be read with them', async () => {
  const cwd = temporaryFolder();
  const into = (...argv: string[]) =>
    aidebug(['simulate', 'stale-data', '--seed', '1', '-q', ...argv], { cwd });
  expect((await into('-o', 'one')).status).toBe(0);
  const mixed = await into('--count', '2', '-o', 'one');
  expect(mixed.status).toBe(2);
  expect(mixed.stderr).toMatch(/one holds label\.json/);
  expect((await into('--count', '3', '-o', 'many')).status).toBe(0);
  expect((await into('--count', '2', '-o', 'many')).stderr).toMatch(/many holds case-0003/);
  expect((await into('--count', '3', '-o', 'many')).status).toBe(0);
  expect((await into('--class', 'gpu-fault', '-o', 'two')).stderr).toMatch(/two scenarios/);
}, 60_000);

test('the simulator replaces its own cases only', async () => {
  const cwd = temporaryFolder();
  mkdirSync(join(cwd, 'real/incident'), { recursive: true });
  written(cwd, 'real/label.json', '{"root_cause_service":"web"}');
  written(cwd, 'real/incident/traces.jsonl', smallDump());
  const into = (dir: string) =>
    aidebug(['simulate', 'stale-data', '--seed', '1', '-o', dir, '--format', 'json'], { cwd });
  expect((await into('real')).status).toBe(2);
  expect(readFileSync(join(cwd, 'real/incident/traces.jsonl'), 'utf8')).toBe(smallDump());
  written(cwd, 'file', '');
  const onFile = await into('file');
  expect(onFile.status).toBe(2);
  expect(onFile.stderr).not.toMatch(/is a bug/);
  expect((await into('own')).status).toBe(0);
  expect((await into('own')).status).toBe(0);
});

test('a dump without a record leaves the case as it was, and says so', async () => {
  const cwd = temporaryFolder();
  written(cwd, 'good.json', smallDump());
  written(cwd, 'empty.json', '{"resourceSpans":[]}');
  await aidebug(['import', 'good.json'], { cwd });
  const count = async (): Promise<unknown> =>
    published(
      await aidebug(['query', 'SELECT count(*) AS n FROM spans', '--format', 'json'], { cwd }),
    );
  const before = await count();
  const empty = await aidebug(['import', '--new', 'empty.json', '--format', 'json'], { cwd });
  expect(empty.status).toBe(4);
  expect(JSON.parse(empty.stdout)).toMatchObject({ kind: 'Error' });
  const late = await aidebug(['import', '--new', '--since', '2090-01-01', 'good.json'], { cwd });
  expect(late.status).toBe(4);
  expect(await count()).toEqual(before);
});

test('a table in a pipe cuts nothing', async () => {
  const cwd = temporaryFolder();
  written(cwd, 'good.json', smallDump());
  await aidebug(['import', 'good.json'], { cwd });
  const long = 'x'.repeat(300);
  const { stdout } = await aidebug(
    ['query', `SELECT trace_id, '${long}' AS a, '${long}' AS b FROM spans`],
    { cwd, env: { COLUMNS: '' } },
  );
  expect(stdout).toContain(`${long}  ${long}`);
  expect(stdout).not.toContain('…');
});
