/** `aidebug causes` as a process: filters, statuses, references, and a real dump. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Cause, Diagnosis, PublishedReference } from '../src/model.ts';
import { aidebug, published, shell, smallDump, temporaryFolder, written } from './cli.ts';

const realDump = join(process.env.AIDEBUG_DATA ?? '', 'otlp/otel-tui/test_data.json');
const hasData = existsSync(realDump);
if (!hasData) test.skip('AIDEBUG_DATA is not set: the real dump is not diagnosed', () => {});

async function caseOf(dump = smallDump()): Promise<string> {
  const cwd = temporaryFolder();
  written(cwd, 'dump.json', dump);
  expect(await aidebug(['import', 'dump.json', '-q'], { cwd })).toMatchObject({ status: 0 });
  return cwd;
}

async function diagnosisOf(cwd: string, ...flags: string[]): Promise<Diagnosis> {
  const outcome = await aidebug(['causes', '--format', 'json', ...flags], { cwd });
  const { kind, data } = published<Diagnosis>(outcome);
  expect(kind).toBe('Causes');
  return data;
}

function rowOf(ref: PublishedReference): string {
  switch (ref.signal) {
    case 'span':
      return `spans WHERE trace_id = '${ref.traceId}' AND span_id = '${ref.spanId}'`;
    case 'log':
      return `logs WHERE id = '${ref.id}'`;
    case 'metric':
      return `metric_points WHERE metric = '${ref.metric}' AND service = '${ref.service}' AND time = '${ref.at.slice(0, 23)}Z'`;
  }
}

/** Every reference of the causes leads to a row of the case. */
async function expectKnown(cwd: string, causes: readonly Cause[]): Promise<void> {
  const refs = causes.flatMap(({ evidence }) => evidence.flatMap((row) => row.refs));
  expect(refs.length).toBeGreaterThan(0);
  const exists = refs.map((ref) => `EXISTS (SELECT 1 FROM ${rowOf(ref)})`);
  for (let at = 0; at < exists.length; at += 50) {
    const sql = `SELECT ${exists.slice(at, at + 50).join(' AND ')} AS known`;
    const outcome = await aidebug(['query', sql, '--format', 'json'], { cwd });
    expect(published<{ rows: object[] }>(outcome).data.rows).toEqual([{ known: 1 }]);
  }
}

function expectSound(causes: readonly Cause[]): void {
  for (const { evidence, score } of causes) {
    const sum = evidence.reduce((total, { weight }) => total + weight, 0);
    expect(Math.abs(sum - score)).toBeLessThan(1e-5);
    for (const { direction, weight, refs } of evidence) {
      expect(direction === 'supports' ? weight >= 0 : weight <= 0).toBe(true);
      expect(refs.length).toBeGreaterThan(0);
      expect(refs.length).toBeLessThanOrEqual(5);
    }
  }
  expect(causes.map(({ rank }) => rank)).toEqual(causes.map((_, at) => at + 1));
}

test.skipIf(!hasData)('names the service that sent nothing on a real dump', async () => {
  const cwd = temporaryFolder();
  await aidebug(['import', realDump, '-q'], { cwd });
  const { causes, verdict } = await diagnosisOf(cwd);
  expect(verdict).toBe('likely');
  expect(causes[0]).toMatchObject({
    service: 'cartservice',
    layer: 'infrastructure',
    faultClass: 'service-unreachable',
  });
  expectSound(causes);
  await expectKnown(cwd, causes);
  const { stdout } = await aidebug(['causes'], { cwd });
  expect(stdout).toMatch(/^likely cause: cartservice \(infrastructure, service-unreachable\)/);
  expect(stdout).toMatch(/cartservice → frontend/);
  const tooWide = stdout.split('\n').filter((line) => line.length > 80 && !/aidebug /.test(line));
  expect(tooWide).toEqual([]);
  // The commands it proposes run as they are.
  for (const command of causes[0]?.nextChecks ?? []) {
    expect(await shell(command, { cwd })).toMatchObject({ status: 0, stderr: '' });
  }
});

test('the same case and flags give the same bytes', async () => {
  const cwd = await caseOf();
  for (const format of ['table', 'json', 'jsonl', 'csv', 'md']) {
    const [one, two] = [
      await aidebug(['causes', '--format', format], { cwd }),
      await aidebug(['causes', '--format', format], { cwd }),
    ];
    expect(one).toEqual(two);
    expect(one).toMatchObject({ status: 0, stderr: '' });
    expect(one.stdout).toMatch(/\n$/);
  }
});

