/** A shift in the mix of requests is no fault: each kind does what it always did. */
import { expect, test } from 'vitest';
import { diagnosisOf, earlier, later, namesOf, noisy } from './case.ts';

const quick = `
  web/A      [==========]
    web>db      [====]
      db/query   [==]
`;
const heavy = `
  web/B      [===========================]
    web>db      [=====================]
      db/query   [===================]
`;

test('more of what always took long', () => {
  const { verdict } = diagnosisOf({
    baseline: [
      ...earlier(quick, 450, { vary: noisy(1) }),
      ...earlier(heavy, 50, { vary: noisy(2) }),
    ],
    incident: [...later(quick, 50, { vary: noisy(3) }), ...later(heavy, 450, { vary: noisy(4) })],
  });
  expect(verdict).toBe('no-clear-cause');
});

test('and what really takes longer is found beside it', () => {
  const slower = `
    web/A      [==================]
      web>db      [============]
        db/query   [==========]
  `;
  const found = diagnosisOf({
    baseline: [
      ...earlier(quick, 450, { vary: noisy(1) }),
      ...earlier(heavy, 50, { vary: noisy(2) }),
    ],
    incident: [...later(slower, 50, { vary: noisy(3) }), ...later(heavy, 450, { vary: noisy(4) })],
  });
  expect(namesOf(found)[0]).toMatch(/^db slow-operation/);
});

const pays = `
  web/B      [==========]
    pay/take    [====]
`;
const fails = `
  web/B      [==========!]
    pay/take    [====!]
`;
const set = { 'pay/take': { statusMessage: 'card refused' } };

test('more of what always failed now and then', () => {
  const { verdict } = diagnosisOf({
    baseline: [...earlier(quick, 450), ...earlier(pays, 40), ...earlier(fails, 10, { set })],
    incident: [...later(quick, 50), ...later(pays, 360), ...later(fails, 90, { set })],
  });
  expect(verdict).toBe('no-clear-cause');
});

test('what fails more often than it did is found beside it', () => {
  const found = diagnosisOf({
    baseline: [...earlier(quick, 450), ...earlier(pays, 40), ...earlier(fails, 10, { set })],
    incident: [...later(quick, 50), ...later(pays, 180), ...later(fails, 270, { set })],
  });
  expect(namesOf(found)[0]).toMatch(/^pay code-exception/);
});
