import { expect, test } from 'vitest';
import { retries } from '../src/diagnose/detectors/retries.ts';
import { diagnosisOf, earlier, featuresOf, later, ofKind, type Trace } from './case.ts';

const well = `
web/POST       [=====================]
  web>pay        [=====]
    pay/Charge     [==]
`;
const again = `
web/POST       [=====================]
  web>pay        [===!]
    pay/Charge    [=!]
  web>pay               [===!]
    pay/Charge           [=!]
  web>pay                      [====]
    pay/Charge                  [==]
`;

const found = (baseline: readonly Trace[], incident: readonly Trace[]) => [
  ...retries.detect(featuresOf({ baseline, incident })),
];

test('calls that failed and were made again: the callee is at fault, its caller reacts', () => {
  const drawing = { baseline: earlier(well), incident: [...later(well, 40), ...later(again, 60)] };
  const rows = found(drawing.baseline, drawing.incident);
  expect(rows.map(({ kind, service }) => `${kind} ${service}`)).toEqual([
    'retries pay',
    'retrying web',
  ]);
  expect(rows[0]).toMatchObject({
    effect: { baseline: 0, incident: 0.6 },
    n: { baseline: 100, incident: 100 },
    summary:
      'calls to pay failed and were made again by web in 60 % of the requests, 0 % before, 3 times on average',
  });
  expect(rows[0]?.strength).toBeCloseTo(0.6, 2);
  const [first] = diagnosisOf(drawing).causes;
  expect(first).toMatchObject({ service: 'pay', faultClass: 'code-exception' });
  expect(first?.evidence.map(({ kind }) => kind)).toContain('retries');
});

test('the time that a caller loses by asking again is not held against it', () => {
  const slow = again.replace(
    '[=====================]',
    '[=======================================]',
  );
  const drawing = { baseline: earlier(well), incident: later(slow) };
  const web = diagnosisOf(drawing).causes.find(({ service }) => service === 'web');
  expect(diagnosisOf(drawing).causes[0]?.service).toBe('pay');
  expect(web?.evidence.find(({ kind }) => kind === 'retrying')?.direction).toBe('contradicts');
});

test('as often as before, side by side, or after success: no retries', () => {
  const mix = (when: typeof earlier) => [...when(well, 40), ...when(again, 60)];
  expect(found(mix(earlier), mix(later))).toEqual([]);
  const atOnce = `
    web/POST       [=====================]
      web>pay        [=====!]
      web>pay          [=====!]
      web>pay            [=====]
  `;
  expect(found(earlier(well), later(atOnce))).toEqual([]);
  const twice = `
    web/POST       [=====================]
      web>pay        [==]
      web>pay             [==]
      web>pay                  [==]
  `;
  expect(found(earlier(well), later(twice))).toEqual([]);
});

test('a loop that calls for every item, all of which fail, is no retry', () => {
  const loop = `
    web/POST       [=====================]
      web>pay        [==]
      web>pay             [==]
      web>pay                  [==]
  `;
  const incident = later(loop.replaceAll('[==]', '[=!]'));
  expect(ofKind(found(earlier(loop), incident), 'retries')).toEqual([]);
});
