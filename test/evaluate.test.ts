/** Measures by hand-worked cases, methods by drawings, and `aidebug evaluate` as a process. */
import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { calibrationOf } from '../src/evaluate/calibration.ts';
import type { CaseOutcome } from '../src/evaluate/case.ts';
import { evaluationOf, methodNames } from '../src/evaluate/index.ts';
import { bootstrap } from '../src/evaluate/interval.ts';
import { labelOf } from '../src/evaluate/label.ts';
import { accuracyOf, pathF1, rankOf } from '../src/evaluate/measures.ts';
import { methods } from '../src/evaluate/methods/index.ts';
import type { CaseLabel, Evaluation } from '../src/model.ts';
import { type DrawnCase, earlier, featuresOf, gauge, later } from './case.ts';
import { aidebug, published, temporaryFolder, written } from './cli.ts';

describe('rank', () => {
  const scored = (...pairs: readonly [string, number][]) =>
    pairs.map(([service, score]) => ({ service, score }));

  test('counts distinct services, with the best score of each', () => {
    const ranking = scored(['a', 0.9], ['a', 0.8], ['a', 0.7], ['b', 0.6]);
    expect(rankOf(ranking, ['b'])).toBe(2);
  });

  test('equal scores count against the answer', () => {
    const ranking = scored(['a', 0.5], ['b', 0.5], ['c', 0.5], ['d', 0.1]);
    expect(rankOf(ranking, ['a'])).toBe(3);
    expect(rankOf(ranking, ['d'])).toBe(4);
  });

  test('is that of the best of several right services; null where none is listed', () => {
    const ranking = scored(['a', 3], ['b', 2], ['c', 1]);
    expect(rankOf(ranking, ['c', 'b'])).toBe(2);
    expect(rankOf(ranking, ['x'])).toBeNull();
    expect(rankOf([], ['x'])).toBeNull();
  });

  test('does not depend on the order of the ranking', () => {
    const pair = fc.record({ service: fc.constantFrom('a', 'b', 'c', 'd'), score: fc.nat(3) });
    fc.assert(
      fc.property(fc.array(pair), (ranking) => {
        expect(rankOf([...ranking].reverse(), ['a'])).toBe(rankOf(ranking, ['a']));
      }),
    );
  });
});

test('accuracy of four cases', () => {
  expect(accuracyOf([1, 2, 5, null])).toEqual({
    ac1: 0.25,
    ac3: 0.5,
    ac5: 0.75,
    avg5: (0.25 + 0.5 + 0.5 + 0.5 + 0.75) / 5,
    mrr: (1 + 1 / 2 + 1 / 5) / 4,
  });
});

test('F1 of the edges of a path', () => {
  const edge = (from: string, to: string) => ({ from, to });
  expect(pathF1([edge('a', 'b'), edge('b', 'c')], [edge('a', 'b')])).toBeCloseTo(2 / 3);
  expect(pathF1([edge('b', 'a')], [edge('a', 'b')])).toBe(0);
  expect(pathF1([], [])).toBe(1);
});

test('the interval of a share is near that of its binomial, and the same each time', () => {
  const ranks = Array.from({ length: 100 }, (_, at) => at < 40);
  const share = (drawn: readonly boolean[]) => ({
    share: drawn.filter(Boolean).length / drawn.length,
  });
  const [low, high] = bootstrap(ranks, share).share;
  // 0.4 ± 1.96 × 0.049.
  expect(low).toBeGreaterThan(0.28);
  expect(low).toBeLessThan(0.34);
  expect(high).toBeGreaterThan(0.46);
  expect(high).toBeLessThan(0.52);
  expect(bootstrap(ranks, share)).toEqual(bootstrap(ranks, share));
});

test('calibration of answers that are half as often right as they say', () => {
  const answers = Array.from({ length: 10 }, (_, at) => ({ confidence: 0.8, right: at < 4 }));
  const { brier, ece, bins } = calibrationOf(answers);
  expect(brier).toBeCloseTo((4 * 0.2 ** 2 + 6 * 0.8 ** 2) / 10);
  expect(ece).toBeCloseTo(0.4);
  expect(bins).toEqual([
    { from: 0.8, to: 0.9, n: 10, confidence: expect.closeTo(0.8), right: expect.closeTo(0.4) },
  ]);
  expect(calibrationOf([])).toEqual({ n: 0, brier: null, ece: null, bins: [] });
});

