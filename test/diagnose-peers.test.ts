import { describe, expect, test } from 'vitest';
import { slowPeer } from '../src/diagnose/detectors/slow-peer.ts';
import type { Nanos, Span } from '../src/model.ts';
import {
  diagnosisOf,
  earlier,
  featuresOf,
  later,
  many,
  minute,
  namesOf,
  normal,
  random,
  type Trace,
} from './case.ts';

interface Work {
  /** Times a span of the peer takes as long as it should, by peer. */
  readonly factors: readonly number[];
  readonly seed?: number;
  readonly asRank?: boolean;
}

const picture = `
job/forward    [==========]
`;

/** Spans of each peer on its own, 10 ms times its factor, with a little noise. */
function work(
  of: typeof earlier,
  { factors, seed = 1, asRank = false }: Work,
  count = 40,
): Trace[] {
  const next = random(seed);
  return factors.flatMap((factor, peer) =>
    of(picture, count, {
      vary: (span: Span): Span => ({
        ...span,
        instance: `pod-${peer}`,
        resource: asRank ? { 'torch.distributed.rank': peer } : {},
        end: (span.start +
          (span.end - span.start) * factor * Math.exp(0.05 * normal(next))) as Nanos,
      }),
    }),
  );
}

const rows = (baseline: readonly Trace[], incident: readonly Trace[]) => [
  ...slowPeer.detect(featuresOf({ baseline, incident })),
];
const even = [1, 1, 1, 1];

describe('slow peer', () => {
  test('a rank that takes twice as long as the others, and did not before', () => {
    const factors = [1, 1, 2, 1];
    const [row, ...others] = rows(
      work(earlier, { factors: even, asRank: true }),
      work(later, { factors, asRank: true }),
    );
    expect(others).toEqual([]);
    expect(row).toMatchObject({ kind: 'slow-peer', entity: 'rank:2', instance: 'pod-2' });
    expect(row?.strength).toBeGreaterThan(0.95);
    expect(row?.summary).toMatch(
      /^rank 2 takes 2\d.* ms in forward, its 3 peers 1\d.* ms \((1\.9|2)\d* times/,
    );
  });

  test('a replica', () => {
    const [row] = rows(work(earlier, { factors: even }), work(later, { factors: [1, 1, 1, 2] }));
    expect(row).toMatchObject({ entity: 'instance:job/pod-3', service: 'job' });
  });

  test('is first seen in the first minute in which it was slow', () => {
    const fine = work(
      (shape, count, rest) => many(shape, { count: count ?? 0, minutes: [10, 12], ...rest }),
      { factors: even },
    );
    const slow = work(
      (shape, count, rest) => many(shape, { count: count ?? 0, minutes: [12, 15], ...rest }),
      { factors: [1, 2.5, 1, 1] },
      60,
    );
    const [row] = rows(work(earlier, { factors: even }), [...fine, ...slow]);
    expect(row?.firstSeen).toBe(12 * minute);
    expect(row?.refs).toHaveLength(3);
  });

  test('one that was as slow before is slow by nature', () => {
    const factors = [1, 1, 2, 1];
    expect(rows(work(earlier, { factors }), work(later, { factors, seed: 2 }))).toEqual([]);
  });

  test('of two, neither is odd; of four, two slow ones are not', () => {
    expect(rows(work(earlier, { factors: [1, 1] }), work(later, { factors: [1, 3] }))).toEqual([]);
    expect(rows(work(earlier, { factors: even }), work(later, { factors: [1, 3, 3, 1] }))).toEqual(
      [],
    );
  });

  test('peers differ a little, and from host to host by more', () => {
    expect(
      rows(work(earlier, { factors: even }), work(later, { factors: [1, 1.15, 1, 1] })),
    ).toEqual([]);
    // However many spans there are: it is no further from the rest than they are from one another.
    const spread = [0.7, 0.85, 1, 1.2, 1.4];
    expect(
      rows([], work(later, { factors: spread }, 400)).filter(({ strength }) => strength > 0.5),
    ).toEqual([]);
  });

  test('too few spans to tell', () => {
    expect(
      rows(work(earlier, { factors: even }), work(later, { factors: [1, 3, 1, 1] }, 5)),
    ).toEqual([]);
  });

  test('one dump without labels: the peers are the baseline, and confidence is capped', () => {
    const spans = (factors: readonly number[]) =>
      work((shape, count, rest) => many(shape, { count: count ?? 0, minutes: [0, 15], ...rest }), {
        factors,
        asRank: true,
      });
    // Each rank's spans are traces of their own here: the slow ones are a quarter of all.
    const [row] = [
      ...slowPeer.detect(featuresOf({ unlabelled: spans([1, 1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1]) })),
    ];
    expect(row?.entity).toBe('rank:2');
    const healthy = diagnosisOf({ unlabelled: spans([1, 1, 1, 1, 1, 1, 1, 1]) });
    expect(healthy).toMatchObject({ regime: 'peers', verdict: 'no-clear-cause' });
    const odd = diagnosisOf({ unlabelled: spans([1, 1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1]) });
    expect(namesOf(odd)[0]).toBe('job slow-rank likely');
    expect(odd.causes[0]?.confidence).toBeLessThanOrEqual(0.9);
  });

  test('one dump without labels and without peers: nothing is compared with anything', () => {
    const alone = many('web/GET [====]', { count: 40, minutes: [0, 15] });
    expect(diagnosisOf({ unlabelled: alone })).toMatchObject({
      regime: 'absolute',
      verdict: 'no-clear-cause',
    });
  });
});
