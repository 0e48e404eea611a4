/**
 * What must not change the answer to a dump, from file to answer: the same lines twice, in another
 * order, at another time, all times longer or shorter.
 *
 *     npx vitest run test/diagnose-metamorphic                        one case a relation
 *     METAMORPHIC_SEEDS=40 npx vitest run test/diagnose-metamorphic   more systems
 *
 * Scaled cases keep their first place only where it was `likely`: floors in milliseconds and minutes
 * are properties of timers and exporters, and do not scale.
 */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Diagnosis } from '../src/model.ts';
import { importDumps, openSession } from '../src/session.ts';
import { simulate, writeCase } from '../src/simulate/index.ts';
import { random } from './case.ts';

const folder = mkdtempSync(join(tmpdir(), 'aidebug-metamorphic-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const seeds = Number(process.env.METAMORPHIC_SEEDS ?? 1);
const scenarios = process.env.METAMORPHIC_SEEDS
  ? ['network-latency', 'code-exception', 'cpu-saturation', 'stale-data', 'slow-rank']
  : ['network-latency'];
const cases = scenarios.flatMap((scenario) =>
  Array.from({ length: seeds }, (_, at) => ({ scenario, seed: 900 + at })),
);

async function drawn(scenario: string, seed: number): Promise<string> {
  const path = join(folder, `${scenario}-${seed}`);
  await writeCase(path, simulate(scenario, seed, { intensity: 0.9 }));
  return path;
}

async function answerTo(path: string): Promise<Diagnosis> {
  const db = join(folder, 'case.db');
  await importDumps(db, [path], { fresh: true });
  await using session = await openSession(db);
  return await session.diagnose();
}

/** A case of other lines. */
function changed(path: string, change: (lines: readonly string[]) => readonly string[]): string {
  const other = `${path}-changed`;
  rmSync(other, { recursive: true, force: true });
  for (const name of readdirSync(path, { recursive: true }) as string[]) {
    if (!name.endsWith('.jsonl')) continue;
    const lines = readFileSync(join(path, name), 'utf8').split('\n').filter(Boolean);
    mkdirSync(dirname(join(other, name)), { recursive: true });
    writeFileSync(join(other, name), `${change(lines).join('\n')}\n`);
  }
  return other;
}

const ranking = ({ verdict, causes }: Diagnosis) => ({
  verdict,
  causes: causes.map(({ entity, faultClass, score, band }) => ({
    entity,
    faultClass,
    score,
    band,
  })),
});
/** Times of OTLP/JSON are decimal text under keys that end so. */
const retimed = (lines: readonly string[], time: (ns: bigint) => bigint): readonly string[] =>
  lines.map((line) =>
    line.replace(
      /("\w*[tT]imeUnixNano":")(\d+)"/g,
      (_, key: string, ns: string) => `${key}${ns === '0' ? ns : time(BigInt(ns))}"`,
    ),
  );

function shuffled(lines: readonly string[]): readonly string[] {
  const next = random(lines.length);
  return lines
    .map((line) => ({ line, at: next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ line }) => line);
}

/** Start of an hour before all simulated cases: minutes stay whole. */
const origin =
  1_700_000_000n * 1_000_000_000n - ((1_700_000_000n * 1_000_000_000n) % 3_600_000_000_000n);
const days = 86_400_000_000_000n;

const answers = new Map<string, { path: string; answer: Diagnosis }>();

/** Drawn and answered once for all relations. */
async function original(scenario: string, seed: number) {
  const key = `${scenario} ${seed}`;
  const known = answers.get(key);
  if (known) return known;
  const path = await drawn(scenario, seed);
  const made = { path, answer: await answerTo(path) };
  answers.set(key, made);
  return made;
}

describe.each(cases)('$scenario $seed', ({ scenario, seed }) => {
  test('every line twice, in another order: the same ranking', async () => {
    const { path, answer } = await original(scenario, seed);
    const twice = changed(path, shuffled);
    cpSync(path, join(twice, 'again'), { recursive: true });
    expect(ranking(await answerTo(twice))).toEqual(ranking(answer));
  });

  test('days and odd seconds later: the same ranking', async () => {
    const { path, answer } = await original(scenario, seed);
    const later = changed(path, (lines) =>
      retimed(lines, (ns) => ns + 17n * days + 23_456_789_123n),
    );
    expect(ranking(await answerTo(later))).toEqual(ranking(answer));
  });

  test.each([0.5, 2])('all times %f times as long: the same first place', async (factor) => {
    const { path, answer } = await original(scenario, seed);
    if (answer.verdict !== 'likely') return;
    const scale = (ns: bigint): bigint => origin + ((ns - origin) * BigInt(factor * 2)) / 2n;
    const scaled = await answerTo(changed(path, (lines) => retimed(lines, scale)));
    expect(scaled.causes[0]?.service).toBe(answer.causes[0]?.service);
  });
});
