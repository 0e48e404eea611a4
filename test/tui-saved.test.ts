/** A case is opened as it was left; what a file says of that is believed only as far as it fits. */
import { expect, test } from 'vitest';
import { keepView } from '../src/session.ts';
import { visitOf } from '../src/tui/frame.ts';
import { savedIn, savedText } from '../src/tui/saved.ts';
import { openedCase, type Player, play } from './screens.ts';

const { db, session, overview } = openedCase('saved');

const size = { columns: 100, rows: 30 };
const left = (player: Player): string => {
  const { history, at, tops } = player.frame();
  return savedText(history, at, tops, null);
};

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