describe('a label', () => {
  const read = (label: unknown) => labelOf('label.json', Buffer.from(JSON.stringify(label)));

  test('in the words of published data sets', () => {
    const label = {
      root_cause_service: 'cart',
      fault_type: 'cpu_consumed',
      extra: { system: 's' },
    };
    expect(read(label)).toMatchObject({
      causes: ['cart'],
      faultClass: 'cpu-saturation',
      layer: 'infrastructure',
      system: 's',
    });
  });

  test('of two faults, and of none', () => {
    expect(read({ root_cause_service: 'a', root_causes: ['a', 'b'] }).causes).toEqual(['a', 'b']);
    expect(read({ healthy: true })).toMatchObject({ causes: [], healthy: true });
  });

  test('that says nothing is refused, with its path', () => {
    expect(() => read({})).toThrow('label.json');
    expect(() => labelOf('label.json', Buffer.from('{'))).toThrow('not JSON');
  });
});

describe('each method names the service that it looks for', () => {
  const chain = `
    web/order        [===========]
      web>cart         [======]
        cart/add         [===]
          cart>db         [=]
            db/query       []`;
  const failing = chain
    .replace('[===========]', '[==========!]')
    .replace('[======]', '[=====!]')
    .replace('[===]', '[==!]');
  const slow = chain
    .replace('[===========]', '[==============================]')
    .replace('[======]', '[=========================]')
    .replace('[===]', '[======================]');
  const aside = `
    web/home         [====]`;
  const drawings: Readonly<Record<string, DrawnCase>> = {
    baro: {
      series: [
        gauge({
          name: 'system.cpu.utilization',
          service: 'cart',
          before: [1, 1.1, 0.9, 1],
          during: [9, 9],
        }),
        gauge({
          name: 'system.cpu.utilization',
          service: 'web',
          before: [1, 2, 3, 4],
          during: [5, 5],
        }),
      ],
    },
    ochiai: { baseline: [...earlier(aside), ...earlier(chain, 5)], incident: later(failing, 30) },
    microrank: {
      baseline: [...earlier(aside), ...earlier(chain, 5)],
      incident: later(failing, 30),
    },
    'deepest-error': { baseline: earlier(chain), incident: later(failing, 30) },
    'self-time': { baseline: earlier(chain), incident: later(slow, 30) },
  };

  test.each(methods.map((method) => [method.name, method] as const))('%s', (name, method) => {
    const scores = method.score(featuresOf(drawings[name] as DrawnCase));
    const rank = rankOf(scores, ['cart']);
    // What takes part in the same traces cannot be told apart by taking part.
    if (name === 'ochiai' || name === 'microrank') {
      expect(rankOf(scores, ['web'])).toBe(3);
      expect(rank).toBeLessThanOrEqual(2);
    } else expect(rank).toBe(1);
  });

  test('none has an answer to nothing', () => {
    for (const { score } of methods) {
      const scores = score(featuresOf({ baseline: earlier(aside), incident: later(aside) }));
      expect(scores.filter((one) => one.score > 0 && one.service !== 'web')).toEqual([]);
    }
  });
});

const label = (change: Partial<CaseLabel> = {}): CaseLabel => ({
  ...{ causes: ['a'], accepted: [], layer: null, faultClass: null, path: null },
  ...{ system: null, intensity: null, healthy: false, ...change },
});

function outcome(rank: number | null, confidence = 0.5, quiet: boolean | null = null): CaseOutcome {
  return {
    row: {
      ...{ case: 'c', rank, verdict: 'likely', service: 'a', layer: 'data', faultClass: 'x' },
      ...{ confidence, seconds: 2 },
    },
    ranks: { aidebug: rank, baro: null },
    answer: {
      ...{ layer: rank === 1, faultClass: null, pathF1: null, quiet, bothInThree: null },
      citedOnPath: { cited: 4, onPath: rank === 1 ? 4 : 1 },
    },
  };
}

test('figures, groups and calibration of a few cases', () => {
  const cases = [
    { label: label({ system: 's', intensity: 0.1 }) },
    { label: label({ system: 's', intensity: 0.9 }) },
    { label: label({ causes: [], healthy: true }) },
  ];
  const outcomes = [outcome(1, 0.9), outcome(3, 0.6), outcome(null, 0.2, true)];
  const all = evaluationOf(cases, outcomes, ['aidebug', 'baro']);
  expect(all.methods.aidebug).toMatchObject({ n: 2, ac1: 0.5, ac3: 1 });
  expect(all.methods.baro).toMatchObject({ n: 2, ac5: 0, mrr: 0 });
  expect(Object.keys(all.groups.intensity)).toEqual(['subtle', 'obvious']);
  expect(all.groups.system.s?.aidebug?.n).toBe(2);
  expect(all.answers).toMatchObject({ healthyQuiet: 1, citedOnPath: 6 / 12, secondsPerCase: 2 });
  expect(all.calibration?.brier).toBeCloseTo((0.1 ** 2 + 0.6 ** 2 + 0.2 ** 2) / 3);
});

