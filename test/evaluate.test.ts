/** Measures by hand-worked cases, methods by drawings, and `aidebug evaluate` as a process. */
import { cpSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AnswerFacts, answersOf } from '../src/evaluate/answers.ts';
import { calibrationOf } from '../src/evaluate/calibration.ts';
import type { CaseOutcome } from '../src/evaluate/case.ts';
import { evaluationOf, methodNames } from '../src/evaluate/index.ts';
import { bootstrap } from '../src/evaluate/interval.ts';
import { labelledCases, labelOf } from '../src/evaluate/label.ts';
import { accuracyOf, pathF1, rankOf } from '../src/evaluate/measures.ts';
import { type Method, methods } from '../src/evaluate/methods/index.ts';
import type {
  CaseLabel,
  CaseRow,
  Evaluation,
  Features,
  LabelledFault,
  Nanos,
  SampledTrace,
} from '../src/model.ts';
import { evaluationReports, plain } from '../src/report/index.ts';
import type { RowsView } from '../src/report/rows.ts';
import { type DrawnCase, earlier, featuresOf, gauge, type Level, later } from './case.ts';
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

test('accuracy of no case is not known', () => {
  expect(accuracyOf([])).toEqual({ ac1: null, ac3: null, ac5: null, avg5: null, mrr: null });
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
  const [low, high] = bootstrap(ranks, share).share ?? [0, 0];
  // 0.4 ± 1.96 × 0.049.
  expect(low).toBeGreaterThan(0.28);
  expect(low).toBeLessThan(0.34);
  expect(high).toBeGreaterThan(0.46);
  expect(high).toBeLessThan(0.52);
  expect(bootstrap(ranks, share)).toEqual(bootstrap(ranks, share));
});

test('an interval rests on the items that can tell, and is null where none can', () => {
  const half = (drawn: readonly (number | null)[]) => {
    const known = drawn.filter((value) => value !== null);
    return { mean: known.length === 0 ? null : known.reduce((a, b) => a + b, 0) / known.length };
  };
  expect(bootstrap([null, 0.5, null, null], half).mean).toEqual([0.5, 0.5]);
  expect(bootstrap([null, null], half).mean).toBeNull();
  expect(bootstrap([], half).mean).toBeNull();
  expect(bootstrap([0.5], half).mean).toBeNull();
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
      faults: [{ service: 'cart', faultClass: 'cpu-saturation', layer: 'infrastructure' }],
      system: 's',
    });
  });

  test('of two faults says what each is', () => {
    const faults = [
      { fault_class: 'stale-data', layer: 'data', entity: 'dataset:x' },
      { fault_class: 'cpu-saturation', layer: 'infrastructure', entity: 'service:b' },
    ];
    const two = read({ root_cause_service: 'a', root_causes: ['a', 'b'], faults });
    expect(two.faults).toEqual([
      { service: 'a', faultClass: 'stale-data', layer: 'data' },
      { service: 'b', faultClass: 'cpu-saturation', layer: 'infrastructure' },
    ]);
  });

  test('of two faults, and of none', () => {
    expect(read({ root_cause_service: 'a', root_causes: ['a', 'b'] }).causes).toEqual(['a', 'b']);
    expect(read({ healthy: true })).toMatchObject({ causes: [], faults: [], healthy: true });
  });

  test('that says nothing is refused, with its path', () => {
    expect(() => read({})).toThrow('label.json');
    expect(() => labelOf('label.json', Buffer.from('{'))).toThrow('not JSON');
  });
});

