import { expect, test } from 'vitest';
import { exceptionMix } from '../src/diagnose/detectors/exception-mix.ts';
import type { Span } from '../src/model.ts';
import { diagnosisOf, earlier, featuresOf, later, namesOf, type Trace } from './case.ts';

const well = `
web/POST       [=========]
  web>pay        [=====]
    pay/Charge     [==]
`;
const failing = `
web/POST       [=========!]
  web>pay        [=====!]
    pay/Charge     [==!]
`;

const exception = (type: string | null, message: string): Partial<Span> => ({
  events: [
    {
      name: 'exception',
      time: null,
      attributes: { ...(type && { 'exception.type': type }), 'exception.message': message },
    },
  ],
});
const declined = exception('CardDeclined', 'no funds');
const keyError = exception('KeyError', 'currency');

const failures = (when: typeof earlier, count: number, charge: Partial<Span>): Trace[] =>
  when(failing, count, { set: { 'pay/Charge': charge } });

const found = (baseline: readonly Trace[], incident: readonly Trace[]) => [
  ...exceptionMix.detect(featuresOf({ baseline, incident })),
];

test('as many fail as before, for another reason: at the span where it is born', () => {
  const baseline = [...earlier(well, 160), ...failures(earlier, 40, declined)];
  const incident = [
    ...later(well, 160),
    ...failures(later, 12, declined),
    ...failures(later, 28, keyError),
  ];
  const [row, ...others] = found(baseline, incident);
  expect(others).toEqual([]);
  expect(row).toMatchObject({
    kind: 'exception-mix',
    service: 'pay',
    entity: 'operation:pay/Charge',
    effect: { baseline: 0, incident: 0.7 },
    n: { baseline: 40, incident: 40 },
    summary: '“KeyError” is 70 % of 40 failures of Charge, and was 0 % of 40',
  });
  expect(row?.strength).toBeGreaterThan(0.65);
  expect(row?.traces).toHaveLength(28);
  expect(namesOf(diagnosisOf({ baseline, incident }))[0]).toMatch(/^pay code-exception/);
});

test('the same mix, few failures, or none before: nothing to tell', () => {
  const mix = (when: typeof earlier): Trace[] => [
    ...when(well),
    ...failures(when, 20, declined),
    ...failures(when, 10, keyError),
  ];
  expect(found(mix(earlier), mix(later))).toEqual([]);
  expect(found(failures(earlier, 2, declined), failures(later, 2, keyError))).toEqual([]);
  expect(found(earlier(well), failures(later, 30, keyError))).toEqual([]);
});

test('a message is told by its template: other numbers are no other exception', () => {
  const numbered = (when: typeof earlier, from: number): Trace[] =>
    when(failing, 30, {
      vary: (span, number) =>
        span.service === 'pay'
          ? { ...span, ...exception(null, `order ${from + number} was refused`) }
          : span,
    });
  expect(found(numbered(earlier, 0), numbered(later, 500))).toEqual([]);
});

test('more requests of another kind fail for their own reason: a shift in the mix is no fault', () => {
  const other = failing.replace('web/POST', 'web/GET ');
  const both = (when: typeof earlier, posts: number, gets: number): Trace[] => [
    ...when(failing, posts, { set: { 'pay/Charge': declined } }),
    ...when(other, gets, { set: { 'pay/Charge': keyError } }),
  ];
  expect(found(both(earlier, 40, 10), both(later, 10, 40))).toEqual([]);
});
