import { expect, test } from 'vitest';
import { SharedParts } from '../src/import/shared-parts.ts';

test('a place that was forgotten keeps its digest, and its parts get another place', () => {
  const parts = new SharedParts(2);
  const made: string[] = [];
  const place = (name: string): number => parts.placeOf([name], () => made.push(name));
  expect([place('a'), place('b'), place('a')]).toEqual([0, 1, 0]);
  const digest = Buffer.from(parts.digestAt(0));
  for (let i = 2; i < 200; i += 1) expect(place(`x${i}`)).toBe(i);
  expect(Buffer.from(parts.digestAt(0))).toEqual(digest);
  expect(Buffer.from(parts.digestAt(place('a')))).toEqual(digest);
  expect(made).toHaveLength(201);
});
