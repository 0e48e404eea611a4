/** The SQL screen: names that are completed, by where they stand; rows that are filtered and sorted. */
import { describe, expect, test } from 'vitest';
import { visitOf } from '../src/tui/frame.ts';
import type { SqlState } from '../src/tui/screens/sql.ts';
import { namesAt } from '../src/tui/screens/sql-names.ts';
import { openedCase, type Player, play } from './screens.ts';

const tables = [
  { name: 'spans', columns: ['trace_id', 'service', 'status', 'start_ns', 'duration_ms'] },
  { name: 'services', columns: ['service', 'layer', 'errors'] },
  { name: 'edges', columns: ['caller', 'callee', 'errors'] },
];

/** Completed where the bar stands. */
function names(statement: string): readonly string[] {
  const [before = '', after = ''] = statement.split('|');
  const [word = ''] = /[\w.]*$/.exec(before) ?? [];
  return namesAt(before.slice(0, before.length - word.length), word, before + after, tables);
}

describe('names that fit', () => {
  test.each([
    ['|', ['EXPLAIN QUERY PLAN', 'SELECT', 'WITH']],
    ['s|', ['SELECT']],
    ['SELECT * FROM s|', ['services', 'spans']],
    ['select * from |', ['edges', 'services', 'spans']],
    ['SELECT * FROM spans, e|', ['edges']],
    ['SELECT * FROM spans JOIN s|', ['services', 'spans']],
    ['SELECT * FROM (s|', ['SELECT', 'services', 'spans']],
    ['SELECT * FROM spans w|', ['WHERE']],
    ['SELECT s| FROM spans', ['service', 'start_ns', 'status', 'sum(']],
    ['SELECT | FROM edges', ['callee', 'caller', 'errors']],
    ['SELECT * FROM edges WHERE c|', ['CASE', 'callee', 'caller', 'coalesce(', 'count(*)']],
    ["SELECT * FROM edges WHERE caller = 'from ' AND call|", ['callee', 'caller']],
    ['SELECT s.st| FROM spans s', ['s.start_ns', 's.status']],
    ['SELECT * FROM spans AS a JOIN edges b ON a.service = b.call|', ['b.callee', 'b.caller']],
    ['SELECT edges.ca| FROM edges', ['edges.callee', 'edges.caller']],
    ['SELECT errors FROM services ORDER BY l|', ['LIKE', 'LIMIT', 'layer', 'lower(']],
    ['SELECT la|', ['layer']],
    ['SELECT zzz|', []],
  ])('%s', (statement, expected) => {
    expect(names(statement)).toEqual(expected);
  });
});

describe('rows of a result', () => {
  const { session, overview } = openedCase('sql');
  const stateOf = (player: Player): SqlState => visitOf(player.frame()).state?.of as SqlState;
  const text = (player: Player): string => player.lines().join('\n');
  const asked = async (sql: string): Promise<Player> => {
    const player = await play(session(), overview(), { columns: 100, rows: 30 });
    await player.press('8', 'enter', 'ctrl-u', ...sql, 'enter', 'j');
    return player;
  };
  const first = (player: Player): readonly unknown[] =>
    stateOf(player).listed.rows.map(([cell]) => cell);
  const numbers = `SELECT 2 AS n, 'two' AS name, 9007199254740993 AS big UNION ALL SELECT 10, 'ten', 5
    UNION ALL SELECT NULL, 'no error', NULL UNION ALL SELECT 1.5, 'One?', 7`;

  test.each([
    ['n>1.7', [2, 10]],
    ['-n>1.7', [null, 1.5]],
    ['n=2 OR name=one*', [2, 1.5]],
    ['big=9007199254740993', [2]],
    ['big>9007199254740992', [2]],
    ['big>9007199254740993', []],
    ['TEN', [10]],
    ['tn', [10]],
    ['name=one?', [1.5]],
    ['@n', [2, 10, 1.5]],
    ['name="no error"', [null]],
  ])('are filtered by %s, and S opens a statement that does', async (filter, expected) => {
    const player = await asked(numbers);
    await player.press('/', ...filter, 'enter');
    expect(first(player)).toEqual(expected);
    await player.press('S');
    expect(stateOf(player).problem).toBeNull();
    expect(first(player)).toEqual(expected);
    expect(visitOf(player.frame()).filter).toBe('');
  });

  test('are sorted by any column, numbers as numbers, and what is missing last', async () => {
    const player = await asked(numbers);
    await player.press('>');
    expect(first(player)).toEqual([10, 2, 1.5, null]);
    expect(text(player)).toContain('n↓');
    expect(text(player)).toContain('sorted by n');
    await player.press('R');
    expect(first(player)).toEqual([1.5, 2, 10, null]);
    await player.press('>');
    expect(first(player)).toEqual([1.5, null, 10, 2]);
    await player.press('S');
    expect(first(player)).toEqual([1.5, null, 10, 2]);
    await player.press('<', '<', '<', '<');
    expect(text(player)).not.toContain('sorted by');
  });

  test('y, Enter and Ctrl-S act on what is shown', async () => {
    const player = await asked('SELECT trace_id, errors, root_name FROM traces ORDER BY trace_id');
    await player.press('/', ...'errors>0', 'enter', '>', '>', 'ctrl-s');
    expect(player.exported()).toHaveLength(5);
    const [top] = player.exported() ?? [];
    await player.press('y', 'j');
    expect(JSON.parse(player.copied() ?? '')).toEqual(top);
    await player.press('enter');
    expect(visitOf(player.frame()).place).toMatchObject({ traceId: top?.trace_id });
  });

  test('a filter that is none says why, and one that nothing passes says so', async () => {
    const player = await asked(numbers);
    await player.press('/', ...'nosuch=1', 'enter');
    expect(text(player)).toContain('no column is called nosuch; columns: n, name, big');
    await player.press('/', 'ctrl-u', ...'zzz', 'enter');
    expect(text(player)).toContain('no row passes the filter');
    await player.press('enter');
    expect(text(player)).not.toContain('no id in this row');
  });

  test('columns of one name, or of an odd one, are told apart', async () => {
    const player = await asked('SELECT count(*), 3 AS a, 4 AS a, 5 AS "from" FROM traces');
    await player.press('>', '>', '>', 'ctrl-s');
    expect(text(player)).toContain('sorted by a:1');
    expect(player.exported()).toEqual([{ 'count(*)': 20, a: 3, 'a:1': 4, from: 5 }]);
    await player.press('>', '/', ...'@"count(*)">1 from:5', 'enter', 'S');
    expect(stateOf(player).problem).toBeNull();
    expect(stateOf(player).listed.rows).toHaveLength(1);
  });

  test('what people said is no word of a filter until it is shown', async () => {
    const player = await asked(`SELECT 'the secret' AS "gen_ai.prompt", 1 AS n`);
    await player.press('/', ...'secret', 'enter');
    expect(first(player)).toEqual([]);
    await player.press('P');
    expect(first(player)).toEqual(['the secret']);
  });

  test('where nothing is sorted, the key says so', async () => {
    const player = await asked('SELECT 1 WHERE 0');
    await player.press('>');
    expect(text(player)).toContain('there is no row to sort');
    await player.press('S');
    expect(text(player)).toContain('this is a statement already');
    await player.press('k', 'y', 's');
    expect(player.copied()).toBe('SELECT 1 WHERE 0');
  });
});
