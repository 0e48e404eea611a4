import { describe, expect, test } from 'vitest';
import { findablesOf } from '../src/tui/finder.ts';
import { visitOf } from '../src/tui/frame.ts';
import { takingsOf } from '../src/tui/held.ts';
import { screenOf } from '../src/tui/screens/index.ts';
import { shownScreen } from '../src/tui/show.ts';
import { namesOf } from '../src/tui/subjects.ts';
import { aidebug, smallDump } from './cli.ts';
import { openedCase, type Player, play } from './screens.ts';

const secret = 'mortgage';
const text = (value: string) => ({ stringValue: value });
const object = (values: Readonly<Record<string, object>>) => ({
  kvlistValue: { values: Object.entries(values).map(([key, value]) => ({ key, value })) },
});
/** Longer than what a template reads of a body: its quotes are not closed there. */
const long = `${secret} ${'and so on '.repeat(80)}`;

const records: readonly object[] = [
  { eventName: 'gen_ai.user.message', body: object({ content: text(`my ${secret}`) }) },
  { attributes: { 'event.name': 'gen_ai.content.prompt' }, body: text(`what of my ${secret}`) },
  { attributes: { 'event.name': 'gen_ai.choice' }, body: object({ message: text(long) }) },
  { body: object({ content: text(long), role: text('user') }) },
  { body: text(JSON.stringify([{ role: 'assistant', content: `your ${secret}` }])) },
  {
    eventName: 'gen_ai.client.inference.operation.details',
    attributes: { 'gen_ai.input.messages': `[{"content":"${secret}"}]` },
  },
  { body: text('connected to the database') },
];

/** Records of the span that fails first, and of none. */
function dump(): string {
  const spans = JSON.parse(smallDump({ requests: 4, failed: 1 })) as object;
  const logRecords = records.map((record, at) => {
    const { attributes = {} } = record as { attributes?: Record<string, string> };
    return {
      ...record,
      traceId: '1'.padStart(32, '0'),
      spanId: '3'.padEnd(16, '0'),
      timeUnixNano: String(1_750_000_000_000_000_000n + BigInt(at)),
      severityNumber: 9,
      attributes: Object.entries(attributes).map(([key, value]) => ({ key, value: text(value) })),
    };
  });
  const resource = { attributes: [{ key: 'service.name', value: text('api') }] };
  return `${JSON.stringify(spans)}\n${JSON.stringify({ resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] })}`;
}

const { db, session, overview } = openedCase('said', dump());

const opened = (...keys: readonly string[]): Promise<Player> =>
  play(session(), overview(), { columns: 140, rows: 50 }).then(async (player) => {
    await player.press(...keys);
    return player;
  });

/** All that could be copied of what is under the cursor. */
function takings(player: Player): string {
  const { place, state } = visitOf(player.frame());
  const held = screenOf(place.screen).held?.(state?.of);
  return held
    ? takingsOf(held, 'case.db')
        .map((one) => one.text)
        .join('\n')
    : '';
}

const trace = ['4', '/', ...'1'.padStart(32, '0'), 'enter', 'enter'];

describe.each([
  { screen: 'statements', keys: ['5'], rows: 6 },
  { screen: 'lines', keys: ['5', 'v'], rows: 7 },
  { screen: 'a record', keys: ['5', 'v', 'enter'], rows: 1 },
  { screen: 'a record with attributes', keys: ['5', 'v', ...'jjjjj', 'enter'], rows: 1 },
  { screen: 'waterfall', keys: trace, rows: 3 },
  { screen: 'span', keys: [...trace, 'j', 'j', 'enter'], rows: 1 },
])('$screen', ({ keys, rows }) => {
  test('says how long it is, until P is pressed', async () => {
    const player = await opened(...keys);
    for (let row = 0; row < rows; row += 1) {
      expect(player.lines().join('\n')).not.toContain(secret);
      expect(takings(player)).not.toContain(secret);
      await player.press('j');
    }
    expect(player.lines().join('\n')).toMatch(/\(\d+ characters hidden, P shows\)/);
    await player.press('g', 'P');
    expect(player.lines().join('\n')).toContain(secret);
    await player.press('P');
    expect(player.lines().join('\n')).not.toContain(secret);
  });
});

