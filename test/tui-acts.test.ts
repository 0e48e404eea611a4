/** What is done from the screens: copies, notes, the SQL behind a view, filters of the filter language. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { addNote, removeNote } from '../src/session.ts';
import { visitOf } from '../src/tui/frame.ts';
import { type Held, takingsOf } from '../src/tui/held.ts';
import { exportRows } from '../src/tui/runtime/export-file.ts';
import { temporaryFolder } from './cli.ts';
import { openedCase, type Player, play } from './screens.ts';

const { db, session, overview } = openedCase('acts');

const opened = (): Promise<Player> => play(session(), overview(), { columns: 100, rows: 30 });
const text = (player: Player): string => player.lines().join('\n');

test('the same pair is compared again', async () => {
  const player = await opened();
  await player.press('4', 'space', 'j', 'space', 'd');
  expect(text(player)).toContain('3 unchanged steps');
  await player.press('4', 'd');
  expect(text(player)).toContain('3 unchanged steps');
});

test('a check that is proposed is made where it stands', async () => {
  const player = await opened();
  await player.press('2', 'enter', 'G');
  const at = (): string => JSON.stringify(visitOf(player.frame()).place);
  for (let tries = 0; tries < 20 && at().includes('causes'); tries += 1) {
    await player.press('k', 'enter');
  }
  expect(at()).toContain('SELECT * FROM edges WHERE callee = ');
  expect(text(player)).toContain('caller');
});

test('a statement that is wrong is put right where it was written', async () => {
  const player = await opened();
  await player.press('8', 'enter', 'ctrl-u', ...'selct 1', 'enter');
  expect(text(player)).toContain('selct');
  await player.press('2');
  expect(visitOf(player.frame()).place.screen).toBe('sql');
});

describe('copies', () => {
  test('y lists what can be taken, a letter takes it, and says so', async () => {
    const player = await opened();
    await player.press('4', 'y');
    expect(text(player)).toContain('Copy of trace');
    await player.press('i');
    expect(player.copied()).toMatch(/^[0-9a-f]{32}$/);
    expect(text(player)).not.toContain('Copy of trace');
    await player.press('y', 'down', 'down', 'enter');
    expect(JSON.parse(player.copied() ?? '')).toMatchObject({ failed: true, spans: 3 });
  });

  test.each(['1', '2', '3', '4', '5', '6', '7', '8'])(
    'screen %s: what is copied as SQL runs',
    async (digit) => {
      const player = await opened();
      await player.press(digit, 'j', 'y');
      if (!text(player).includes('Copy of')) return;
      await player.press('s');
      const { rows } = await session().query(player.copied() ?? '');
      let count = 0;
      for await (const row of rows) count += row.length > 0 ? 1 : 0;
      expect(count, player.copied() ?? '').toBeGreaterThan(0);
    },
  );

  test('telemetry is data in every form of it', () => {
    const held: Held = {
      what: 'x',
      target: 'case',
      id: "a'; rm -rf /",
      facts: { name: 'a | <b>\n`c`' },
      sql: 'SELECT 1',
      command: ['trace', "a'; rm -rf /"],
    };
    const taken = Object.fromEntries(
      takingsOf(held, 'my case.db').map(({ name, text }) => [name, text]),
    );
    expect(taken.command).toBe(`aidebug trace 'a'\\''; rm -rf /' --db 'my case.db'`);
    expect(taken.Markdown?.split('\n')).toHaveLength(4);
    expect(taken.Markdown).toContain('a \\| \\<b\\>');
    expect(taken.row).not.toContain('\n');
  });

  test('S opens the statement behind what is under the cursor', async () => {
    const player = await opened();
    await player.press('4', 'S');
    expect(visitOf(player.frame()).place.screen).toBe('sql');
    expect(text(player)).toContain('3 rows');
    await player.press('j', 'enter');
    expect(visitOf(player.frame()).place.screen).toBe('trace');
  });
});

describe('notes', () => {
  test('c asks for a note on what is under the cursor; Esc asks for none', async () => {
    const player = await opened();
    await player.press('4', 'c', 'q');
    expect(text(player)).toContain('note on trace');
    await player.press('escape');
    expect(player.asked).toEqual([]);
    await player.press('c', 'o', 'k', 'enter');
    expect(player.asked).toEqual(['note']);
  });

  test('a note is kept, and a cause that was accepted is marked', async () => {
    const service = overview().diagnosis.causes[0];
    const target = `cause:${service?.service} ${service?.faultClass}`;
    await addNote(db, { target, body: 'accepted: seen', now: 1n });
    const notes = await session().notes();
    expect(notes).toMatchObject([{ target, body: 'accepted: seen' }]);
    const player = await opened();
    await player.press('2');
    expect(text(player)).not.toContain('✓ likely');
    await player.noted(notes);
    expect(text(player)).toContain(`✓ ${service?.band}`);
    await removeNote(db, notes[0]?.id ?? 0);
    expect(await session().notes()).toEqual([]);
    await expect(removeNote(db, 99)).rejects.toThrow('no note 99');
    await expect(addNote(db, { target, body: ' ', now: 1n })).rejects.toThrow('says something');
  });
});

test('traces are filtered by the filter language, and told where it is wrong', async () => {
  const player = await opened();
  await player.press('4', '/', ...'service=api status=error', 'enter');
  expect(text(player)).toContain('5 of 20 traces');
  await player.press('escape', '/', ...'nonsense=1', 'enter');
  expect(text(player)).toMatch(/nonsense/);
  await player.press('escape');
  expect(text(player)).toContain('20 traces');
});

test('log lines too, over all of the case', async () => {
  const player = await opened();
  await player.press('5', 'v', '/', ...'service=api sev>=error', 'enter');
  expect(text(player)).toMatch(/there is no such record|0 records/);
  await player.press('escape', '/', ...'nonsense=1', 'enter');
  expect(text(player)).toMatch(/nonsense/);
});

describe('go to anything', () => {
  test('a few letters find a service, and Enter opens it', async () => {
    const player = await opened();
    await player.press('ctrl-p', '@', 'a', 'p', 'i', 'enter');
    expect(visitOf(player.frame()).place).toEqual({ screen: 'graph', service: 'api' });
  });

  test('letters of an operation, a trace id, and what nobody has', async () => {
    const player = await opened();
    await player.press('ctrl-p', 'w', 'r', 'k');
    expect(text(player)).toMatch(/operation +work +api/);
    await player.press('ctrl-u', ...'00000000000000000000000000000003', 'enter');
    expect(visitOf(player.frame()).place).toMatchObject({ screen: 'trace' });
    await player.press('ctrl-p', ...'zzzzqqqq');
    expect(text(player)).toContain('nothing has such a name');
    await player.press('escape');
    expect(text(player)).not.toContain('go to');
  });
});

describe('commands', () => {
  test('Tab completes; a command goes, filters, notes and quits', async () => {
    const player = await opened();
    await player.press(':', 'm', 'e', 'tab', 'enter');
    expect(visitOf(player.frame()).place.screen).toBe('metrics');
    await player.press(':', ...'traces service=api status=error', 'enter');
    expect(text(player)).toContain('5 of 20 traces');
    await player.press(':', ...'note seen', 'enter', ':', ...'quit', 'enter');
    expect(player.asked).toEqual(['note', 'quit']);
  });

  test('what is no command, or one of several, is told', async () => {
    const player = await opened();
    await player.press(':', ...'frobnicate', 'enter');
    expect(text(player)).toContain('no such command');
    await player.press(':', 'n', 'o', 't', 'enter');
    expect(text(player)).toContain('note, notes');
    await player.press(':', ...'trace', 'enter');
    expect(text(player)).toContain('what is missing');
  });
});

describe('Ctrl-S', () => {
  test('takes all rows of the list, as it is filtered and sorted', async () => {
    const player = await opened();
    await player.press('4', '/', ...'status=error', 'enter', '>', 'ctrl-s');
    expect(player.exported()).toHaveLength(5);
    expect(player.exported()?.[0]).toMatchObject({ rootService: 'web', errors: 3, failed: true });
    await player.press('1', '>', 'ctrl-s');
    const failures = player.exported()?.map(({ service }) => service);
    expect(new Set(failures)).toEqual(new Set(['api', 'web']));
    await player.press('7', 'v', 'ctrl-s');
    expect(text(player)).toContain('no row to export');
  });

  test('writes a new file beside those that are there', async () => {
    const before = process.cwd();
    process.chdir(temporaryFolder());
    try {
      const rows = [
        { a: 1, b: 'x, "y"' },
        { a: null, b: '' },
      ];
      expect(await exportRows('/tmp/case.db', 'traces', rows)).toBe('case-traces.csv');
      expect(await exportRows('/tmp/case.db', 'traces', rows)).toBe('case-traces-2.csv');
      expect(readFileSync('case-traces.csv', 'utf8')).toBe('a,b\r\n1,"x, ""y"""\r\n,""\r\n');
    } finally {
      process.chdir(before);
    }
  });
});

test('Incident and Causes are sorted by any column, and back', async () => {
  const player = await opened();
  await player.press('>');
  expect(text(player)).toContain('Services, by errors');
  await player.press('<');
  expect(text(player)).toContain('Services, worst first');
  await player.press('2', '>');
  expect(text(player)).toContain('sorted by band');
  await player.press('<');
  expect(text(player)).toContain('sorted by score');
});
