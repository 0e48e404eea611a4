import { describe, expect, test } from 'vitest';
import type { CallHealth, CallSide, Overview, ServiceHealth } from '../src/model.ts';
import { visitOf } from '../src/tui/frame.ts';
import type { SqlState } from '../src/tui/screens/sql.ts';
import { openedCase, type Player, play } from './screens.ts';

const { session, overview } = openedCase('graph');

const ms = 1e6;
const side = (errors: number, p95: number): CallSide => ({
  calls: 100,
  errors,
  p50: (p95 / 2) * ms,
  p95: p95 * ms,
  p99: 2 * p95 * ms,
});

interface Drawn {
  readonly caller: string;
  readonly callee: string;
  readonly now?: CallSide;
}

/** `count` services in a chain that also all call the first store, and calls of their own. */
function drawn(count: number, own: readonly Drawn[]): Overview {
  const names = Array.from({ length: count }, (_, at) => `s${String(at).padStart(2, '0')}`);
  const services = names.map(
    (service): ServiceHealth => ({
      ...{ service, observed: true, baseline: null, rank: null },
      incident: { spans: 100, errors: 0, p99: ms },
    }),
  );
  const chain = names.slice(1).map((callee, at) => ({ caller: names[at] ?? '', callee }));
  const calls = [...chain, ...own].map(
    ({ caller, callee, ...rest }): CallHealth => ({
      ...{ caller, callee, via: 'call', baseline: side(0, 10) },
      incident: (rest as Partial<Drawn>).now ?? side(0, 10),
      history: [10 * ms, 10 * ms, null, 80 * ms],
      examples: ['a'.repeat(32), 'b'.repeat(32)] as never,
    }),
  );
  return { ...overview(), services, calls, changes: [] };
}

const bad: readonly Drawn[] = [
  { caller: 's03', callee: 's09', now: side(70, 10) },
  { caller: 's05', callee: 's09', now: side(0, 40) },
  { caller: 's06', callee: 's09', now: side(5, 10) },
];

async function inMatrix(of: Overview, columns = 100) {
  const player = await play(session(), of, { columns, rows: 40 });
  await player.press('3');
  for (
    let tries = 0;
    tries < 3 && !player.lines().join('\n').includes('callers in rows');
    tries += 1
  ) {
    await player.press('v');
  }
  return player;
}

/** The cells of a caller's row. */
const cellsOf = (lines: readonly string[], service: string): string =>
  lines.find((one) => new RegExp(`^[▸> ] *\\d+ ${service} `).test(one))?.slice(34) ?? '';

