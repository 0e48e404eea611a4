/** `traces`, `logs` and `metrics` as processes: terms that begin with a dash, limits, formats. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { aidebug, published, smallDump, temporaryFolder, written } from './cli.ts';

interface Rows {
  readonly total: number;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

async function imported(): Promise<string[]> {
  const folder = temporaryFolder();
  const db = join(folder, 'case.db');
  await aidebug(['--db', db, 'import', written(folder, 'dump.json', smallDump()), '--quiet']);
  return ['--db', db];
}

test('terms may begin with a dash, be several words, and be wrong', async () => {
  const db = await imported();
  const all = await aidebug([...db, 'traces', '--format', 'json']);
  const healthy = await aidebug([
    ...db,
    'traces',
    '-status=error',
    'service=web',
    '--format',
    'json',
  ]);
  const failed = await aidebug([
    ...db,
    'traces',
    'status=error',
    '--format',
    'json',
    '--limit',
    '2',
  ]);
  expect(published<Rows>(all).kind).toBe('Traces');
  expect(published<Rows>(all).data.total).toBe(20);
  expect(published<Rows>(healthy).data.total).toBe(15);
  expect(published<Rows>(failed).data.total).toBe(5);
  expect(published<Rows>(failed).data.rows).toHaveLength(2);
  for (const words of [['--limt', '5'], ['foo=1'], ['--sort', 'x'], ['--limit', 'few']]) {
    const { status, stdout } = await aidebug([...db, 'traces', ...words]);
    expect([status, stdout]).toEqual([2, '']);
  }
});

test('a table says how much it leaves out; other formats are whole', async () => {
  const db = await imported();
  const table = await aidebug([...db, 'traces', '--limit', '3']);
  expect(table.stdout.trimEnd().split('\n')).toHaveLength(4);
  expect(table.stderr).toContain('3 of 20 traces shown');
  const lines = await aidebug([...db, 'traces', '--format', 'jsonl']);
  expect(lines.stdout.trimEnd().split('\n')).toHaveLength(20);
  const csv = await aidebug([...db, 'logs', '--format', 'csv']);
  expect([csv.status, csv.stdout.split(',')[0]]).toEqual([0, 'time']);
  expect((await aidebug([...db, 'metrics', 'value>1'])).status).toBe(0);
});
