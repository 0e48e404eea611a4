/** Isotonic regression, worked out by hand. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isotonicFit } from '../src/evaluate/isotonic.ts';

const answers = (...pairs: readonly (readonly [score: number, right: 0 | 1])[]) =>
  pairs.map(([score, right]) => ({ score, right: right === 1 }));

test('neighbours that fall are pooled until the shares rise', () => {
  // 0 1 0 1 1: the second and third fall, and become a half of two.
  expect(isotonicFit(answers([0.1, 0], [0.2, 1], [0.3, 0], [0.6, 1], [0.8, 1]))).toEqual([
    { score: 0.1, right: 0, n: 1 },
    { score: 0.25, right: 0.5, n: 2 },
    { score: expect.closeTo(0.7, 12), right: 1, n: 2 },
  ]);
});

test('what falls all the way is one block', () => {
  expect(isotonicFit(answers([0.2, 1], [0.4, 1], [0.6, 0], [0.8, 0]))).toEqual([
    { score: 0.5, right: 0.5, n: 4 },
  ]);
  expect(isotonicFit([])).toEqual([]);
});

test('equal scores are one block, in whatever order they come', () => {
  const block = [{ score: 0.5, right: 0.5, n: 2 }];
  expect(isotonicFit(answers([0.5, 0], [0.5, 1]))).toEqual(block);
  expect(isotonicFit(answers([0.5, 1], [0.5, 0]))).toEqual(block);
});

test('shares rise with the scores, and their mean is that of the answers', () => {
  const one = fc.record({ score: fc.double({ min: 0, max: 1, noNaN: true }), right: fc.boolean() });
  fc.assert(
    fc.property(fc.array(one, { minLength: 1 }), (drawn) => {
      const blocks = isotonicFit(drawn);
      for (const [at, { score, right }] of blocks.entries()) {
        const before = blocks[at - 1];
        expect(before === undefined || (before.right < right && before.score <= score)).toBe(true);
      }
      const all = blocks.reduce((sum, { n }) => sum + n, 0);
      const rightOnes = blocks.reduce((sum, { n, right }) => sum + n * right, 0);
      expect(all).toBe(drawn.length);
      expect(rightOnes).toBeCloseTo(drawn.filter(({ right }) => right).length, 6);
    }),
  );
});
