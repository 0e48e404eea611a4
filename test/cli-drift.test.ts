/** `drift` as a process: its formats, exit codes and flags, on a case with hostile texts. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Drift } from '../src/model.ts';
import { jsonSchema } from '../src/report/index.ts';
import { aidebug, published, temporaryFolder, written } from './cli.ts';
import { objections, type Schema } from './schema.ts';

const begin = 1_750_000_000_000_000_000n;
const second = 1_000_000_000n;
const hostile = '\u001b[2Jbad | value <b>';

const attribute = (key: string, value: string | number) => ({
  key,
  value: typeof value === 'string' ? { stringValue: value } : { doubleValue: value },
});
const attributes = (of: Readonly<Record<string, string | number>>) =>
  Object.entries(of).map(([key, value]) => attribute(key, value));
const resource = { attributes: attributes({ 'service.name': 'scorer' }) };

/** A prediction every two seconds: a minute into the incident unsure, of another class, in `eu`. */
function prediction(number: number, from: number, moves: boolean) {
  const id = String(100_000 + from * 1_000 + number);
  const start = begin + BigInt(from) * 60n * second + BigInt(number) * 2n * second;
  const moved = moves && number >= 30;
  // No two of the same minute are alike, and each minute has the same ones.
  const noise = ((number * 7) % 30) / 300;
  const eu = number % 3 === 0;
  return {
    ...{ traceId: id.padEnd(32, '0'), spanId: id.padEnd(16, '0') },
    ...{ name: 'predict', kind: 2, startTimeUnixNano: String(start) },
    endTimeUnixNano: String(start + second / 10n),
    attributes: attributes({
      'prediction.confidence': (moved && eu ? 0.45 : moved ? 0.78 : 0.85) + noise,
      'prediction.class': number % 2 === 0 && moved ? hostile : 'approve',
      'prompt.version': moves ? `p2${hostile}` : 'p1',
      'cloud.region': eu ? 'eu' : 'us',
    }),
  };
}

const psi = (view: string, values: readonly number[], from: number) => ({
  name: 'feature.psi',
  gauge: {
    dataPoints: values.map((asDouble, at) => ({
      timeUnixNano: String(begin + BigInt(from + at) * 60n * second + 30n * second),
      asDouble,
      attributes: attributes({ feature_view: view }),
    })),
  },
});

interface Drawn {
  readonly from: number;
  readonly minutes: number;
  readonly moves: boolean;
  readonly psis: readonly (readonly number[])[];
}

const dump = ({ from, minutes, moves, psis }: Drawn): string =>
  JSON.stringify({
    resourceSpans: [
      {
        resource,
        scopeSpans: [
          {
            spans: Array.from({ length: minutes * 30 }, (_, at) => prediction(at, from, moves)),
          },
        ],
      },
    ],
    resourceMetrics: [
      {
        resource,
        scopeMetrics: [{ metrics: psis.map((values, at) => psi(`view-${at}`, values, from)) }],
      },
    ],
  });

const calm = [0.05, 0.07, 0.04, 0.03, 0.06, 0.05, 0.08, 0.05];

/** With a baseline of eight minutes, and five of an incident two minutes later. */
async function imported({ moves = true, baseline = true } = {}): Promise<readonly string[]> {
  const folder = temporaryFolder();
  const db = ['--db', join(folder, 'case.db')];
  const dumps = {
    baseline: dump({ from: 0, minutes: 8, moves: false, psis: [calm, calm] }),
    incident: dump({
      ...{ from: 10, minutes: 5, moves },
      psis: [moves ? [0.06, 0.2, 0.5, 0.9, 1] : calm.slice(0, 5), calm.slice(2, 7)],
    }),
  };
  for (const label of baseline ? (['baseline', 'incident'] as const) : (['incident'] as const)) {
    const file = written(folder, `${label}.json`, dumps[label]);
    await aidebug([...db, 'import', file, '--label', label, '-q']);
  }
  return db;
}

