/** A case is opened as it was left; what a file says of that is believed only as far as it fits. */
import { describe, expect, test } from 'vitest';
import { keepView } from '../src/session.ts';
import { visitOf } from '../src/tui/frame.ts';
import { savedIn, savedText } from '../src/tui/saved.ts';
import type { TraceState } from '../src/tui/screens/trace-state.ts';
import { openedCase, type Player, play } from './screens.ts';

const { db, session, overview } = openedCase('saved');

const size = { columns: 100, rows: 30 };
const left = (player: Player): string => savedText(player.frame());

test('where it was, how it was sorted and filtered, and the way back', async () => {
  const player = await play(session(), overview(), size);
  await player.press('5', 's', '4', '>', '>', '/', 'w', 'e', 'b', 'enter', 'j', 'j', 'enter');
  await keepView(db, left(player), null);
  const saved = savedIn(await session().viewState());
  expect(saved?.places).toHaveLength(2);
  const again = await play(session(), overview(), size, saved);
  expect(again.lines()).toEqual(player.lines());
  await again.press('escape');
  await player.press('escape');
  expect(again.lines()).toEqual(player.lines());
  await again.press('5');
  await player.press('5');
  expect(again.lines()).toEqual(player.lines());
});

test.each([
  { what: 'a filter that is looked up', keys: ['4', '/', ...'service=api', 'enter', 'j', 'j'] },
  { what: 'marks', keys: ['4', 'j', 'space', 'j', 'j', 'space', 'j'] },
  { what: 'a sorted list', keys: ['4', '>', '>', 'R', 'j', 'j'] },
  { what: 'failures', keys: ['1', '>', 'R', 'j'] },
  { what: 'causes', keys: ['2', '>', 'j'] },
  { what: 'statements', keys: ['5', '>', '>', 'R'] },
  { what: 'records under a filter', keys: ['5', 'v', '/', ...'service=api', 'enter', '>', 'j'] },
  { what: 'drift', keys: ['6', 'v', '>', 'j'] },
  { what: 'steps of a pair', keys: ['4', 'd', '.', 'j', 'j', 'j'] },
  { what: 'sides', keys: ['7', 'v', '>', 'j'] },
  {
    what: 'a statement',
    keys: ['8', 'enter', 'ctrl-u', ...'SELECT * FROM spans', 'enter', 'j', 'j'],
  },
  { what: 'a span', keys: ['4', 'enter', 'j', 'j'] },
  { what: 'a span alone', keys: ['4', 'enter', 'j', 'enter', 'j'] },
  { what: 'a span under a filter', keys: ['4', 'enter', '/', ...'api', 'enter', 'j'] },
  { what: 'the critical path', keys: ['4', 'enter', 'p', 'j'] },
  { what: 'a view of a trace', keys: ['4', 'enter', 'v', 'v', '>', 'j'] },
  { what: 'evidence', keys: ['2', 'tab', 'j'] },
  { what: 'columns', keys: ['8', 'j', 'l', 'l'] },
  { what: 'a record', keys: ['5', 'v', 'enter', 'j'] },
])('$what, with the cursor where it was', async ({ keys }) => {
  const player = await play(session(), overview(), size);
  await player.press(...keys);
  const again = await play(session(), overview(), size, savedIn(left(player)));
  expect(again.lines()).toEqual(player.lines());
});

test.each([
  { digit: '4', keys: ['/', ...'trace=*1*', 'enter', 'j', 'j'] },
  { digit: '4', keys: ['/', ...'api', 'enter', '>', 'j', 'j', 'space'] },
  { digit: '2', keys: ['>', 'j'] },
  { digit: '5', keys: ['/', ...'service=api', 'enter', '>', 'j'] },
  { digit: '6', keys: ['v', '>', 'j'] },
  { digit: '7', keys: ['v', '>', 'j', 'j'] },
  { digit: '7', keys: ['.', 'j', 'j'] },
  { digit: '8', keys: ['enter', 'ctrl-u', ...'SELECT * FROM spans', 'enter', 'j', 'j'] },
])(
  '$digit after $keys, left on another screen: the cursor is where it was',
  async ({ digit, keys }) => {
    const player = await play(session(), overview(), size);
    await player.press(digit, ...keys, '1');
    const again = await play(session(), overview(), size, savedIn(left(player)));
    await again.press(digit);
    await player.press(digit);
    expect(again.lines()).toEqual(player.lines());
    // Nor is it put back there once it was moved.
    await again.press('g', '1', digit);
    await player.press('g', '1', digit);
    expect(again.lines()).toEqual(player.lines());
  },
);

