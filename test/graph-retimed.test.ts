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

describe('ranks that meet in a collective', () => {
  /** An instance is a rank; `left` by name and rank. */
  function takesRanked(picture: string, left: Readonly<Record<string, number>>): number {
    const spans = draw(picture).map((span) => ({
      ...span,
      attributes: span.instance === null ? {} : { rank: span.instance },
    }));
    const tree = linkTrace(spans);
    const shares = Float64Array.from(
      tree.spans,
      ({ name, instance }) => left[`${name} ${instance}`] ?? left[name] ?? 1,
    );
    return retimed(tree, shares) / column;
  }

  const flat = `
    job/step              [====================]
      job@0/backward      [===]
      job@1/backward      [===========]
      job@0/all_reduce        [==========]
      job@1/all_reduce                [==]
      job@0/update                        [==]
      job@1/update                        [===]
  `;

  test('as it was takes as long as it did', () => {
    expect(takesRanked(flat, {})).toBe(21);
  });

  test('wait less for one that comes earlier', () => {
    // backward 12 → 6 on rank 1: all that follows is six earlier.
    expect(takesRanked(flat, { 'backward 1': 0.5 })).toBe(15);
    // → 3, and then it is rank 0, with 4, that comes last.
    expect(takesRanked(flat, { 'backward 1': 0.25 })).toBe(13);
  });

  test('and as long as before for the one that is not quicker', () => {
    expect(takesRanked(flat, { 'backward 0': 0 })).toBe(21);
  });

  test('also where each rank is a span with its phases below', () => {
    const nested = `
      job/step              [===================]
        job@0/train         [================]
          job@0/backward    [===]
          job@0/all_reduce      [==========]
        job@1/train         [================]
          job@1/backward    [===========]
          job@1/all_reduce              [==]
    `;
    expect(takesRanked(nested, {})).toBe(20);
    expect(takesRanked(nested, { 'backward 1': 0.5 })).toBe(14);
  });
});

/** Spans of several ranks, some of them of collectives. */
const anyRanked = anySpans.map((spans) =>
  spans.map((span, at) => ({
    ...span,
    ...(at % 3 === 0 ? { service: 'job', name: 'all_reduce' } : {}),
    attributes: { rank: at % 4 },
  })),
);

test.each([
  ['any trace', anySpans],
  ['any job of ranks', anyRanked],
])('%s as it was takes what its root took, and less of own time never takes longer', (_, any) => {
  fc.assert(
    fc.property(any, fc.double({ min: 0, max: 1, noNaN: true }), (spans, share) => {
      const tree = linkTrace(spans);
      const root = tree.spans[tree.roots.find((index) => tree.spans[index]?.timed) ?? -1];
      const was = root ? root.end - root.start : 0;
      const all = new Float64Array(spans.length);
      expect(retimed(tree, all.fill(1))).toBeCloseTo(was, 3);
      expect(retimed(tree, all.fill(share))).toBeLessThanOrEqual(was + 1e-3);
    }),
  );
});