const usage = (level: Omit<Level, 'name'>) => gauge({ name: 'system.cpu.utilization', ...level });

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
        usage({ service: 'cart', before: [1, 1.1, 0.9, 1], during: [8, 9] }),
        usage({ service: 'web', before: [1, 2, 3, 4], during: [5, 6] }),
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

  describe('baro', () => {
    const scoresOf = (drawing: DrawnCase) =>
      (methods.find(({ name }) => name === 'baro') as Method).score(featuresOf(drawing));
    const steady = [1, 1.1, 0.9, 1];

    test('takes the furthest point, not the mean of a minute', () => {
      const spiky = usage({ service: 'cart', before: steady, during: [0.3, 0.4] });
      const high = spiky.points.slice(-2).map(({ time, ...point }) => ({
        ...{ ...point, time: (time + 1e9) as Nanos, value: 2 },
      }));
      const raised = usage({ service: 'web', before: steady, during: [1.4, 1.5] });
      const scores = scoresOf({
        series: [{ ...spiky, points: [...spiky.points, ...high] }, raised],
      });
      // The middle half of the points before lies from 0.975 to 1.025.
      expect(scores).toEqual([
        { service: 'cart', score: expect.closeTo(1 / 0.05) },
        { service: 'web', score: expect.closeTo(0.5 / 0.05) },
      ]);
    });

    test('counts a fall, and leaves out what is constant on a side', () => {
      const scores = scoresOf({
        series: [
          usage({ service: 'cart', before: steady, during: [0.1, 0.2] }),
          usage({ service: 'web', before: [1, 1, 1], during: [5, 6] }),
          usage({ service: 'db', before: steady, during: [5, 5] }),
        ],
      });
      expect(scores).toEqual([{ service: 'cart', score: expect.closeTo(0.9 / 0.05) }]);
    });

    test('leaves out what an agent reports of a host, not a service without spans', () => {
      const named = { 'web/order': { resource: { 'host.name': 'h1' } } };
      const level = { before: steady, during: [8, 9] };
      const scores = scoresOf({
        baseline: earlier('web/order [==]', 5, { set: named }),
        incident: later('web/order [==]', 5, { set: named }),
        series: [
          usage({ service: 'agent', instance: 'h1', ...level }),
          usage({ service: 'queue', instance: 'q-0', ...level }),
        ],
      });
      expect(scores.map(({ service }) => service)).toEqual(['queue']);
    });
  });

  describe('microrank', () => {
    const scoresOf = (features: Features) =>
      (methods.find(({ name }) => name === 'microrank') as Method).score(features);
    const failed = `
      web/order  [=====!]
        cart/add   [==!]`;

    test('weighs two traces as worked out by hand', () => {
      const features = featuresOf({
        baseline: earlier('web/order [====]', 1),
        incident: later(failed, 1),
      });
      // Of the bad trace: a = 0.5 ÷ (0.5 + 0.01 a) of web where cart has 1; mean of both 0.99038.
      expect(scoresOf(features)).toEqual([
        { service: 'web', score: expect.closeTo((0.98076 * 0.99038) ** 2, 4) },
        { service: 'cart', score: expect.closeTo(0.99038 ** 2 / 1e-7, -3) },
      ]);
    });

    test('a sampled trace counts as all that it stands for', () => {
      const { sample, ...features } = featuresOf({
        baseline: [...earlier('web/order [====]', 2), ...earlier(failed.replaceAll('!', '='), 3)],
        incident: [...later(failed, 3), ...later('web/order [====!]', 1)],
      });
      const alike = (trace: SampledTrace): string =>
        JSON.stringify([trace.cohort, trace.tree.spans.length]);
      const few = [...new Map(sample.map((trace) => [alike(trace), trace])).values()].map(
        (trace) => ({
          ...trace,
          stands: sample.filter((other) => alike(other) === alike(trace)).length,
        }),
      );
      expect([sample.length, few.length]).toEqual([9, 4]);
      for (const [at, { score }] of scoresOf({ ...features, sample: few }).entries()) {
        expect(score).toBeCloseTo(scoresOf({ ...features, sample })[at]?.score ?? 0, 6);
      }
    });
  });

  test('ochiai of three services is as worked out by hand', () => {
    const failed = `
      web/order  [=====!]
        cart/add   [==!]`;
    const home = `
      web/home   [=====]
        auth/check [==]`;
    const { score } = methods.find(({ name }) => name === 'ochiai') as Method;
    const scores = score(
      featuresOf({
        baseline: [...earlier(failed.replaceAll('!', '='), 2), ...earlier(home, 3)],
        incident: [...later(failed, 4), ...later('web/order [====!]', 1)],
      }),
    );
    // Bad traces with it ÷ √(all bad traces × all traces with it); 5 traces are bad.
    //   web   in 5 bad and 5 good: 5 ÷ √(5 × 10) = 1 ÷ √2
    //   cart  in 4 bad and 2 good: 4 ÷ √(5 × 6)  = 4 ÷ √30
    //   auth  in 3 good alone:     0
    expect(Object.fromEntries(scores.map((one) => [one.service, one.score]))).toEqual({
      web: expect.closeTo(5 / Math.sqrt(5 * 10), 12),
      cart: expect.closeTo(4 / Math.sqrt(5 * 6), 12),
      auth: 0,
    });
  });

  test('none has an answer to nothing', () => {
    for (const { score } of methods) {
      const scores = score(featuresOf({ baseline: earlier(aside), incident: later(aside) }));
      expect(scores.filter((one) => one.score > 0 && one.service !== 'web')).toEqual([]);
    }
  });
});

