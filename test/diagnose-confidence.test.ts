/** From scores to confidence: the table of simulated cases, and the caps of what was compared. */
import { expect, test } from 'vitest';
import { calibration } from '../src/diagnose/calibration.ts';
import { judged } from '../src/diagnose/confidence.ts';
import type { DefectCount, Regime } from '../src/model.ts';
import { type DrawnCase, earlier, featuresOf, later } from './case.ts';

const picture = `
  web/GET    [=====]
`;
const features = featuresOf({ baseline: earlier(picture, 10), incident: later(picture, 10) });
const judgedIn = (score: number, regime: Regime, oddness = 1) =>
  judged(score, { ...features, plan: { ...features.plan, regime } }, { oddness });
const sure = (score: number, regime: Regime = 'declared'): number =>
  judgedIn(score, regime).confidence;

const scores = Array.from({ length: 201 }, (_, at) => at / 200);

test('the table rises, and holds shares', () => {
  expect(calibration.length).toBeGreaterThan(3);
  for (const [at, [score, right]] of calibration.entries()) {
    const [before, rightBefore] = calibration[at - 1] ?? [0, 0];
    expect(score).toBeGreaterThan(before);
    expect(right).toBeGreaterThanOrEqual(rightBefore);
    expect(right).toBeLessThan(1);
  }
});

test('confidence never falls as the score rises, nor leaves 0 to 1', () => {
  for (const [at, score] of scores.entries()) {
    expect(sure(score)).toBeGreaterThanOrEqual(sure(scores[at - 1] ?? 0));
    expect(sure(score)).toBeLessThan(1);
  }
});

test('the band is that of the score, whatever the table says', () => {
  const expected = (score: number) => {
    if (score >= 2 / 3) return 'likely';
    return score >= 0.35 ? 'possible' : 'weak';
  };
  for (const score of scores) {
    expect(judgedIn(score, 'declared').band, String(score)).toBe(expected(score));
  }
});

test('within one case a stronger band is never less sure', () => {
  for (const regime of ['declared', 'healthy-traces', 'absolute'] as const) {
    const answers = scores.map((score) => judgedIn(score, regime));
    const of = (band: string) =>
      answers.filter((answer) => answer.band === band).map(({ confidence }) => confidence);
    expect(Math.max(...of('weak'))).toBeLessThanOrEqual(Math.min(...of('possible')));
    expect(Math.max(...of('possible'))).toBeLessThanOrEqual(Math.min(1, ...of('likely')));
  }
});

test('a possible cause is as sure as the table says, and never less than its score', () => {
  for (const [score, right] of calibration.filter(([one]) => one >= 0.35 && one < 2 / 3)) {
    expect(sure(score)).toBeCloseTo(Math.max(score, right), 12);
  }
});

test('how sure it is that the service is odd caps band and confidence', () => {
  expect(judgedIn(0.9, 'declared', 0.5)).toEqual({ band: 'possible', confidence: 0.5 });
  expect(judgedIn(0.9, 'declared', 0.1)).toEqual({ band: 'weak', confidence: 0.1 });
});

test('the table is of first causes: of later ones the score is the confidence', () => {
  for (const score of scores.filter((one) => one < 0.99)) {
    expect(judged(score, features, { isFirst: false }).confidence).toBe(score);
  }
});

test('a score that names no cause is the confidence', () => {
  for (const score of scores.filter((one) => one < 0.35)) expect(sure(score)).toBe(score);
});

test('a score of the table has the share of the table', () => {
  for (const [score, right] of calibration.filter(([one]) => one > 0.7)) {
    expect(sure(score)).toBeCloseTo(Math.min(right, 0.99), 12);
  }
});

test('a score beyond the last of the table is as sure as that one, and no surer', () => {
  // The line goes on level: nothing simulated scored higher, so nothing is known to be surer.
  const [last, share] = calibration.at(-1) ?? [0, 0];
  expect(last).toBeGreaterThan(2 / 3);
  const beyond = [last + (1 - last) / 1000, (last + 1) / 2, 1];
  for (const score of beyond) expect(sure(score)).toBeCloseTo(Math.min(share, 0.99), 12);
  for (const score of beyond) expect(sure(score, 'peers')).toBe(Math.min(share, 0.9));
});

test('what was compared caps it', () => {
  expect(sure(1, 'change-point')).toBeLessThanOrEqual(0.95);
  expect(sure(1, 'peers')).toBe(0.9);
  expect(sure(1, 'absolute')).toBe(0.8);
});

test('broken records and traces without their top cap it by half of their share', () => {
  const broken = (code: DefectCount['code'], count: number): number =>
    judged(1, { ...features, records: 100, defects: [{ code, count, examples: [] }] }).confidence;
  expect(broken('bad-record', 40)).toBeCloseTo(0.8, 12);
  expect(broken('bad-time', 1000)).toBe(0.5);
  expect(broken('window-overlap', 60)).toBe(sure(1));
  // The tops of all traces are missing; of half of them.
  const headless = earlier('~web/GET  [===]', 10);
  const whole = later(picture, 10);
  const capOf = (drawing: DrawnCase): number => judged(1, featuresOf(drawing)).confidence;
  expect(capOf({ baseline: headless, incident: later('~web/GET  [===]', 10) })).toBe(0.5);
  expect(capOf({ baseline: headless, incident: whole })).toBe(0.75);
});