describe('matrix', () => {
  test('v leads to it and on to the tree', async () => {
    const player = await inMatrix(drawn(20, bad));
    expect(player.lines().join('\n')).toContain('20 services, callers in rows');
    await player.press('v');
    expect(player.lines().join('\n')).toContain('callees below');
  });

  test('cells tell without colour how bad a call is, and that it fails', async () => {
    const player = await inMatrix(drawn(20, bad));
    expect(cellsOf(player.lines(), 's03')).toContain('█✗');
    expect(cellsOf(player.lines(), 's05')).toContain('▓');
    expect(cellsOf(player.lines(), 's06')).toContain('▒✗');
    expect(cellsOf(player.lines(), 's10')).toMatch(/^ *·$/);
  });

  test('in ASCII every shade is a glyph of its own', async () => {
    const lines = (await inMatrix(drawn(20, bad))).lines(true);
    expect(cellsOf(lines, 's03')).toContain('#x');
    expect(cellsOf(lines, 's05')).toContain('=');
    expect(cellsOf(lines, 's06')).toContain('-x');
    expect(cellsOf(lines, 's10')).toMatch(/^ *\.$/);
  });

  test('the cursor begins on the worst call, with its numbers, those before in brackets', async () => {
    const text = (await inMatrix(drawn(20, bad))).lines().join('\n');
    expect(text).toMatch(/✗ s03 → s09/);
    expect(text).toMatch(
      /calls\/min [\d.]+ \([\d.]+\) {2}failed 70\.0% \(0\.0%\) {2}p50 5 ms \(5 ms\) {2}p99 20 ms \(20 ms\)/,
    );
    expect(text).toMatch(/over time ▂▂ █/);
  });

  test('arrows go from cell to cell, e to the next call that fails, t to traces with it', async () => {
    const player = await inMatrix(drawn(20, bad));
    await player.press('e');
    expect(player.lines().join('\n')).toMatch(/✗ s06 → s09/);
    await player.press('left');
    expect(player.lines().join('\n')).toContain('no call from this row to this column');
    await player.press('right', 't');
    expect(visitOf(player.frame()).place).toEqual({
      screen: 'traces',
      filter: `trace=${'a'.repeat(12)}* OR trace=${'b'.repeat(12)}*`,
    });
  });

  test('Enter goes to the callee in the graph around it', async () => {
    const player = await inMatrix(drawn(20, bad));
    await player.press('enter');
    expect(player.lines()[0]).toContain('s09');
    expect(player.lines().join('\n')).not.toContain('callers in rows');
  });

  test('60 services in 80 columns: the column of the cursor is seen', async () => {
    const player = await inMatrix(
      drawn(60, [{ caller: 's00', callee: 's58', now: side(90, 10) }]),
      80,
    );
    expect(player.lines().join('\n')).toMatch(/✗ s00 → s58/);
    expect(cellsOf(player.lines(), 's00')).toContain('█✗');
  });
});

test('in the tree, right goes along a call and left back', async () => {
  const player = await play(session(), drawn(10, []), { columns: 80, rows: 40 });
  await player.press('3', 'g', 'j');
  const under = () => player.lines().find((one) => one.startsWith('▸')) ?? '';
  const before = under();
  await player.press('right');
  expect(under()).not.toBe(before);
  await player.press('left');
  expect(under()).toBe(before);
});

test('the path is a chain only where it is one: branches stand for themselves', async () => {
  const of = drawn(4, []);
  const [cause] = of.diagnosis.causes;
  if (!cause) throw new Error('the case has no cause');
  const path = [
    { from: 's03', to: 's02', delayMs: 26 },
    { from: 's03', to: 's00', delayMs: null },
    { from: 's02', to: 's01', delayMs: 1 },
  ].map((step) => ({ ...cause.path[0], ...step }));
  const spreading: Overview = {
    ...of,
    diagnosis: {
      ...of.diagnosis,
      verdict: 'likely',
      causes: [{ ...cause, service: 's03', path }],
    },
  };
  const player = await play(session(), spreading, { columns: 100, rows: 40 });
  await player.press('3');
  expect(player.lines().join('\n')).toContain('path s03 → s02 +26 ms → s01 +1 ms; → s00');
});

/** The graph around one service, of a case without a cause. */
async function around(of: Overview, service: string, ...keys: readonly string[]) {
  const calm: Overview = { ...of, diagnosis: { ...of.diagnosis, causes: [] } };
  const player = await play(session(), calm, { columns: 120, rows: 36 });
  await player.press('3', '/', ...service, 'enter', 'enter', ...keys);
  return player;
}

test('a row of the tree tells how the call went, and apart from that how its service goes', async () => {
  const player = await around(drawn(20, bad), 's09', 'v', 'v');
  const row = player.lines().find((one) => /[━─] s09/.test(one));
  expect(row).not.toContain('✗');
  // By the minute, failed and by how much more, p95 and by how much longer; then the service.
  expect(row).toMatch(/ \d+ +70\.0% +\+70\.0 pt +10 ms +0 +0\.0% +1 ms/);
  await player.resize(80, 24);
  expect(player.lines().find((one) => /[━─] s09/.test(one))).toMatch(/ \d+ +70\.0% +0 +0\.0%/);
});

