/** What is done from the screens: copies, notes, the SQL behind a view, filters of the filter language. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Cause, CitedEvidence, Overview } from '../src/model.ts';
import { addNote, removeNote } from '../src/session.ts';
import { visitOf } from '../src/tui/frame.ts';
import { frameView } from '../src/tui/frame-view.ts';
import { type Held, takingsOf } from '../src/tui/held.ts';
import { plainText } from '../src/tui/paint.ts';
import { ranked } from '../src/tui/ranking.ts';
import { exportRows } from '../src/tui/runtime/export-file.ts';
import { savedIn, savedText } from '../src/tui/saved.ts';
import type { SqlState } from '../src/tui/screens/sql.ts';
import type { TracesState } from '../src/tui/screens/traces.ts';
import { step } from '../src/tui/step.ts';
import { temporaryFolder } from './cli.ts';
import { openedCase, type Player, play } from './screens.ts';

const { db, session, overview } = openedCase('acts');

const opened = (): Promise<Player> => play(session(), overview(), { columns: 100, rows: 30 });
const stateOf = <State>(player: Player): State => visitOf(player.frame()).state?.of as State;
const text = (player: Player): string => player.lines().join('\n');

test('the same pair is compared again', async () => {
  const player = await opened();
  await player.press('4', 'space', 'j', 'space', 'd');
  expect(text(player)).toContain('3 unchanged steps');
  await player.press('4', 'd');
  expect(text(player)).toContain('3 unchanged steps');
});

test('the examples of a cause are compared, or it is said that it has none', async () => {
  const { exemplars } = overview().diagnosis.causes[0] as Cause;
  const player = await opened();
  await player.press('2', 'd');
  expect(visitOf(player.frame()).place).toMatchObject({
    ...{ screen: 'diff', a: exemplars.good, b: exemplars.bad },
  });
  expect(text(player)).toContain('B is of cause #1: ');
  expect(text(player)).not.toContain('not in traces');
  const alone = overview();
  const causes = alone.diagnosis.causes.map((one) => ({
    ...one,
    exemplars: { ...one.exemplars, good: null },
  }));
  const lacking = await play(
    session(),
    { ...alone, diagnosis: { ...alone.diagnosis, causes } },
    { columns: 100, rows: 30 },
  );
  await lacking.press('2', 'd');
  expect(text(lacking)).toContain('cause #1 has no pair to compare');
});

describe('examples that cannot show it', () => {
  const causes = (change: (cause: Cause) => readonly Cause[]): Overview => {
    const whole = overview();
    const [first] = whole.diagnosis.causes as readonly [Cause];
    return { ...whole, diagnosis: { ...whole.diagnosis, causes: change(first) } };
  };
  const compared = async (of: Overview): Promise<string> => {
    const player = await play(session(), of, { columns: 100, rows: 30 });
    await player.press('7');
    return text(player);
  };
  const metric: CitedEvidence['refs'][number] = {
    ...{ signal: 'metric', metric: 'cpu', service: 'web', at: '2026-01-01T10:00:00.000Z' },
  };

  test('of a cause that only metrics speak for, that is said', async () => {
    const shown = await compared(
      causes((first) => [
        { ...first, evidence: first.evidence.map((one) => ({ ...one, refs: [metric] })) },
      ]),
    );
    expect(shown).toContain('what speaks for #1 is in metrics, not in traces');
  });

  test('but not of one whose callers waited longer for it', async () => {
    expect(await compared(causes((first) => [first]))).not.toContain('does the same in both');
  });

  test('of a service that neither has a step of', async () => {
    const of = causes((first) => [{ ...first, service: 'scheduler' }]);
    const [any] = of.services;
    if (!any) throw new Error('the case has a service');
    const services = [...of.services, { ...any, service: 'scheduler', observed: true }];
    expect(await compared({ ...of, services })).toContain('scheduler is in neither trace');
  });

  test('where the first cause has no pair, that of the second is said to be of it', async () => {
    const none = { bad: null, good: null };
    const of = causes((first) => [
      { ...first, exemplars: none },
      { ...first, rank: 2 },
    ]);
    expect(await compared(of)).toContain('B is of cause #2 (#1 has no such pair): ');
  });
});

describe('the way back', () => {
  const screen = (player: Player): string => visitOf(player.frame()).place.screen;

  test.each([
    { keys: ['4', 'j', 'S'], to: 'sql', from: 'traces' },
    { keys: ['4', 'j', 'd'], to: 'diff', from: 'traces' },
    { keys: ['4', 'enter', 'S'], to: 'sql', from: 'trace' },
    { keys: ['7', 'v', 'enter'], to: 'traces', from: 'diff' },
  ])('Esc and H lead back to $from from where $keys led', async ({ keys, to, from }) => {
    for (const back of ['escape', 'H', 'q']) {
      const player = await opened();
      await player.press(...keys.slice(0, -1));
      const before = player.lines();
      await player.press(...keys.slice(-1));
      expect(screen(player)).toBe(to);
      await player.press(back);
      expect(screen(player)).toBe(from);
      expect(player.lines()).toEqual(before);
      await player.press('L');
      expect(screen(player)).toBe(to);
    }
  });

  test('a screen that was drilled into is found as it was left by its digit', async () => {
    const player = await opened();
    await player.press('4', 'S', 'enter', 'ctrl-u', ...'SELECT 7 AS seven', 'enter', '1', '8');
    expect(text(player)).toContain('seven');
    await player.press('4', 'S', 'enter', 'up', 'enter');
    expect(text(player)).toContain('seven');
    await player.press('escape');
    expect(screen(player)).toBe('traces');
  });

  test('a filter that was typed is cleared before', async () => {
    const player = await opened();
    await player.press('7', 'v', 'enter', '/', 'x', 'enter', 'escape');
    expect(screen(player)).toBe('traces');
    await player.press('escape');
    expect(screen(player)).toBe('diff');
  });

  test('the same screen again is no step', async () => {
    const player = await opened();
    await player.press('4', ':', ...'traces', 'enter');
    expect(player.frame().history).toHaveLength(1);
    await player.press('8', 'j', 'S', 'S');
    expect(player.frame().history).toHaveLength(1);
  });

  test('it is kept until the next time, each screen as it was', async () => {
    const player = await opened();
    await player.press('4', '>', 'j', 'j', 'S', 'enter', 'ctrl-u', ...'SELECT 7 AS seven', 'enter');
    const again = await play(
      session(),
      overview(),
      { columns: 100, rows: 30 },
      savedIn(savedText(player.frame())),
    );
    expect(again.lines()).toEqual(player.lines());
    await again.press('escape');
    await player.press('escape');
    expect(again.lines()).toEqual(player.lines());
  });
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

test('Esc ends a statement that runs, and another one can be run', async () => {
  const player = await opened();
  await player.press('8');
  const visit = visitOf(player.frame());
  const state = { ...(visit.state?.of as SqlState), running: true };
  const { frame, effects } = step(
    { ...player.frame(), history: [{ ...visit, state: { of: state } }] },
    { type: 'key', key: { name: 'escape', text: '' } },
  );
  expect(effects).toEqual([{ do: 'cancel', what: 'statement' }]);
  const shown = frameView(frame).map((one) => plainText(one));
  expect(shown.join('\n')).toContain('cancelled');
  await player.press('enter', 'enter');
  expect(text(player)).toContain('rows');
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

  test.each([
    ['4'],
    ['4', '>', '>', 'R'],
    ['4', '>', '>', '>', '>', '/', ...'web', 'enter'],
    ['4', '/', ...'service=api status=error', 'enter', 'R'],
    ['4', '/', ...'-status=error dur>1us @http.route', 'enter'],
    ['4', '/', ...'status=error OR "GET it\'s?"', 'enter'],
    ['4', '/', ...'wbgt', 'enter'],
    ['4', '/', ...'w%_', 'enter'],
    ['4', '/', ...'!web', 'enter'],
  ])('S opens the statement of the list as it is: %s %s %s', async (...keys) => {
    const player = await opened();
    await player.press(...keys);
    const { shown } = stateOf<TracesState>(player);
    await player.press('S');
    expect(visitOf(player.frame()).place.screen).toBe('sql');
    const { result } = stateOf<SqlState>(player);
    const at = result?.columns.indexOf('trace_id') ?? -1;
    expect(result?.rows.map((row) => row[at])).toEqual(shown.map(({ traceId }) => traceId));
    await player.press('j', 'enter');
    expect(visitOf(player.frame()).place.screen).toBe(shown.length > 0 ? 'trace' : 'sql');
  });

  test.each([
    ['1'],
    ['2'],
    ['3'],
    ['4', 'enter'],
    ['5'],
    ['5', '>', 's'],
    ['5', 'v'],
    ['5', 'v', '/', ...'service=api sev>=error', 'enter'],
    ['5', 'enter', '/', 'o', 'enter'],
    ['6'],
    ['7'],
  ])('and it runs: %s %s %s', async (...keys) => {
    const player = await opened();
    await player.press(...keys, 'S');
    expect(visitOf(player.frame()).place.screen).toBe('sql');
    const { problem, result } = stateOf<SqlState>(player);
    expect(problem).toBeNull();
    expect(result).not.toBeNull();
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
  expect(text(player)).toContain('no field is called nonsense');
  expect(text(player)).not.toContain('no trace passes');
  expect(text(player)).toMatch(/▸.* web /);
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

describe('traces in the finder', () => {
  const find = async (typed: string): Promise<Player> => {
    const player = await opened();
    await player.press('ctrl-p', ...typed);
    return player;
  };

  test('a filter offers all that pass, and the first of them', async () => {
    const player = await find('service=api status=error');
    expect(text(player)).toMatch(/traces +traces matching service=api status=error +5 traces/);
    expect(text(player)).toMatch(/trace +0000000\S+ web/);
    await player.press('enter');
    expect(visitOf(player.frame()).place).toMatchObject({ screen: 'traces' });
    expect(text(player)).toContain('5 of 20 traces');
    await player.press('escape');
    expect(visitOf(player.frame()).place).toEqual({ screen: 'incident' });
  });

  test.each(['dur>1ns', '@http.route=/*', '!status=error', '#0000', '00000', '#status=error'])(
    '%s',
    async (typed) => {
      const player = await find(typed);
      expect(text(player)).toMatch(/ trace[s ] /);
      await player.press('down', 'enter');
      expect(visitOf(player.frame()).place.screen).toMatch(/^trace/);
    },
  );

  test('where it is wrong, it says why; words are names', async () => {
    expect(text(await find('dur>20'))).toContain('a duration has a unit');
    expect(text(await find('nonsense=1'))).toContain('no field is called nonsense');
    expect(text(await find('web'))).not.toContain('traces matching');
    expect(text(await find('dead'))).not.toContain('traces matching');
  });

  test('a reply that comes late moves nothing under the cursor', async () => {
    const player = await find('0000');
    await player.press('down');
    const current = (): string => player.lines().find((one) => one.startsWith('▸')) ?? '';
    const before = current();
    const { asked } = player.frame().finder ?? {};
    const matched = { type: 'matched', reply: { answer: { total: 0, traces: [] } } } as const;
    const late = step(player.frame(), { ...matched, filter: 'trace=99*' }).frame;
    expect(late.finder).toEqual(player.frame().finder);
    expect(before).not.toBe('');
    expect(step(late, { ...matched, filter: asked ?? '' }).frame.finder?.at).toBe(0);
  });
});

describe('what is meant by a few letters', () => {
  const named = (kind: string, text: string, detail = '') => ({ kind, text, detail });
  const items = [
    named('statement', 'the cart service has gone away'),
    named('operation', 'GET /cart', 'web'),
    named('service', 'cartography'),
    named('command', ':cart'),
    named('service', 'cart-db'),
    named('service', 'cart'),
    named('operation', 'charge art', 'web'),
    named('service', 'scart'),
    named('operation', 'work', 'cart'),
  ];

  test('exact, then the begin, then within, then what else is known, then scattered', () => {
    expect(ranked(items, 'cart', 100).found.map(({ text }) => text)).toEqual([
      ':cart',
      'cart',
      'cart-db',
      'cartography',
      'GET /cart',
      'the cart service has gone away',
      'scart',
      'work',
      'charge art',
    ]);
  });

  test('several words, wherever they stand', () => {
    expect(ranked(items, 'web cart', 100).found[0]?.text).toBe('GET /cart');
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
    expect(player.exported()?.map(({ operation }) => operation)).toContain('work');
    await player.press('7', '/', ...'zzzz', 'enter', 'ctrl-s');
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
      expect(await exportRows('/tmp/case.db', 'traces', rows)).toBe('./case-traces.csv');
      expect(await exportRows('/tmp/case.db', 'traces', rows)).toBe('./case-traces-2.csv');
      expect(readFileSync('case-traces.csv', 'utf8')).toBe('a,b\r\n1,"x, ""y"""\r\n,""\r\n');
    } finally {
      process.chdir(before);
    }
  });
});

test('keys that sort say where there is nothing to sort', async () => {
  const player = await opened();
  await player.press('N');
  for (const key of ['>', '<', 'R']) {
    await player.press('j', key);
    expect(player.lines().at(-1)).toContain('nothing to sort here');
  }
  for (const screen of ['5', '6', '7']) {
    await player.press(screen, 'R');
    expect(player.lines().at(-1)).toContain('R reverses what > has sorted');
  }
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

test('the filter language is spoken on screens whose rows are there already', async () => {
  const player = await opened();
  const [service] = overview().services;
  await player.press('/', ...`service=${service?.service}`, 'enter');
  expect(text(player)).toContain('Services, worst first (1)');
  await player.press('/', 'ctrl-u', ...'nosuch>', 'enter');
  expect(text(player)).toMatch(/nosuch|after >|before >/);
  const [cause] = overview().diagnosis.causes;
  await player.press('2', '/', ...`rank=${cause?.rank} class=${cause?.faultClass}`, 'enter');
  expect(text(player)).not.toContain('no cause passes');
  await player.press('/', 'ctrl-u', ...'rank>99', 'enter');
  expect(text(player)).toContain('no cause passes the filter');
  await player.press('3', '/', ...`service=${service?.service} spans>0`, 'enter');
  expect(text(player)).toContain(service?.service);
  await player.press('/', 'ctrl-u', ...'nosuch=1', 'enter');
  expect(text(player)).toContain('no column is called nosuch');
  await player.press('/', 'ctrl-u', ...'spans>1000000', 'enter');
  expect(text(player)).toMatch(/no service passes|0 services/);
  await player.press('7', '/', ...'zzzz', 'enter');
  expect(text(player)).toContain('no step passes the filter');
  expect(text(player)).not.toContain('do not differ');
});

test('letters that no trace has together are found in their order', async () => {
  const player = await opened();
  await player.press('4', '/', ...'wbgt', 'enter');
  expect(stateOf<TracesState>(player).shown.length).toBeGreaterThan(0);
});

test('a service is found by the begin of its name, and called by the whole of it', async () => {
  const player = await opened();
  const [service] = overview().services;
  const name = service?.service ?? '';
  await player.press(':', ...`service ${name.slice(0, -1)}`, 'enter');
  expect(player.lines()[0]).toContain(`▸ Graph ▸ ${name} `);
});