describe('cases in folders', () => {
  const folderOf = (...names: readonly string[]): string => {
    const folder = temporaryFolder();
    for (const name of names) {
      mkdirSync(join(folder, name), { recursive: true });
      written(join(folder, name), 'label.json', '{"root_cause_service":"a"}');
    }
    return folder;
  };
  const namesIn = async (...folders: readonly string[]) =>
    (await labelledCases(folders)).map(({ name }) => name);

  test('are found behind links, also behind one that leads back', async () => {
    const folder = folderOf('one');
    symlinkSync(folderOf('two'), join(folder, 'linked'));
    symlinkSync(folder, join(folder, 'around'));
    symlinkSync(join(folder, 'nowhere'), join(folder, 'broken'));
    expect(await namesIn(folder)).toEqual(['two', 'one']);
  });

  test('count once, however often they are reached', async () => {
    const folder = folderOf('a/one', 'b/two');
    symlinkSync(join(folder, 'a'), join(folder, 'again'));
    expect(await namesIn(folder, join(folder, 'b'), join(folder, 'again'))).toEqual(['one', 'two']);
  });
});

const fault = (change: Partial<LabelledFault> = {}): LabelledFault => ({
  ...{ service: 'a', layer: null, faultClass: null, ...change },
});

const label = (change: Partial<CaseLabel> = {}): CaseLabel => ({
  ...{ causes: ['a'], accepted: [], faults: [fault()], path: null },
  ...{ system: null, intensity: null, healthy: false, ...change },
});
const healthy = label({ causes: [], faults: [], healthy: true });

function outcome(rank: number | null, confidence = 0.5, quiet: boolean | null = null): CaseOutcome {
  const said = { case: 'c', healthy: quiet !== null, seconds: 2 };
  return {
    rows: [
      {
        ...{ ...said, method: 'aidebug', rank, verdict: 'likely', service: 'a', layer: 'data' },
        ...{ score: null, faultClass: 'x', confidence },
      },
      {
        ...{ ...said, method: 'baro', rank: null, verdict: null, service: 'b', layer: null },
        ...{ score: null, faultClass: null, confidence: null },
      },
    ],
    answer: {
      ...{ layer: rank === 1, faultClass: null, pathF1: null, quiet, bothInThree: null },
      ...{ citedOnPath: { cited: 4, onPath: rank === 1 ? 4 : 1 }, seconds: 2 },
      sure: { confidence, right: rank === 1 },
    },
  };
}

