/** `aidebug doctor coverage` as a process. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { TelemetryCoverage } from '../src/model.ts';
import { aidebug, published, smallDump, temporaryFolder, written } from './cli.ts';

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
  const table = await doctor();
  expect([table.status, table.stderr]).toEqual([0, '']);
  expect(table.stdout).toMatch(/^coverage 0\.\d\d: \d+ of \d+ faults could be found in 2 services/);
  expect(table.stdout).toMatch(/no CPU metric: cpu-saturation cannot be found/);
  expect(table.stdout).toMatch(/by container\.cpu\.usage/);
  const one = await doctor('--service', 'api');
  expect(one.stdout).toMatch(/^api: coverage/);
  expect(one.stdout).toMatch(/cpu-saturation +0\.\d\d +not found/);
  expect(one.stdout).not.toMatch(/^web/m);
  expect((await doctor('--all')).stdout).toMatch(/^api: .*\nweb: /s);
  const { data } = published<TelemetryCoverage>(await doctor('--format', 'json'));
  const classes = data.services.flatMap((service) => service.classes);
  const lines = (await doctor('--format', 'jsonl')).stdout.trimEnd().split('\n');
  const csv = (await doctor('--format', 'csv')).stdout.trimEnd().split('\r\n');
  expect([lines.length, csv.length]).toEqual([classes.length, classes.length + 1]);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ service: 'api', class: classes[0]?.class });
  expect((await doctor('--format', 'md')).stdout).toMatch(/^## coverage .*\n\| api \|/s);
});

test('wrong names and flags are usage, no telemetry is inconclusive, no case unreadable', async () => {
  const doctor = await imported(smallDump());
  const unknown = await doctor('--service', 'apo');
  expect([unknown.status, unknown.stdout]).toEqual([2, '']);
  expect(unknown.stderr).toContain('Did you mean api?');
  expect((await aidebug(['doctor', 'data', '--all'])).status).toBe(2);
  expect((await aidebug(['doctor', 'coverage'])).status).toBe(4);
  await doctor.program('imports', 'rm', '1');
  const nothing = await doctor();
  expect([nothing.status, nothing.stdout]).toEqual([3, '']);
  expect(nothing.stderr).toContain('no telemetry of any service');
});

test('a service cannot write to the terminal by its name', async () => {
  const doctor = await imported(smallDump({ api: 'a\u001b[2Jpi' }));
  for (const argv of [[], ['--all', '--format', 'md']]) {
    const { stdout } = await doctor(...argv);
    expect(stdout).toContain('pi');
    expect(stdout).not.toContain('\u001b');
  }
});
