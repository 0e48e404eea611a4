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
  expect(text(player)).toContain('nothing to filter here');
});
