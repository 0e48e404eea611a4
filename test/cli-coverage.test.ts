/** `aidebug doctor coverage` as a process. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { TelemetryCoverage } from '../src/model.ts';
import { aidebug, type Outcome, published, smallDump, temporaryFolder, written } from './cli.ts';

/** `doctor coverage` of a case with the dump; `program`: any other command. */
async function imported(dump: string) {
  const folder = temporaryFolder();
  const db = join(folder, 'case.db');
  const program = (...argv: string[]) => aidebug(['--db', db, ...argv]);
  await program('import', written(folder, 'dump.json', dump), '--quiet');
  return Object.assign((...argv: string[]) => program('doctor', 'coverage', ...argv), { program });
}

test('a table for all services, class by class for one; machines get everything', async () => {
  const doctor = await imported(smallDump());
  const [table, one, json, jsonl, csv] = await Promise.all([
    doctor(),
    doctor('--service', 'api'),
    ...['json', 'jsonl', 'csv'].map((format) => doctor('--format', format)),
  ]);
  expect([table.status, table.stderr]).toEqual([0, '']);
  expect(table.stdout).toMatch(/^coverage 0\.\d\d: \d+ of \d+ faults could be found in 2 services/);
  expect(table.stdout).toMatch(/no CPU metric: cpu-saturation cannot be found/);
  expect(table.stdout).toMatch(/by container\.cpu\.usage/);
  expect(one.stdout).toMatch(/^api: coverage/);
  expect(one.stdout).toMatch(/cpu-saturation +0\.\d\d +not found/);
  expect(one.stdout).not.toMatch(/^web/m);
  const { data } = published<TelemetryCoverage>(json as Outcome);
  const classes = data.services.flatMap((service) => service.classes);
  const lines = jsonl?.stdout.trimEnd().split('\n') ?? [];
  expect(lines).toHaveLength(classes.length);
  expect(csv?.stdout.trimEnd().split('\r\n')).toHaveLength(classes.length + 1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ service: 'api', class: classes[0]?.class });
});

test('wrong names and flags are usage, no telemetry is inconclusive, no case unreadable', async () => {
  const doctor = await imported(smallDump());
  const [unknown, misplaced, nowhere] = await Promise.all([
    doctor('--service', 'apo'),
    doctor.program('doctor', 'data', '--all'),
    aidebug(['doctor', 'coverage']),
  ]);
  expect([unknown.status, unknown.stdout]).toEqual([2, '']);
  expect(unknown.stderr).toContain('Did you mean api?');
  expect([misplaced.status, nowhere.status]).toEqual([2, 4]);
  await doctor.program('imports', 'rm', '1');
  const nothing = await doctor();
  expect([nothing.status, nothing.stdout]).toEqual([3, '']);
  expect(nothing.stderr).toContain('no telemetry of any service');
});

test('a service cannot write to the terminal by its name', async () => {
  const doctor = await imported(smallDump({ api: 'a\u001b[2Jpi' }));
  const shown = await Promise.all([doctor(), doctor('--all', '--format', 'md')]);
  for (const { stdout } of shown) {
    expect(stdout).toContain('pi');
    expect(stdout).not.toContain('\u001b');
  }
});