test('commands to run next name the case, before or after the command', async () => {
  const cwd = await caseOf();
  await shell("cp .aidebug/case.db 'it'\\''s mine.db'", { cwd });
  const db = "it's mine.db";
  for (const argv of [
    ['causes', '--db', db],
    ['--db', db, 'causes'],
  ]) {
    const outcome = await aidebug([...argv, '--format', 'json'], { cwd: cwd });
    const [first] = published<Diagnosis>(outcome).data.causes;
    expect(first?.nextChecks.length).toBeGreaterThan(0);
    for (const command of first?.nextChecks ?? []) {
      expect(command).toMatch(/^aidebug --db 'it'\\''s mine\.db' /);
      expect(await shell(command, { cwd })).toMatchObject({ status: 0 });
    }
  }
  const byEnvironment = await aidebug(['causes'], { cwd, env: { AIDEBUG_DB: db } });
  expect(byEnvironment.stdout).toContain("aidebug --db 'it'\\''s mine.db' ");
});

test('filters list fewer causes and keep their ranks', async () => {
  const cwd = await caseOf();
  const all = await diagnosisOf(cwd);
  expectSound(all.causes);
  await expectKnown(cwd, all.causes);
  const [first] = all.causes;
  if (!first) throw new Error('the small dump has a cause');
  expect((await diagnosisOf(cwd, '--top', '1')).causes).toEqual([first]);
  const layered = await diagnosisOf(cwd, '--layer', first.layer);
  expect(layered.causes).toEqual(all.causes.filter(({ layer }) => layer === first.layer));
  const scored = await diagnosisOf(cwd, '--min-score', String(first.score));
  expect(scored.causes).toEqual(all.causes.filter(({ score }) => score >= first.score));
  for (const names of [['traces', 'logs'], ['traces,logs'], ['traces', '--without', 'logs']]) {
    expect((await diagnosisOf(cwd, '--without', ...names)).causes).toEqual([]);
  }
});

test('windows: relative to the end of the data, in ISO 8601, or a moment', async () => {
  const cwd = await caseOf();
  const relative = await diagnosisOf(cwd, '--incident', '-20s/-15s', '--baseline', '-10s/-0s');
  expect(relative.regime).toBe('declared');
  expect(relative.windows.incident.from.slice(0, 19)).toBe('2025-06-15T15:06:39');
  const exact = await diagnosisOf(
    cwd,
    '--incident',
    '2025-06-15T15:06:40Z/2025-06-15T15:06:45.000000001Z',
  );
  expect(exact.windows.incident).toEqual({
    from: '2025-06-15T15:06:40.000Z',
    to: '2025-06-15T15:06:45.000000001Z',
  });
  const at = await diagnosisOf(cwd, '--at', '2025-06-15T15:06:50');
  expect(at.windows.incident.from).toBe('2025-06-15T15:06:50.000Z');
});

test('--fail-on: 1 from that band on; --require-cause: 3 if nothing is clear', async () => {
  const cwd = await caseOf();
  const status = async (...flags: string[]) =>
    (await aidebug(['causes', '--format', 'json', ...flags], { cwd })).status;
  const { causes } = await diagnosisOf(cwd);
  const [first] = causes;
  expect(first && first.band !== 'weak').toBe(true);
  expect(await status('--fail-on', 'weak')).toBe(1);
  expect(await status('--fail-on', 'possible')).toBe(1);
  expect(await status('--fail-on', 'likely')).toBe(first?.band === 'likely' ? 1 : 0);
  expect(await status('--require-cause')).toBe(0);
  // Only what is listed counts; `--fail-on` comes first when both match.
  const other = first?.layer === 'model' ? 'data' : 'model';
  expect(await status('--fail-on', 'weak', '--layer', other)).toBe(0);
  expect(await status('--require-cause', '--layer', other)).toBe(3);
  expect(await status('--require-cause', '--fail-on', 'weak')).toBe(1);
});

test('no clear cause is said, and is no failure unless one is required', async () => {
  const cwd = await caseOf(smallDump({ failed: 0 }));
  const told = await aidebug(['causes'], { cwd });
  expect(told).toMatchObject({ status: 0, stderr: '' });
  expect(told.stdout).toMatch(/^no clear cause/);
  const required = await aidebug(['causes', '--require-cause', '--format', 'json'], { cwd });
  expect(required.status).toBe(3);
  expect(published<Diagnosis>(required).data.verdict).toBe('no-clear-cause');
});

test('help tells what confidence and the exit codes mean', async () => {
  const { stdout } = await aidebug(['causes', '--help']);
  expect(stdout).toMatch(
    /Examples:[\s\S]*Confidence is how often[\s\S]*2\/3[\s\S]*0\.35[\s\S]*Exit codes:/,
  );
});