test('the change of a call is signed, and told at every width', async () => {
  const player = await around(
    drawn(20, [{ caller: 's05', callee: 's09', now: side(0, 40) }]),
    's05',
  );
  for (const columns of [80, 120]) {
    await player.resize(columns, 36);
    expect(player.lines().join('\n')).toMatch(/s09 .* \+30 ms/);
  }
  await player.press('v');
  expect(player.lines().join('\n')).toContain('callers in rows');
});

test('where nothing is before, no call is new', async () => {
  const of = drawn(3, []);
  const calls = of.calls.map((call) => ({ ...call, baseline: null }));
  const { diagnosis } = of;
  const alone: Overview = {
    ...{ ...of, calls },
    diagnosis: {
      ...{ ...diagnosis, regime: 'absolute', causes: [] },
      windows: { ...diagnosis.windows, baseline: null },
    },
  };
  const player = await play(session(), alone, { columns: 80, rows: 36 });
  await player.press('3');
  expect(player.lines().join('\n')).toContain('calls/min');
  expect(player.lines().join('\n')).not.toMatch(/ new /);
  await player.press('1');
  expect(player.lines().join('\n')).not.toContain('baseline →');
});

test('names give way to the curve of a call, and the place to the windows', async () => {
  const long = 'recommendation-candidate-retriever';
  const of = drawn(3, [{ caller: 's01', callee: long }]);
  const calls = of.calls.map((call) => ({ ...call, history: Array(24).fill(10 * ms) }));
  const player = await around({ ...of, calls }, long);
  await player.resize(80, 30);
  const text = player.lines().join('\n');
  expect(text).toMatch(/s01 → reco\S+…\S+ {3}p95 █{24}/);
  expect(player.lines()[0]).toMatch(
    /^Graph ▸ recommendation-candidate-retriever 1 hop +incident .* UTC$/,
  );
});

test('arrows of the layers tell calls by the minute, what failed and the change', async () => {
  const calls: readonly Drawn[] = [{ caller: 's01', callee: 'new', now: side(50, 40) }];
  const player = await around(drawn(2, calls), 's01');
  const text = player.lines().join('\n');
  expect(text).toContain('at an arrow: calls, failed, Δp95 along it');
  expect(text).toMatch(/\d\/min ┌/);
  expect(text).toMatch(/✗ 50\.0% └/);
  expect(text).toMatch(/ \+30 ms$/m);
});

test('no number is cut in the box of a service', async () => {
  const of = drawn(4, []);
  const services = of.services.map((one, at) => ({
    ...{ ...one, rank: at + 1, incident: { spans: 1_000, errors: 321, p99: 12_400 * ms } },
  }));
  const player = await play(session(), { ...of, services }, { columns: 80, rows: 40 });
  await player.press('3', 'v');
  const edges = player.lines().filter((one) => one.includes('└ #'));
  expect(edges.length).toBeGreaterThan(0);
  expect(edges.join('\n')).toContain('└ #1 32.1% ');
  expect(edges.join('\n')).not.toContain('…┘');
});

test('in layers the cursor stands on drawn services only, and says of each how its calls go', async () => {
  const player = await around(drawn(20, []), 's09');
  expect(player.lines().join('\n')).toContain('+N: neighbours not drawn');
  expect(player.lines().join('\n')).toMatch(/─ \+1 ─┐/);
  for (const service of ['s08', 's09', 's10', 's10']) {
    if (service === 's08') await player.press('g');
    else await player.press('j');
    expect(player.lines().join('\n')).toContain(` calls of ${service} `);
    expect(player.lines().join('\n')).toContain(`called by`);
  }
});

test('one hop more says so where it shows nothing new', async () => {
  const player = await around(drawn(5, []), 's02', ']');
  expect(player.lines().join('\n')).toContain('nothing further');
});

