/** How many of the slow requests a service in its usual time would have made well. */
import { describe, expect, test } from 'vitest';
import { repairOf } from '../src/diagnose/repair.ts';
import { type DrawnCase, diagnosisOf, earlier, featuresOf, later, noisyRoots } from './case.ts';

const fast = `
  web/GET    [==========]
    web>db      [====]
      db/query   [==]
`;
const slowDb = `
  web/GET    [==================]
    web>db      [============]
      db/query   [==========]
`;
const slowWay = `
  web/GET    [==================]
    web>db      [============]
      db/query          [==]
`;
const slowWeb = `
  web/GET    [==================]
    web>db              [====]
      db/query           [==]
`;

const drawn = (...slow: readonly string[]): DrawnCase => ({
  baseline: earlier(fast, 60, { vary: noisyRoots(1) }),
  incident: slow.flatMap((picture, at) => later(picture, 30, { vary: noisyRoots(2 + at) })),
});

function explained(drawing: DrawnCase): Readonly<Record<string, number | null>> {
  const by = repairOf(featuresOf(drawing));
  return { web: by('web'), db: by('db') };
}

describe('slow requests are explained', () => {
  test('by whose own time grew, in that service alone', () => {
    expect(explained(drawn(slowDb))).toEqual({ web: 0, db: 30 });
    expect(explained(drawn(slowWeb))).toEqual({ web: 30, db: 0 });
  });

  test('by both ends of a slow way', () => {
    expect(explained(drawn(slowWay))).toEqual({ web: 30, db: 30 });
  });

  test('each by its own, where there are two causes', () => {
    expect(explained(drawn(slowDb, slowWeb))).toEqual({ web: 30, db: 30 });
  });

  test('by nobody where it takes two', () => {
    const both = `
      web/GET    [==========================]
        web>db              [============]
          db/query           [==========]
    `;
    expect(explained(drawn(both))).toEqual({ web: 0, db: 0 });
  });

  test('not by a call beside which another took as long', () => {
    const well = `
      web/GET    [==========]
        web>db      [====]
          db/query   [==]
        web>ads     [====]
          ads/pick   [==]
    `;
    const beside = `
      web/GET    [==================]
        web>db      [============]
          db/query   [==========]
        web>ads     [============]
          ads/pick   [==========]
    `;
    const { db } = explained({
      baseline: earlier(well, 60, { vary: noisyRoots(1) }),
      incident: later(beside, 30, { vary: noisyRoots(2) }),
    });
    expect(db).toBe(0);
  });
});

test('a cause says how many of the slow requests it explains', () => {
  const { impact, causes } = diagnosisOf(drawn(slowDb));
  expect(impact.slow).toBe(30);
  expect(causes[0]).toMatchObject({ service: 'db', explains: { failed: 0, slow: 30 } });
});
