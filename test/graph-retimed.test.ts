/** Traces played again with some spans quicker, worked out by hand. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { linkTrace, retimed } from '../src/graph/index.ts';
import { anySpans, column, draw } from './draw.ts';

/** Columns that the root takes when so much is left of the own time of the spans that are named. */
function takes(picture: string, left: Readonly<Record<string, number>>): number {
  const tree = linkTrace(draw(picture));
  const shares = Float64Array.from(tree.spans, ({ name }) => left[name] ?? 1);
  return retimed(tree, shares) / column;
}

describe('a trace played again', () => {
  const serial = `
    web     [==========]
      auth   [==]
      cart        [==]
  `;

  test('as it was takes as long as it did', () => {
    expect(takes(serial, {})).toBe(11);
  });

  test('moves what came after a call', () => {
    // auth 3 → 0; web's own 1 + 2 + 2 stay, cart's 3 stay.
    expect(takes(serial, { auth: 0 })).toBe(8);
  });

  test('shortens what a span does itself, between its calls as well', () => {
    // web's own 5 → 2.5, auth 3 and cart 3 stay.
    expect(takes(serial, { web: 0.5 })).toBe(8.5);
  });

  const parallel = `
    web     [==========]
      auth   [=======]
      cart   [===]
  `;

  test('waits for the call that takes longest then', () => {
    // auth 8 → 2, cart takes 4: 1 + 4 + 2.
    expect(takes(parallel, { auth: 0.25 })).toBe(7);
    expect(takes(parallel, { cart: 0 })).toBe(11);
  });

  test('shortens a call by what is below it', () => {
    expect(
      takes(
        `
        web      [==========]
          cart    [======]
            db      [==]
        `,
        { db: 0 },
      ),
    ).toBe(8);
  });

  test('clips a child that overruns its parent', () => {
    const overrun = `
      web      [======]
        mail      [========]
    `;
    // 4 of mail's 9 are within web; half of them and all of them.
    expect(takes(overrun, { mail: 0.5 })).toBe(5);
    expect(takes(overrun, { mail: 0 })).toBe(3);
  });

  test('takes children of no length, one after another and at once', () => {
    expect(
      takes(
        `
        web      [======]
          a        |
          b        |
          c           |
        `,
        {},
      ),
    ).toBe(7);
  });

  test('hangs what lies below an untimed span on the one above it', () => {
    expect(
      takes(
        `
        web      [==========]
          cart    [======?]
            db      [==]
        `,
        { db: 0 },
      ),
    ).toBe(8);
  });

  test('without a timed root takes no time', () => {
    expect(takes('web [==?]', {})).toBe(0);
    expect(retimed(linkTrace([]), new Float64Array())).toBe(0);
  });
});

test('any trace as it was takes what its root took, and less of own time never takes longer', () => {
  fc.assert(
    fc.property(anySpans, fc.double({ min: 0, max: 1, noNaN: true }), (spans, share) => {
      const tree = linkTrace(spans);
      const root = tree.spans[tree.roots.find((index) => tree.spans[index]?.timed) ?? -1];
      const was = root ? root.end - root.start : 0;
      const all = new Float64Array(spans.length);
      expect(retimed(tree, all.fill(1))).toBeCloseTo(was, 3);
      expect(retimed(tree, all.fill(share))).toBeLessThanOrEqual(was + 1e-3);
    }),
  );
});