test('figures, groups and calibration of a few cases', () => {
  const cases = [
    { label: label({ system: 's', intensity: 0.1 }) },
    { label: label({ system: 's', intensity: 0.9 }) },
    { label: { ...healthy, system: 's' } },
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

test('every figure of an answer has its cases and its interval, in all cases and in groups', () => {
  const cases = Array.from({ length: 40 }, (_, at) => ({
    label: at % 4 === 3 ? { ...healthy, system: 's' } : label({ system: 's' }),
  }));
  const outcomes = cases.map(({ label: { healthy: quiet } }, at) =>
    quiet ? outcome(null, 0.2, at % 8 === 3) : outcome(at % 2 === 0 ? 1 : 2, 0.7),
  );
  const { answers, answerGroups, calibration } = evaluationOf(cases, outcomes, ['aidebug']);
  expect(answers?.n).toMatchObject({ layer: 40, healthyQuiet: 10, brier: 40, faultClass: 0 });
  for (const key of ['layer', 'citedOnPath', 'healthyQuiet', 'brier', 'ece'] as const) {
    const [low, high] = answers?.interval[key] ?? [1, 0];
    expect(low).toBeLessThan(answers?.[key] as number);
    expect(high).toBeGreaterThan(answers?.[key] as number);
  }
  expect(answers?.interval.faultClass).toBeNull();
  const [known, ...others] = outcomes.map((one) => one.answer);
  const single = [{ ...known, faultClass: true }, ...others] as AnswerFacts[];
  expect(answersOf(single)).toMatchObject({ faultClass: 1, interval: { faultClass: null } });
  expect(answers?.interval.secondsPerCase).toEqual([2, 2]);
  expect(answers?.brier).toBe(calibration?.brier);
  expect(answerGroups?.system).toEqual({ s: answers });
});

test('a case of two faults is in the groups of both, once in each', () => {
  const faults = [
    fault({ layer: 'data', faultClass: 'stale-data' }),
    fault({ service: 'b', layer: 'data', faultClass: 'schema-change' }),
  ];
  const all = evaluationOf([{ label: label({ faults }) }], [outcome(1)], ['aidebug']);
  expect(all.groups.layer.data?.aidebug?.n).toBe(1);
  expect(Object.keys(all.groups.faultClass)).toEqual(['schema-change', 'stale-data']);
  expect(Object.keys(all.answerGroups?.faultClass ?? {})).toEqual(['schema-change', 'stale-data']);
});

test('healthy cases do not dilute accuracy, and without cases no figure is known', () => {
  const all = evaluationOf([{ label: healthy }], [outcome(null)], ['aidebug']);
  expect(all.methods.aidebug).toMatchObject({ n: 0, ac1: null, interval: { ac1: null } });
  expect(all.groups).toEqual({ system: {}, layer: {}, faultClass: {}, intensity: {} });
});

describe('an evaluation as text', () => {
  const view: RowsView = { columns: 80, fitted: true, style: plain, terminal: false };
  const textOf = (evaluation: Evaluation, format: 'table' | 'md' = 'table'): string =>
    [...(evaluationReports[format](evaluation, view) as Iterable<string>)].join('');

  test('does not list healthy cases as missed, but those in which a cause is named', () => {
    const cases = [{ label: healthy }, { label: healthy }];
    const [quiet, loud] = [outcome(null, 0.2, true), outcome(null, 0.9, false)];
    const calm = { ...quiet, rows: quiet.rows.map((row) => noCause(row)) };
    const text = textOf(evaluationOf(cases, [calm, loud], ['aidebug', 'baro']));
    expect(text).not.toContain('without the right service');
    expect(text.split('healthy cases in which')[1]?.match(/likely/g)).toHaveLength(1);
    expect(text).toMatch(/^ {2}aidebug +0( +–){5}$/m);
  });

  const noCause = (row: CaseRow): CaseRow => ({ ...row, verdict: 'no-clear-cause', service: null });

  test('shows intervals by group in 80 columns; Markdown has them in one table', () => {
    const cases = ['simulated-inference', 'simulated-joined'].flatMap((system) =>
      [0.1, 0.5, 0.9].map((intensity) => ({
        label: label({
          ...{ system, intensity },
          faults: [fault({ layer: 'data', faultClass: 'training-serving-skew' })],
        }),
      })),
    );
    const outcomes = cases.map((_, at) => outcome(at % 2 === 0 ? 1 : 4, 0.7));
    const evaluation = evaluationOf(cases, outcomes, ['aidebug', 'baro']);
    const text = textOf(evaluation);
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
    const [low, high] = evaluation.groups.faultClass['training-serving-skew']?.aidebug?.interval
      .ac1 ?? [0, 0];
    const range = `0.500 ${low.toFixed(2)}–${high.toFixed(2)}`;
    expect(text).toMatch(new RegExp(`training-serving-skew +aidebug +6 +${range}`));
    expect(text).toMatch(new RegExp(`training-serving-skew +6 +${range}`));
    const markdown = textOf(evaluation, 'md');
    expect(markdown).toContain('| fault class | n | layer | cited | Brier | ECE | seconds |');
    expect(markdown).toMatch(/^\| system \| method \| n (\| \S+ ){5}\|$/m);
  });
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
  const withoutSeconds = (evaluation: Evaluation): unknown =>
    JSON.parse(
      JSON.stringify(evaluation, (key, value) => (/^seconds/.test(key) ? 0 : (value as unknown))),
    );

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
    expect(one.rows.map((row) => [row.case, row.method])).toEqual(
      ['service-unreachable', 'slow-rank'].flatMap((name) =>
        methodNames.map((method) => [name, method]),
      ),
    );
    const ours = one.rows.filter(({ method }) => method === 'aidebug');
    expect(ours.every(({ rank, seconds }) => rank !== null && seconds > 0)).toBe(true);
    for (const { method, verdict, layer, faultClass, confidence } of one.rows) {
      const said = [verdict, layer, faultClass, confidence];
      expect(said.map((value) => value !== null)).toEqual(said.map(() => method === 'aidebug'));
    }
  });

  test('without what tells, and without labels', async () => {
    const cwd = twoCases();
    const blind = ['--without', 'traces,logs', '--without', 'metrics', '.'];
    const done = await aidebug(['evaluate', '--no-label', '--format', 'json', ...blind], { cwd });
    const { data } = published<Evaluation>(done);
    expect(data.methods.aidebug).toMatchObject({ n: 2, ac1: 0 });
    expect(data.rows.map(({ verdict }) => verdict)).toEqual(['no-clear-cause', 'no-clear-cause']);
    expect(done.stderr).toContain('2 of 2 cases');
  });

  test('as rows, of a method that says nothing but a service', async () => {
    const sample = join(process.cwd(), samples, 'service-unreachable');
    const done = await aidebug(['evaluate', '--method', 'self-time', sample, '--format', 'csv']);
    expect(done.status).toBe(0);
    const [head, row] = done.stdout.split('\r\n');
    expect(head).toBe(
      'case,method,healthy,rank,verdict,service,layer,faultClass,confidence,seconds',
    );
    expect(row).toMatch(/^service-unreachable,self-time,false,\d*,,[^,]+,,,,[\d.]+$/);
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
