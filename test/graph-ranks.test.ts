/** The critical path of training runs: ranks wait for each other where they meet. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { criticalPath, linkTrace, waitsForPeers } from '../src/graph/index.ts';
import type { Span } from '../src/model.ts';
import { anySpans, column, draw } from './draw.ts';

/** An instance is a rank. */
const ranked = (picture: string): Span[] =>
  draw(picture).map((span) => ({
    ...span,
    attributes: span.instance === null ? {} : { rank: span.instance },
  }));

const shown = (span: Span | undefined): string => `${span?.name} ${span?.instance ?? ''}`.trim();

function path(picture: string): readonly string[] {
  const tree = linkTrace(ranked(picture));
  return criticalPath(tree).map(
    ({ span, from, to }) => `${shown(tree.spans[span])}: ${from / column}-${to / column}`,
  );
}

function waits(picture: string): readonly string[] {
  const tree = linkTrace(ranked(picture));
  return [...waitsForPeers(tree)].map(
    ([index, { ns, rank }]) => `${shown(tree.spans[index])} ${ns / column} for ${rank}`,
  );
}

describe('ranks that meet in a collective', () => {
  const slow = `
    job/step              [======================]
      job@0/forward       [==]
      job@1/forward       [====]
      job@2/forward       [==]
      job@0/backward         [===]
      job@1/backward           [==========]
      job@2/backward         [===]
      job@0/all_reduce           [===========]
      job@1/all_reduce                    [==]
      job@2/all_reduce           [===========]
      job@0/update                           [==]
      job@1/update                           [===]
      job@2/update                           [==]
  `;

  test('the path follows the one that came last', () => {
    expect(path(slow)).toEqual([
      'forward 1: 0-5',
      'backward 1: 5-16',
      'all_reduce 1: 16-19',
      'update 1: 19-23',
    ]);
  });

  test('the others wait for it', () => {
    expect(waits(slow)).toEqual(['all_reduce 0 9 for 1', 'all_reduce 2 9 for 1']);
  });

  test('also where each rank has a span of its own', () => {
    expect(
      path(`
        job/run              [==================]
          job@0/rank         [=================]
            job@0/backward    [==]
            job@0/all_reduce     [==========]
            job@0/update                     [==]
          job@1/rank         [===============]
            job@1/backward    [=========]
            job@1/all_reduce            [===]
      `),
    ).toEqual([
      'rank 1: 0-1',
      'backward 1: 1-11',
      'all_reduce 1: 11-15',
      'rank 0: 15-16',
      'update 0: 16-18',
      'run: 18-19',
    ]);
  });

  test('a second collective is another meeting', () => {
    expect(
      path(`
        job/step             [====================]
          job@0/forward      [=====]
          job@0/all_gather         [==]
          job@0/backward              [==]
          job@0/all_reduce               [======]
          job@1/forward      [==]
          job@1/all_gather      [=====]
          job@1/backward              [======]
          job@1/all_reduce                   [==]
      `),
    ).toEqual([
      'forward 0: 0-6',
      'all_gather 0: 6-9',
      'backward 1: 9-16',
      'all_reduce 1: 16-19',
      'step: 19-21',
    ]);
  });

  test('what goes on after the last has left is work', () => {
    expect(
      path(`
        job/step             [==============]
          job@0/backward     [==]
          job@0/all_reduce      [===========]
          job@1/backward     [=====]
          job@1/all_reduce         [==]
      `),
    ).toEqual(['backward 1: 0-6', 'all_reduce 1: 6-9', 'all_reduce 0: 9-15']);
  });

  test('one after the other is no meeting', () => {
    const serial = `
      job/step             [==============]
        job@0/all_reduce   [=====]
        job@1/all_reduce         [========]
    `;
    expect(waits(serial)).toEqual([]);
    expect(path(serial)).toEqual(['all_reduce 0: 0-6', 'all_reduce 1: 6-15']);
  });

  test('a call of that name without ranks waits for nobody', () => {
    expect(
      waitsForPeers(
        linkTrace(
          draw(`
      web/post             [==============]
        web/broadcast      [======]
        web/broadcast         [=====]
    `),
        ),
      ).size,
    ).toBe(0);
  });

  test('the path covers the root exactly, whatever meets', () => {
    fc.assert(
      fc.property(
        anySpans,
        fc.array(fc.nat(3), { minLength: 30, maxLength: 30 }),
        (spans, ranks) => {
          const tree = linkTrace(
            spans.map((span, at) => ({
              ...span,
              name: ranks[at] === 0 ? 'work' : 'all_reduce',
              attributes: { rank: String(ranks[(at * 7) % 30]) },
            })),
          );
          const segments = criticalPath(tree);
          for (const [at, { span, from, to }] of segments.entries()) {
            expect(to).toBeGreaterThan(from);
            expect(from).toBe(segments[at - 1]?.to ?? from);
            expect(tree.spans[span]?.start).toBeLessThanOrEqual(from);
            expect(tree.spans[span]?.end).toBeGreaterThanOrEqual(to);
          }
          const root = tree.roots.map((index) => tree.spans[index]).find((one) => one?.timed);
          if (!root || root.end === root.start) return;
          expect([segments[0]?.from, segments.at(-1)?.to]).toEqual([root.start, root.end]);
        },
      ),
    );
  });
});
