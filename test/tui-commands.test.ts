/** The command line: what its words and arguments can be completed to, and where they lead. */
import { describe, expect, test } from 'vitest';
import { visitOf } from '../src/tui/frame.ts';
import { openedCase, type Player, play } from './screens.ts';

const { session, overview } = openedCase('commands');

const opened = (): Promise<Player> => play(session(), overview(), { columns: 100, rows: 30 });
const text = (player: Player): string => player.lines().join('\n');
const field = (player: Player): string => player.frame().prompt?.field.text ?? '';
const place = (player: Player) => visitOf(player.frame()).place;

const firstTrace = '0'.repeat(31);

describe('Tab completes', () => {
  test.each([
    { typed: 'serv', tabs: 1, to: 'service ' },
    { typed: 'service w', tabs: 1, to: 'service web' },
    { typed: 'graph a', tabs: 1, to: 'graph api' },
    { typed: 'service pi', tabs: 1, to: 'service api' },
    { typed: 'causes ', tabs: 1, to: 'causes api' },
    { typed: 'trace 00', tabs: 1, to: `trace ${'0'.repeat(30)}01` },
    { typed: 'traces st', tabs: 1, to: 'traces status=' },
    { typed: 'traces status=e', tabs: 1, to: 'traces status=error' },
    { typed: 'traces -service=a', tabs: 1, to: 'traces -service=api' },
    { typed: 'traces status=error service=', tabs: 1, to: 'traces status=error service=api' },
    { typed: 'select * from spa', tabs: 1, to: 'select * from span' },
    { typed: 'select * from span', tabs: 3, to: 'select * from spans' },
    { typed: 'help ', tabs: 1, to: 'help ' },
    { typed: 'nothing ', tabs: 2, to: 'nothing ' },
  ])('$typed → $to', async ({ typed, tabs, to }) => {
    const player = await opened();
    await player.press(':', ...typed, ...Array.from({ length: tabs }, () => 'tab'));
    expect(field(player)).toBe(to);
  });

  test('of several one after the other, and back; letters go on from there', async () => {
    const player = await opened();
    await player.press(':', ...'service ', 'tab');
    const first = field(player);
    await player.press('tab');
    expect([first, field(player)].sort()).toEqual(['service api', 'service web']);
    await player.press('shift-tab');
    expect(field(player)).toBe(first);
    expect(text(player)).toContain(`▸${first.slice(8)}`);
    await player.press('backspace', 'tab');
    expect(field(player)).toBe(first);
    await player.press('enter');
    expect(place(player)).toMatchObject({ screen: 'graph', service: first.slice(8) });
  });

  test('ids of traces, with what they are; two for a comparison', async () => {
    const player = await opened();
    await player.press(':', ...'compare 0', 'tab', 'tab');
    expect(text(player)).toContain('GET /api');
    const a = field(player).slice(8);
    expect(a).toMatch(/^[0-9a-f]{32}$/);
    await player.press(' ', ...firstTrace, '1', 'enter');
    expect(place(player)).toMatchObject({ screen: 'diff', a, b: `${firstTrace}1` });
  });
});

describe('a span', () => {
  test('is opened by its id, or how it begins', async () => {
    const player = await opened();
    await player.press(':', ...'span 1000000000000003', 'enter');
    expect(place(player)).toEqual({
      ...{ screen: 'trace', traceId: `${firstTrace}4`, spanId: '1000000000000003' },
    });
  });

  test('of several one is chosen; of none it is said', async () => {
    const player = await opened();
    await player.press(':', ...'span 1', 'enter');
    expect(text(player)).toContain('Tab ↑ ↓ choose');
    await player.press('down', 'down', 'enter');
    expect(place(player)).toMatchObject({ screen: 'trace', spanId: '1000000000000001' });
    await player.press(':', ...'span fe', 'enter');
    expect(text(player)).toContain('no span begins with fe');
    await player.press(':', ...'span zz', 'enter');
    expect(text(player)).toContain('hex digits');
  });
});

test('screens take what is said of them', async () => {
  const player = await opened();
  await player.press(':', ...'causes api', 'enter');
  expect(place(player)).toEqual({ screen: 'causes', service: 'api' });
  await player.press(':', ...'sql SELECT 7 AS seven', 'enter');
  expect(text(player)).toContain('seven');
  await player.press(':', ...'filter x', 'enter');
  expect(text(player)).toContain('filter: x');
});