test('healthy cases do not dilute accuracy, and methods without cases have no figure to show', () => {
  const all = evaluationOf(
    [{ label: label({ causes: [], healthy: true }) }],
    [outcome(null)],
    ['aidebug'],
  );
  expect(all.methods.aidebug).toMatchObject({ n: 0, ac1: 0 });
  expect(all.groups).toEqual({ system: {}, layer: {}, faultClass: {}, intensity: {} });
});

describe('aidebug evaluate', () => {
  const samples = 'sample-traces';
  const twoCases = (): string => {
    const folder = temporaryFolder();
    for (const name of ['slow-rank', 'service-unreachable']) {
      cpSync(join(samples, name), join(folder, name), { recursive: true });
    }
    return folder;
  };
  const withoutSeconds = ({ rows, answers, ...rest }: Evaluation) => ({
    ...rest,
    answers: { ...answers, secondsPerCase: 0 },
    rows: rows.map((row) => ({ ...row, seconds: 0 })),
  });

  test('gives the same figures with one worker and with two', async () => {
    const cwd = twoCases();
    const run = async (workers: string) => {
      const flags = ['--method', 'all', '--workers', workers, '--format', 'json', '-q'];
      const done = await aidebug(['evaluate', '.', ...flags], { cwd });
      expect(done).toMatchObject({ status: 0, stderr: '' });
      return published<Evaluation>(done).data;
    };
    const [one, two] = [await run('1'), await run('2')];
    expect(withoutSeconds(one)).toEqual(withoutSeconds(two));
    expect(Object.keys(one.methods)).toEqual(methodNames);
    expect(one.rows.map((row) => row.case)).toEqual(['service-unreachable', 'slow-rank']);
    expect(one.rows.every(({ rank, seconds }) => rank !== null && seconds > 0)).toBe(true);
  });

  test('without what tells, and without labels', async () => {
    const cwd = twoCases();
    const blind = ['traces', 'logs', 'metrics'];
    const done = await aidebug(
      ['evaluate', '.', '--no-label', '--format', 'json', '--without', ...blind],
      { cwd },
    );
    const { data } = published<Evaluation>(done);
    expect(data.methods.aidebug).toMatchObject({ n: 2, ac1: 0 });
    expect(data.rows.map(({ verdict }) => verdict)).toEqual(['no-clear-cause', 'no-clear-cause']);
    expect(done.stderr).toContain('2 of 2 cases');
  });

  test('as a table, as Markdown and as rows', async () => {
    const cwd = twoCases();
    rmSync(join(cwd, 'slow-rank'), { recursive: true });
    const shown = async (format: string) => {
      const done = await aidebug(['evaluate', '.', '-q', '--format', format], { cwd });
      expect(done.status).toBe(0);
      return done.stdout;
    };
    expect(await shown('table')).toContain('accuracy, with 95 % intervals');
    expect(await shown('md')).toContain('| aidebug | 1 |');
    expect((await shown('csv')).split('\r\n')[0]).toBe(
      'case,rank,verdict,service,layer,faultClass,confidence,seconds',
    );
  });

  test('says what is wrong', async () => {
    const cwd = temporaryFolder();
    mkdirSync(join(cwd, 'bad'));
    written(join(cwd, 'bad'), 'label.json', '{"root_cause_service":5}');
    const refused = async (...args: string[]) => {
      const { status, stderr } = await aidebug(['evaluate', ...args], { cwd });
      return [status, stderr];
    };
    expect(await refused('nowhere')).toEqual([4, expect.stringContaining('nowhere')]);
    expect(await refused('bad')).toEqual([4, expect.stringContaining('label.json')]);
    expect(await refused('bad', '--method', 'luck')).toEqual([2, expect.stringContaining('luck')]);
    expect(await refused('bad', '--workers', '0')).toEqual([2, expect.stringContaining('workers')]);
    const sample = join(process.cwd(), samples, 'slow-rank');
    expect(existsSync(sample)).toBe(true);
    expect(await refused(sample, '--without', 'hope')).toEqual([
      2,
      expect.stringContaining('detectors are'),
    ]);
  });
});