test.each([
  null,
  'nonsense',
  '{}',
  '{"version":1,"places":[]}',
  '{"version":1,"places":[{"screen":"trace","traceId":"a"}]}',
  '{"version":1,"places":[{"screen":"traces"},{"screen":"log","id":{"evil":1}}],"at":1}',
  '{"version":2,"places":[{"screen":"traces"}]}',
])('%s is no way to begin', (text) => {
  expect(savedIn(text)).toBeNull();
});

test('a view that there is not is the waterfall', async () => {
  const traceId = '1'.padStart(32, '0');
  const kept = { view: 'constructor', focus: 'x', sort: 7, list: { at: 900, top: 900 } };
  const screens = [null, { filter: '', kept }];
  const places = [{ screen: 'traces' }, { screen: 'trace', traceId, spanId: null }];
  const saved = savedIn(JSON.stringify({ version: 1, places, screens, at: 1, tops: {} }));
  const player = await play(session(), overview(), size, saved);
  await player.press('k', 'g', 'v', 'v', 'v', 'escape', 'escape');
  expect(visitOf(player.frame()).place.screen).toMatch(/^trace/);
});

test('fields of another kind are left as they are', async () => {
  const kept = { list: 'x', sort: 7, marks: [1], ascending: 'yes', epoch: 3 };
  const saved = savedIn(
    JSON.stringify({
      version: 1,
      places: [{ screen: 'traces' }],
      at: 5,
      tops: { traces: { filter: '', kept } },
    }),
  );
  const player = await play(session(), overview(), size, saved);
  expect(visitOf(player.frame()).place.screen).toBe('traces');
  await player.press('j', 'enter');
  expect(visitOf(player.frame()).place.screen).toBe('trace');
});

describe('folds of a trace', () => {
  const rows = (player: Player): number => {
    const state = visitOf(player.frame()).state?.of as TraceState | undefined;
    return state?.rows.length ?? 0;
  };

  test('it is folded as it was left when it is opened again, also the next time', async () => {
    const player = await play(session(), overview(), size);
    await player.press('4', 'enter');
    expect(rows(player)).toBe(3);
    await player.press('j', 'h', 'escape', 'j', 'enter');
    expect(rows(player)).toBe(3);
    await player.press('escape', 'k', 'enter');
    expect(rows(player)).toBe(2);
    const again = await play(session(), overview(), size, savedIn(left(player)));
    expect(rows(again)).toBe(2);
    await again.press('4', 'j', 'enter', 'escape', 'k', 'enter');
    expect(rows(again)).toBe(2);
    // As it was at first: nothing is kept of it.
    await again.press('j', 'l', '4');
    expect(again.frame().kept.size).toBe(0);
  });

  test('they are bounded, and the last are kept', async () => {
    const player = await play(session(), overview(), size);
    await player.press('4', 'enter', 'h');
    const many = new Map(Array.from({ length: 500 }, (_, at) => [`trace:${at}`, {}]));
    const saved = savedIn(savedText({ ...player.frame(), kept: many }));
    expect(saved?.left.size).toBe(100);
    expect([...(saved?.left.keys() ?? [])].at(-1)).toMatch(/^trace:0{20}/);
  });

  test.each([[null], [7], [{ closed: 7, opened: { a: 1 } }], [{ closed: [[]], opened: ['x'] }]])(
    '%j is no way to fold',
    async (kept) => {
      const traceId = '1'.padStart(32, '0');
      const places = [{ screen: 'traces' }, { screen: 'trace', traceId, spanId: null }];
      const written = {
        version: 1,
        places,
        at: 1,
        tops: {},
        left: [[`trace:${traceId}`, kept], 3],
      };
      const player = await play(session(), overview(), size, savedIn(JSON.stringify(written)));
      expect(rows(player)).toBe(3);
    },
  );
});