// Two of the messages begin alike, and are one statement.
test.each([
  { keys: ['5'], rows: records.length - 1 },
  { keys: ['5', 'v'], rows: records.length },
])('rows that are exported after $keys', async ({ keys, rows }) => {
  const player = await opened(...keys);
  await player.press('ctrl-s');
  expect(player.exported()).toHaveLength(rows);
  expect(JSON.stringify(player.exported())).not.toContain(secret);
  await player.press('P', 'ctrl-s');
  expect(JSON.stringify(player.exported())).toContain(secret);
});

/** Rows of a statement on the SQL screen. */
const asked = (sql: string): Promise<Player> =>
  opened('8', 'enter', 'ctrl-u', ...sql, 'enter', 'j');

test.each([
  'SELECT event_name, body, attributes FROM logs',
  'SELECT * FROM logs ORDER BY body DESC',
  "SELECT attributes ->> 'gen_ai.input.messages' AS x FROM logs ORDER BY x DESC",
  // Names of columns that hold something else.
  "SELECT attributes ->> 'gen_ai.input.messages' AS value FROM logs ORDER BY value DESC",
  "SELECT attributes ->> 'gen_ai.input.messages' service FROM logs ORDER BY service DESC",
  'SELECT substr(body, 1, 60) AS "name" FROM logs ORDER BY body DESC',
  `SELECT json_extract(attributes, '$."gen_ai.input.messages"') FROM logs ORDER BY 1 DESC`,
  'SELECT j.key, j.value FROM logs, json_each(attributes) j',
  'SELECT statement, count(*) FROM logs GROUP BY statement',
  'SELECT id, statement FROM logs ORDER BY statement DESC',
  'SELECT * FROM log_templates',
  'SELECT body FROM logs ORDER BY body DESC',
  'SELECT substr(l.body, 1, 60) AS begin FROM logs l ORDER BY l.body DESC',
  'SELECT template, logs FROM log_templates ORDER BY template DESC',
])('%s', async (sql) => {
  const player = await asked(sql);
  const all = async (): Promise<string> => {
    await player.press('ctrl-s');
    return `${player.lines().join('\n')} ${takings(player)} ${JSON.stringify(player.exported())}`;
  };
  expect(await all()).not.toContain(secret);
  expect(await all()).toContain('hidden, P shows');
  await player.press('P');
  expect(await all()).toContain(secret);
  await player.press('P');
  expect(await all()).not.toContain(secret);
});

test.each([
  [['5']],
  [['5', '>']],
  [['5', '/', ...'change>=0', 'enter']],
  [['5', '/', ...'!zzz', 'enter']],
])('S on statements, %s', async (keys) => {
  const player = await opened(...keys, 'S', 'ctrl-s');
  expect(JSON.stringify(player.exported())).toContain('connected to the database');
  expect(JSON.stringify(player.exported())).not.toContain(secret);
  expect(player.lines().join('\n')).not.toContain(secret);
});

test('S on the lines of a statement that holds what was said', async () => {
  const player = await opened('5', ...'jjj', 'enter', 'S', 'ctrl-s');
  expect(player.exported()?.length).toBeGreaterThan(0);
  expect(player.lines().join('\n')).not.toContain(secret);
});

