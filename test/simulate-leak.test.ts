/**
 * Nothing but the mechanism gives a fault away. What a case looks like before its fault (names,
 * counts of keys, sizes of files, ids) must not tell which layer it will be in: a classifier on all
 * of that does no better than on labels dealt out at random.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRandom, type Random } from '../src/simulate/random.ts';
import { aidebug, published } from './cli.ts';

interface Sample {
  readonly layer: string;
  /** Faults of training occur in systems that train: labels are dealt out within a kind. */
  readonly kind: string;
  readonly features: ReadonlyMap<string, number>;
}

const samples: Sample[] = [];

/** One case of every fault: the scenarios take turns. */
const count = 36;

const cwd = mkdtempSync(join(tmpdir(), 'aidebug-leak-'));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

beforeAll(async () => {
  const argv = ['simulate', '--count', `${count}`, '--seed', '501', '-o', 'cases', '-q'];
  const done = await aidebug([...argv, '--format', 'json'], { cwd });
  expect(done.status).toBe(0);
  for (const { path } of published<{ cases: { path: string }[] }>(done).data.cases) {
    samples.push(sampleOf(join(cwd, path)));
  }
}, 120_000);

function sampleOf(folder: string): Sample {
  const label = JSON.parse(readFileSync(join(folder, 'label.json'), 'utf8'));
  return { layer: label.layer, kind: label.system, features: featuresOf(folder) };
}

const unzipped = (path: string): string => gunzipSync(readFileSync(path)).toString();

function featuresOf(folder: string): Map<string, number> {
  const features = new Map<string, number>();
  const add = (name: string, by: number): void =>
    void features.set(name, (features.get(name) ?? 0) + by);
  for (const file of ['traces', 'logs']) {
    const text = unzipped(join(folder, 'baseline', `${file}.jsonl.gz`));
    add(`size ${file}`, text.length);
    add(`lines ${file}`, text.split('\n').length);
    for (const [, key = ''] of text.matchAll(/"key":"([^"]+)"/g)) add(`key ${file} ${key}`, 1);
    // Ids are drawn evenly: their digits are, too.
    for (const [, digit = ''] of text.matchAll(/"traceId":"[0-9a-f]{31}([0-9a-f])"/g)) {
      add(`digit ${digit}`, 1);
    }
  }
  const everywhere = ['baseline/traces', 'incident/traces', 'metrics'].map((file) =>
    unzipped(join(folder, `${file}.jsonl.gz`)),
  );
  const names = new Set<string>();
  for (const text of everywhere) {
    for (const [, name = ''] of text.matchAll(/"service.name","value":\{"stringValue":"([^"]+)"/g))
      names.add(name);
    for (const [, name = ''] of text.matchAll(/"name":"([a-zA-Z_.]+)","unit"/g)) names.add(name);
  }
  add('names', names.size);
  for (const name of names) add(`name ${name}`, 1);
  return features;
}

/** Each feature in its standard deviations. */
function standardised(all: readonly Sample[]): readonly (readonly number[])[] {
  const keys = [...new Set(all.flatMap(({ features }) => [...features.keys()]))];
  const columns = keys.map((key) => {
    const values = all.map(({ features }) => features.get(key) ?? 0);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    return values.map((value) => (variance > 0 ? (value - mean) / Math.sqrt(variance) : 0));
  });
  return all.map((_, at) => columns.map((column) => column[at] as number));
}

/** Squared, from a row to the mean of the `n` rows of that sum; of the others, if it is one of them. */
function distance(
  row: readonly number[],
  sum: readonly number[],
  n: number,
  isOwn: boolean,
): number {
  const size = isOwn ? n - 1 : n;
  let all = 0;
  for (const [column, value] of row.entries()) {
    all += (value - ((sum[column] as number) - (isOwn ? value : 0)) / size) ** 2;
  }
  return all;
}

/** Share of cases whose layer is that of the nearest mean of the others, each left out in turn. */
function accuracy(rows: readonly (readonly number[])[], layers: readonly string[]): number {
  const sums = new Map<string, { sum: number[]; n: number }>();
  for (const [at, layer] of layers.entries()) {
    const known = sums.get(layer) ?? { sum: (rows[at] ?? []).map(() => 0), n: 0 };
    sums.set(layer, known);
    known.n += 1;
    (rows[at] as number[]).forEach((value, column) => {
      known.sum[column] = (known.sum[column] as number) + value;
    });
  }
  const right = rows.filter((row, at) => {
    let [best, least] = ['', Number.POSITIVE_INFINITY];
    for (const [layer, { sum, n }] of sums) {
      const own = layer === layers[at];
      const far = own && n === 1 ? Number.POSITIVE_INFINITY : distance(row, sum, n, own);
      if (far < least) [best, least] = [layer, far];
    }
    return best === layers[at];
  });
  return right.length / rows.length;
}

/** The layers dealt out anew, within each kind of system. */
function dealt(random: Random): readonly string[] {
  const layers: string[] = [];
  for (const kind of new Set(samples.map((sample) => sample.kind))) {
    const places = samples.flatMap((sample, at) => (sample.kind === kind ? [at] : []));
    const shuffled = random.shuffle(places);
    places.forEach((place, at) => {
      layers[place] = samples[shuffled[at] as number]?.layer ?? '';
    });
  }
  return layers;
}

/** The upper end of what 95 % of random deals reach. */
function chance(rows: readonly (readonly number[])[]): number {
  const random = createRandom(1);
  const reached = Array.from({ length: 300 }, () => accuracy(rows, dealt(random)));
  return reached.sort((a, b) => a - b)[Math.floor(0.975 * reached.length)] as number;
}

test('what comes before the fault does not tell its layer', () => {
  expect(samples).toHaveLength(count);
  expect(new Set(samples.map(({ layer }) => layer)).size).toBe(4);
  const rows = standardised(samples);
  const reached = accuracy(
    rows,
    samples.map(({ layer }) => layer),
  );
  expect(reached).toBeLessThanOrEqual(chance(rows));
});

test('a leak would be found: one key that only faults of models have', () => {
  const leaky = samples.map((sample) => ({
    ...sample,
    features: new Map([
      ...sample.features,
      ...Array.from({ length: 40 }, (_, at) => [`leak ${at}`, leakOf(sample.layer)] as const),
    ]),
  }));
  const rows = standardised(leaky);
  const reached = accuracy(
    rows,
    samples.map(({ layer }) => layer),
  );
  expect(reached).toBeGreaterThan(chance(rows));
});

const leakOf = (layer: string): number =>
  ['infrastructure', 'data', 'model', 'application'].indexOf(layer);