describe('aidebug drift', () => {
  test('ranks what moved, with tests, slices, plots; facts apart; every format is harmless', async () => {
    const db = await imported();
    const run = (...argv: string[]) => aidebug([...db, 'drift', ...argv]);
    const [table, all, ascii, md, csv, jsonl] = await Promise.all([
      run(),
      run('--all'),
      run('--ascii', '--layer', 'model'),
      run('--format', 'md'),
      run('--format', 'csv'),
      run('--format', 'jsonl', '--all'),
    ]);
    for (const { status, stdout } of [table, all, ascii, md, jsonl]) {
      expect(status).toBe(0);
      expect(stdout).not.toContain('\u001b');
    }
    await expect(table.stdout).toMatchFileSnapshot('golden/drift.txt');
    await expect(md.stdout).toMatchFileSnapshot('golden/drift.md');
    expect(table.stderr).toBe('3 of 4 compared signals shown; --all shows more\n');
    expect(all.stdout).toMatch(/^4 {2}small .* feature\.psi \(view-1\) of scorer$/m);
    expect(all.stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(ascii.stdout).not.toMatch(/[▁-█│]/);
    expect(ascii.stdout).not.toContain('feature.psi');
    const [head = '', ...lines] = csv.stdout.trimEnd().split('\r\n');
    expect(head).toMatch(/^rank,outcome,layer,service,entity,signal,origin,unit,kind,test,/);
    expect([csv.status, lines.length]).toEqual([0, 3]);
    expect(
      jsonl.stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).rank),
    ).toEqual([1, 2, 3, 4]);

    // JSON is as its schema says, and the same each time.
    const argv = [...db, 'drift', '--all', '--format', 'json'];
    const [one, other] = await Promise.all([aidebug(argv), aidebug(argv)]);
    expect(one.stdout).toBe(other.stdout);
    expect(objections(jsonSchema('Drift') as Schema, JSON.parse(one.stdout))).toEqual([]);
    const { kind, data } = published<Drift>(one);
    expect([kind, data.outcome, data.tested, data.drifted]).toEqual(['Drift', 'drifted', 4, 3]);
    expect(data.signals.map(({ name, test: by }) => `${name} ${by}`)).toEqual([
      'feature.psi (view-0) variance-ratio',
      'prediction.confidence kolmogorov-smirnov',
      'prediction.class g',
      'feature.psi (view-1) variance-ratio',
    ]);
    const [, confidence] = data.signals;
    expect(confidence?.slices[0]).toMatchObject({ key: 'cloud.region', value: 'eu' });
    expect(data.changes).toMatchObject([
      { kind: 'prompt', key: 'prompt.version', from: 'p1', to: `p2${hostile}` },
    ]);
  });

  test('says that nothing drifted where that is true; a wrong flag, window or case', async () => {
    const db = await imported({ moves: false });
    const { status, stdout } = await aidebug([...db, 'drift']);
    expect([status, stdout.split('\n')[0]]).toEqual([
      0,
      'no drift: of 3 signals none is above its floor, sure (q up to 0.01) and lasting',
    ]);
    const statusOf = async (...argv: string[]) => (await aidebug(argv)).status;
    expect(await statusOf(...db, 'drift', '--layer', 'application')).toBe(2);
    expect(await statusOf(...db, 'drift', '--baseline', 'never')).toBe(2);
    expect(await statusOf('--db', join(temporaryFolder(), 'no.db'), 'drift')).toBe(4);
  });

  test('without a baseline it is inconclusive and says what to do; windows can be named', async () => {
    const db = await imported({ baseline: false });
    const none = await aidebug([...db, 'drift']);
    expect([none.status, none.stdout.split('\n')[0]]).toEqual([
      3,
      'nothing to compare with: there is no baseline window',
    ]);
    expect(none.stderr).toMatch(/^Name a healthy window: aidebug drift --baseline W/);
    const named = await aidebug([
      ...[...db, 'drift', '--baseline', '-5m/-150s', '--incident', '-150s'],
      ...['--format', 'json'],
    ]);
    expect(published<Drift>(named).data.windows.baseline).not.toBeNull();
  });
});