test('a hop goes on from services that are in sight already', async () => {
  const of = drawn(20, []);
  const services = of.services.map((one) => (one.service === 's10' ? { ...one, rank: 2 } : one));
  const player = await around({ ...of, services }, 's09', ']');
  expect(player.lines()[0]).toContain('2 hops');
  expect(player.lines().join('\n')).toContain('s11');
});

describe('sorted', () => {
  const names = (player: Player): readonly unknown[] =>
    (player.exported() ?? []).map(({ service }) => service);

  /** Services with errors in the reverse order of their names. */
  const unlike = (count: number): Overview => {
    const of = drawn(count, bad);
    const services = of.services.map((one, at) => ({
      ...one,
      incident: { spans: 100, errors: at, p99: (count - at) * ms },
    }));
    return { ...of, services };
  };

  test('what is below one service is in the order of the column, which is marked', async () => {
    const player = await play(session(), unlike(10), { columns: 90, rows: 40 });
    await player.press('3', ...'>>>>>>>');
    expect(player.lines().join('\n')).toContain('sorted by itself ✗, below each service');
    await player.press('j');
    expect(player.lines().join('\n')).toContain('itself ✗↓');
    await player.press('/', ...'s0', 'enter', 'ctrl-s');
    expect(names(player)).toEqual(
      unlike(10)
        .services.map(({ service }) => service)
        .reverse(),
    );
    await player.press('R', 'ctrl-s');
    expect(names(player)).toEqual(unlike(10).services.map(({ service }) => service));
    await player.press('>', '>', 'ctrl-s');
    expect(player.lines().join('\n')).toContain('p99↓');
    expect(names(player)[0]).toBe('s00');
  });

  test('the matrix has rows and columns in it, and the cursor stays on its call', async () => {
    const player = await inMatrix(drawn(10, bad));
    await player.press('y', 'j');
    const before = player.copied();
    await player.press('>', '>', 'R');
    expect(player.lines().join('\n')).toContain('by Δcalls↑');
    await player.press('y', 'j');
    expect(player.copied()).toBe(before);
    expect(JSON.parse(before ?? '')).toMatchObject({ caller: 's03', callee: 's09', errors: 70 });
    await player.press('ctrl-s');
    expect(player.exported()).toHaveLength(12);
  });

  test('layers sort the calls that are listed below them, or say that there are none', async () => {
    const player = await play(session(), drawn(4, []), { columns: 140, rows: 50 });
    await player.press('3', 'j', '>');
    expect(player.lines().join('\n')).toContain('sorted by calls/min');
    await player.press(...'>>>>>');
    expect(player.lines().join('\n')).toContain('Δp95↓');
    await player.resize(140, 22);
    await player.press('v', 'v', 'v', '>');
    expect(player.lines().join('\n')).toMatch(/no list is drawn here|sorted by/);
  });

  test.each([
    ['3'],
    ['3', '>', '>'],
    ['3', 'v', '>', '>', 'R'],
    ['3', 'v', 'v', '>'],
    ['3', '/', ...'spans>0', 'enter', '>'],
    ['3', '/', ...'zzz', 'enter'],
  ])('S and Ctrl-S are about the same rows: %s %s %s', async (...keys) => {
    const player = await play(session(), overview(), { columns: 100, rows: 30 });
    await player.press(...keys, 'ctrl-s');
    const rows = keys.includes('zzz') ? [] : (player.exported() ?? []);
    await player.press('S');
    const { listed, result } = (visitOf(player.frame()).state as { of: SqlState }).of;
    const at = (name: string): number => result?.columns.indexOf(name) ?? -1;
    const key = rows[0] && 'caller' in rows[0] ? ['caller', 'callee', 'via'] : ['service'];
    expect(listed.rows.map((row) => key.map((name) => row[at(name)]))).toEqual(
      rows.map((row) => key.map((name) => row[name])),
    );
  });
});