/** Messages of no trace, more of them in the incident: what is quoted of them is told of the diagnosis. */
function messages(perMinute: number, from: number, event = 'gen_ai.user.message'): string {
  const minutes = Array.from({ length: 12 }, (_, at) => from + at * 60);
  const logRecords = minutes.flatMap((second) =>
    Array.from({ length: perMinute }, (_, at) => ({
      timeUnixNano: String(1_750_000_000_000_000_000n + BigInt(second + at) * 1_000_000_000n),
      severityNumber: 13,
      attributes: [{ key: 'event.name', value: text(event) }],
      body: text(`my ${secret} is ${at}`),
    })),
  );
  const resource = { attributes: [{ key: 'service.name', value: text('chat') }] };
  return JSON.stringify({ resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] });
}

describe('where nobody said anything', () => {
  const plain = openedCase('unsaid', messages(1, 0, 'cache.miss'));

  test('texts of logs are shown as they are', async () => {
    const player = await play(plain.session(), plain.overview(), { columns: 140, rows: 50 });
    await player.press('8', 'enter', 'ctrl-u', ...'SELECT body FROM logs', 'enter');
    expect(player.lines().join('\n')).toContain(`my ${secret} is 0`);
  });
});

describe('evidence', () => {
  const loose = openedCase('said-loose', {
    baseline: messages(1, 0),
    incident: messages(9, 3600),
  });

  test('quotes nothing that was said', () => {
    const said = JSON.stringify(loose.overview().diagnosis);
    expect(said).toContain('chat logged “(what was said)”');
    expect(said).not.toContain(secret);
  });
});

test('S on log lines', async () => {
  const player = await opened('5', 'v', 'S');
  expect(player.lines().join('\n')).toContain('connected to the database');
  expect(player.lines().join('\n')).not.toContain(secret);
});

test('what is no message is shown as it is', async () => {
  const player = await opened('5', 'v');
  expect(player.lines().join('\n')).toContain('connected to the database');
  expect(player.lines().join('\n')).toContain('gen_ai.user.message (');
});

test.each(['', 'v', 'v enter'])('aidebug show logs, then %s', async (keys) => {
  const look = { color: false, ascii: true };
  const size = { rows: null, columns: 100 };
  const pressed = keys.split(' ').filter((key) => key !== '');
  const show = async (...more: readonly string[]) => {
    const shown = { db, look, ...size, keys: [...pressed, ...more] };
    return (await shownScreen({ place: { screen: 'logs' }, keys: [] }, shown)).join('\n');
  };
  expect(await show()).toContain('hidden, P shows');
  expect(await show()).not.toContain(secret);
  expect(await show('P')).toContain(secret);
});

describe('aidebug logs', () => {
  const listed = async (...args: readonly string[]): Promise<string> =>
    (await aidebug(['logs', '--db', db, ...args])).stdout;

  test.each(['table', 'md'])('%s: shown with --reveal', async (format) => {
    const shown = await listed('--format', format);
    expect(shown).not.toContain(secret);
    expect(shown).toContain('connected to the database');
    expect(shown).toContain('characters hidden, --reveal s');
    expect(await listed('--format', format, '--reveal')).toContain(secret);
  });

  test.each(['json', 'csv', 'jsonl'])('%s: whole', async (format) => {
    expect(await listed('--format', format)).toContain(secret);
  });
});

test('statements are filtered by their columns; a wrong filter leaves the list', async () => {
  const player = await opened('5', '/', ...'service=api level>=info', 'enter');
  expect(player.lines().join('\n')).toContain('6 statements');
  await player.press('escape', '/', ...'!connected count<2', 'enter');
  expect(player.lines().join('\n')).toContain('4 of 6 statements');
  await player.press('escape', '/', ...'connected', 'enter', '/', ...' nonsense=1', 'enter');
  expect(player.lines().join('\n')).toContain('columns: service, statement');
  expect(player.lines().join('\n')).toContain('connected to the database');
});

test('the finder names no message', async () => {
  const found = findablesOf(await namesOf(session()));
  expect(found.map((one) => one.text)).toContain('connected to the database');
  expect(found.map((one) => one.text).join('\n')).not.toContain(secret);
});