describe('keys that do nothing', () => {
  const said = async (...keys: readonly string[]): Promise<string> => {
    const player = await opened();
    await player.press(...keys);
    return player.lines().at(-1)?.trim() ?? '';
  };

  test.each([
    { keys: ['2', 'space'], says: 'no key Space here: mark is on Traces only' },
    { keys: ['4', 'Z'], says: 'no key Z here · ? lists those that work' },
    { keys: ['4', 'p'], says: 'no key p here · ? lists those that work' },
    { keys: ['4', 'X'], says: 'no key X here: swap is on Diff only' },
    { keys: ['4', 'f2'], says: 'no key f2 here · ? lists those that work' },
    { keys: ['?', 'Z'], says: 'Esc closes the help' },
    { keys: ['4', '/', ...'zzz', 'enter', 'enter'], says: 'Enter (waterfall) does nothing as' },
  ])('$keys: $says', async ({ keys, says }) => {
    expect(await said(...keys)).toContain(says);
  });

  test('letters that are typed, and the end of a list, are no such keys', async () => {
    for (const keys of [
      ['4', '/', 'x'],
      ['4', ':', 'x'],
      ['8', 'enter', 'x'],
      ['4', 'G', 'j'],
    ]) {
      expect(await said(...keys)).not.toContain('no key');
    }
    expect(await said('4', 'Z', 'j')).not.toContain('no key');
  });
});

describe('- is the view before, and back', () => {
  test('whichever way led here, each as it was left', async () => {
    const player = await opened();
    await player.press('-');
    expect(text(player)).toContain('nothing was shown before this');
    await player.press('4', 'j', 'j', '5');
    await player.press('-');
    expect(place(player)).toMatchObject({ screen: 'traces' });
    expect(text(player)).toContain('3/20');
    await player.press('j', '-', '-');
    expect(text(player)).toContain('4/20');
    await player.press('5', '4', 'j', '5', '-', 'k', '-', '-');
    expect(text(player)).toContain('4/20');
    await player.press('enter', '-');
    expect(place(player)).toMatchObject({ screen: 'traces' });
    await player.press('k', '-');
    expect(place(player)).toMatchObject({ screen: 'trace' });
    await player.press('escape');
    expect(text(player)).toContain('3/20');
    await player.press('4', '-');
    expect(place(player)).toMatchObject({ screen: 'trace' });
  });
});

describe('/ in the help', () => {
  test('shows the lines with a word, or of a key; Esc shows all, then closes', async () => {
    const player = await opened();
    await player.press('4', '?', '/', ...'hist', 'enter');
    expect(text(player)).toContain('back in the history');
    expect(text(player)).not.toContain('sort by the column before');
    await player.press('escape');
    expect(text(player)).toContain('sort by the column before');
    await player.press('/', 'q');
    expect(text(player)).toContain('Everywhere');
    expect(text(player)).not.toContain('sort by the column before');
    await player.press('enter', 'escape', 'escape');
    expect(player.frame().help).toBeNull();
    await player.press(':', ...'help nosuch', 'enter');
    expect(text(player)).toContain('no key here is called or does that: nosuch');
  });
});

describe('u takes back', () => {
  const note = { id: 1, target: 'service:api', body: 'the disk', created: '2026-01-02T03:04:05Z' };
  const shown = (player: Player): string => text(player).split('\n')[3]?.trim() ?? '';

  test('the removal of a note, with when it was written', async () => {
    const player = await opened();
    await player.noted([note]);
    await player.press('N');
    await player.press('u');
    expect(text(player)).toContain('nothing to take back here');
    await player.press('D', '4', 'u');
    expect(player.asked).toEqual(['unnote', 'note']);
    await player.press('u');
    expect(text(player)).toContain('nothing to take back here');
  });

  test('a filter, whole; and marks, of the screen that is shown', async () => {
    const player = await opened();
    await player.press('4', '/', ...'web', 'enter', '/', 'ctrl-u', ...'trace=*1*', 'enter');
    expect(shown(player)).toContain(' of 20 traces');
    await player.press('space', 'j', 'space', '5', 'u');
    expect(text(player)).toContain('nothing to take back here');
    await player.press('4', 'u', 'u');
    expect(text(player)).toContain('marks as before');
    expect(shown(player)).toContain(' of 20 traces');
    await player.press('u');
    expect(text(player)).toContain('filter as before: web');
    await player.press('u', 'u');
    expect(text(player)).toContain('nothing to take back here');
    await player.press('/', 'z', 'escape', '/', ...'api', 'enter', 'escape', 'u');
    expect(text(player)).toContain('filter as before: api');
  });
});

test('q quits where there is no room for a screen, whatever is open', async () => {
  const player = await opened();
  await player.press('4', ':', 's');
  await player.resize(50, 10);
  await player.press('q');
  expect(player.asked).toContain('quit');
});

test.each(['graph', 'service', 'explain', 'causes'])(
  ':%s of a service that is not there says so, and goes nowhere',
  async (command) => {
    const player = await opened();
    await player.press(':', ...`${command} nosuch`, 'enter');
    expect(text(player)).toContain('no service is called nosuch');
    expect(place(player)).toEqual({ screen: 'incident' });
    await player.press(':', ...`${command} api`, 'enter');
    expect(place(player)).toMatchObject({ service: 'api' });
  },
);
