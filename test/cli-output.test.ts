/** What the other commands print: query, graph, trace, schema, simulate, demo; colour; hostility. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { aidebug, published, shell, smallDump, temporaryFolder, written } from './cli.ts';

async function caseOf(dump = smallDump()): Promise<string> {
  const cwd = temporaryFolder();
  written(cwd, 'dump.json', dump);
  expect(await aidebug(['import', 'dump.json', '-q'], { cwd })).toMatchObject({ status: 0 });
  return cwd;
}

describe('query', () => {
  const cells =
    "SELECT 9007199254740993 AS big, 1.5 AS half, NULL AS none, '' AS empty, x'00ff' AS bytes, 9e999 AS much, 'a,\"b\"\n|c' AS text, 2 AS half";

  test('every cell survives in JSON, JSON Lines and CSV', async () => {
    const cwd = await caseOf();
    const row =
      '{"big":9007199254740993,"half":1.5,"none":null,"empty":"","bytes":"00ff","much":"Infinity","text":"a,\\"b\\"\\n|c","half_2":2}';
    const json = await aidebug(['query', cells, '--format', 'json'], { cwd });
    expect(json.stdout).toBe(
      `{"schemaVersion":1,"kind":"Query","data":{"columns":["big","half","none","empty","bytes","much","text","half_2"],"rows":[${row}]}}\n`,
    );
    const lines = await aidebug(['query', cells, '--format', 'jsonl'], { cwd });
    expect(lines.stdout).toBe(`${row}\n`);
    const csv = await aidebug(['query', cells, '--format', 'csv'], { cwd });
    expect(csv.stdout).toBe(
      'big,half,none,empty,bytes,much,text,half\r\n9007199254740993,1.5,,"",00ff,Infinity,"a,""b""\n|c",2\r\n',
    );
    const md = await aidebug(['query', cells, '--format', 'md'], { cwd });
    expect(md.stdout.split('\n')[2]).toContain('| a,"b" \\|c |');
  });

  test('no rows are an answer in every format', async () => {
    const cwd = await caseOf();
    const sql = 'SELECT service FROM spans WHERE 0';
    const shown = async (format: string) =>
      (await aidebug(['query', sql, '--format', format], { cwd })).stdout;
    expect(await shown('table')).toBe('service\n');
    expect(await shown('json')).toContain('"data":{"columns":["service"],"rows":[]}');
    expect(await shown('jsonl')).toBe('');
    expect(await shown('csv')).toBe('service\r\n');
    expect(await shown('md')).toBe('| service |\n|---|\n');
  });

  test('tables fit the width; many columns become blocks', async () => {
    const cwd = await caseOf();
    for (const sql of [
      'SELECT trace_id, span_id, name, attributes FROM spans',
      'SELECT * FROM spans',
    ]) {
      for (const columns of ['40', '80', '200']) {
        const { stdout } = await aidebug(['query', `${sql} LIMIT 3`], {
          cwd,
          env: { COLUMNS: columns },
        });
        const widest = Math.max(...stdout.split('\n').map((line) => line.length));
        expect(widest).toBeLessThanOrEqual(Number(columns));
      }
    }
  });

  test('reads the statement from standard input, and causes without asking for them', async () => {
    const cwd = await caseOf();
    const sql = 'SELECT service, band FROM causes ORDER BY rank LIMIT 1';
    const outcome = await aidebug(['query', '-', '--format', 'jsonl'], { cwd, input: sql });
    expect(JSON.parse(outcome.stdout)).toMatchObject({ service: expect.any(String) });
    const evidence = 'SELECT count(*) > 0 AS found FROM evidence WHERE refs IS NOT NULL';
    const counted = await aidebug(['query', evidence, '--format', 'jsonl'], { cwd });
    expect(counted.stdout).toBe('{"found":1}\n');
  });
});

test('graph: every service, calls and errors, in every format', async () => {
  const cwd = await caseOf();
  const shown = async (format: string) =>
    (await aidebug(['graph', '--format', format], { cwd })).stdout;
  expect(await shown('tree')).toMatch(/^service .*\nweb\n└─ api +20 +5 +/);
  expect(await shown('dot')).toMatch(/n1 -> n0 \[label="20 calls, 5 errors, p95 .*", color=red\]/);
  expect(await shown('mermaid')).toMatch(/^flowchart LR\n {2}n0\["api"\]\n/);
  expect(JSON.parse(await shown('json')).data.edges).toMatchObject([
    { caller: 'web', callee: 'api', calls: 20, errors: 5 },
  ]);
});

test('trace: a tree with times, the critical path and failures; ids may be cut', async () => {
  const cwd = await caseOf();
  const id = '00000000000000000000000000000001';
  const tree = await aidebug(['trace', id], { cwd });
  expect(tree.stdout).toMatch(/◆ ✗ web {2}GET \/api +50 ms +10 ms .*█/);
  expect(tree.stdout).toMatch(/disk full/);
  const cut = await aidebug(['trace', `${id.slice(0, 32)}…`, '--format', 'json'], { cwd });
  const { data } = published<{ spans: { parent: string | null; networkGapMs: number | null }[] }>(
    cut,
  );
  expect(data.spans).toMatchObject([
    { parent: null, service: 'web', durationMs: 50, selfMs: 10, critical: true },
    { service: 'web', kind: 'client', selfMs: 0, networkGapMs: 10, criticalMs: 10 },
    { service: 'api', durationMs: 30, selfMs: 30, critical: true, status: 'error' },
  ]);
});

test('help: examples first, exit codes last, 80 columns', async () => {
  for (const command of [
    'import',
    'causes',
    'graph',
    'trace',
    'query',
    'schema',
    'demo',
    'simulate',
    'evaluate',
    'explain',
    'drift',
    'export',
  ]) {
    const { stdout, status, stderr } = await aidebug([command, '--help']);
    expect({ command, status, stderr }).toEqual({ command, status: 0, stderr: '' });
    expect(stdout).toMatch(/^Usage: aidebug \w+[\s\S]*Examples:[\s\S]*Options:[\s\S]*Exit codes:/);
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  }
  const { stdout } = await aidebug(['--help']);
  expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
});

test('schema sql runs as it is', async () => {
  const cwd = await caseOf();
  const { stdout, status } = await aidebug(['schema', 'sql'], { cwd });
  expect(status).toBe(0);
  const views = [...stdout.matchAll(/CREATE VIEW (\w+)/g)].map(([, view]) => view);
  expect(views).toContain('spans');
  for (const view of views) {
    const outcome = await aidebug(['query', `SELECT * FROM ${view} LIMIT 1`], { cwd });
    expect({ view, status: outcome.status }).toEqual({ view, status: 0 });
  }
});

describe('simulate', () => {
  const digest = (folder: string): string => {
    const hash = createHash('sha256');
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
      hash.update(name);
      if (/\.(gz|json)$/.test(name)) hash.update(readFileSync(join(folder, name)));
    }
    return hash.digest('hex');
  };

  test('lists the scenarios', async () => {
    for (const argv of [['simulate'], ['simulate', '--list']]) {
      expect((await aidebug(argv)).stdout).toMatch(/service-unreachable[\s\S]*slow-rank/);
    }
  });

  test('lists the one that is named', async () => {
    for (const named of [['stale-data'], ['--class', 'stale-data']]) {
      const argv = ['simulate', '--list', ...named, '--format', 'json'];
      const { scenarios } = published<{ scenarios: { name: string }[] }>(await aidebug(argv)).data;
      expect(scenarios.map(({ name }) => name)).toEqual(['stale-data']);
    }
  });

  test('lists them whole in 80 columns, and as one table where they are piped on', async () => {
    const { scenarios } = published<{
      scenarios: readonly { name: string; summary: string; range: string | null }[];
    }>(await aidebug(['simulate', '--list', '--format', 'json'])).data;
    const { stdout } = await aidebug(['simulate', '--list']);
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    const text = stdout.replace(/\s+/g, ' ');
    for (const { name, summary, range } of scenarios) {
      expect(text).toContain(`${name} ${summary}`);
      if (range !== null) expect(text).toContain(range);
    }
    const piped = await aidebug(['simulate', '--list'], { env: { COLUMNS: '' } });
    expect(piped.stdout.split('\n')).toHaveLength(scenarios.length + 2);
  });

  test('the same seed gives the same bytes', async () => {
    const cwd = temporaryFolder();
    for (const dir of ['one', 'two']) {
      const outcome = await aidebug(['simulate', 'stale-data', '--seed', '3', '-o', dir], { cwd });
      expect(outcome.status).toBe(0);
    }
    expect(digest(join(cwd, 'one'))).toBe(digest(join(cwd, 'two')));
    expect(existsSync(join(cwd, 'one/label.json'))).toBe(true);
  });

  test('--count writes cases that take turns, with seeds in a row', async () => {
    const cwd = temporaryFolder();
    const argv = ['simulate', '--count', '6', '--seed', '9', '-o', 'cases', '--format', 'json'];
    const { data } = published<{ cases: object[] }>(await aidebug(argv, { cwd }));
    expect(data.cases[0]).toEqual({
      scenario: 'service-unreachable',
      seed: 9,
      path: 'cases/case-0001',
    });
    expect(data.cases[5]).toMatchObject({ scenario: 'name-resolution', seed: 14 });
    expect(readdirSync(join(cwd, 'cases'))).toHaveLength(6);
  });
});

test('demo imports a sample anew and shows its causes', async () => {
  const cwd = temporaryFolder();
  const first = await aidebug(['demo'], { cwd });
  expect(first.status).toBe(0);
  expect(first.stdout).toMatch(/^(likely|possible) cause: .*stale-data/);
  expect(first.stderr).toMatch(/^\$ aidebug .*import.*\n\$ aidebug .*causes\n$/);
  expect(await aidebug(['demo'], { cwd })).toEqual(first);
  const own = await aidebug(['demo', 'slow-rank', '--db', 'own.db', '--format', 'json', '-q'], {
    cwd,
  });
  expect(own).toMatchObject({ status: 0, stderr: '' });
  expect(published(own).kind).toBe('Causes');
});

test('colour only on request or on a terminal, and never as the only sign', async () => {
  const cwd = await caseOf();
  const plain = await aidebug(['causes'], { cwd });
  const coloured = await aidebug(['causes', '--color', 'always'], { cwd });
  expect(plain.stdout).not.toContain('\x1b');
  expect(coloured.stdout).toContain('\x1b[1m');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escapes are what is taken out
  expect(coloured.stdout.replace(/\x1b\[\d+m/g, '')).toBe(plain.stdout);
});

describe('hostile names', () => {
  const evil = '\x1b]0;x\x07\u009b2J\u202eevil\nname|`<script>alert(1)</script>"\'] -->';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: naming them is the point
  const unsafe = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/;

  test('reach no terminal and no page', async () => {
    const cwd = await caseOf(smallDump({ api: evil, web: `web${evil}` }));
    const runs = [
      ...['table', 'md', 'json', 'jsonl'].map((format) => ['causes', '--format', format]),
      ...['tree', 'dot', 'mermaid', 'json'].map((format) => ['graph', '--format', format]),
      ...['tree', 'json'].map((format) => [
        'trace',
        '00000000000000000000000000000001',
        '--format',
        format,
      ]),
      ...['table', 'md', 'json', 'jsonl'].map((format) => [
        'query',
        'SELECT * FROM spans',
        '--format',
        format,
      ]),
      ['query', `SELECT 1 AS "${evil.replaceAll('"', '""')}"`],
      ['query', `SELECT ${evil.replaceAll('\n', ' ')}`],
    ];
    for (const argv of runs) {
      const { stdout, stderr, status } = await aidebug(argv, { cwd });
      expect({ argv, status, unsafe: unsafe.exec(stdout + stderr)?.[0] }).toMatchObject({
        argv,
        unsafe: undefined,
      });
      // A code block shows what is in it.
      const page = stdout.replace(/^```sh$[\s\S]*?^```$/gm, '');
      if (['md', 'mermaid'].includes(argv.at(-1) ?? '')) expect(page).not.toMatch(/<script/);
    }
  });

  test('come through in JSON and CSV unchanged', async () => {
    const cwd = await caseOf(smallDump({ api: evil }));
    const sql = "SELECT DISTINCT service FROM spans WHERE service <> 'web'";
    const json = await aidebug(['query', sql, '--format', 'json'], { cwd });
    expect(published<{ rows: object[] }>(json).data.rows).toEqual([{ service: evil }]);
    const csv = await aidebug(['query', sql, '--format', 'csv'], { cwd });
    expect(csv.stdout).toContain(`"${evil.replaceAll('"', '""')}"`);
  });

  test('do not break the commands that are proposed', async () => {
    const cwd = await caseOf(smallDump({ api: `a'b$(touch pwned)\`touch pwned\`` }));
    const { data } = published<{ causes: { nextChecks: string[] }[] }>(
      await aidebug(['causes', '--format', 'json'], { cwd }),
    );
    for (const command of data.causes.flatMap(({ nextChecks }) => nextChecks)) {
      expect(await shell(command, { cwd })).toMatchObject({ status: 0 });
    }
    expect(existsSync(join(cwd, 'pwned'))).toBe(false);
  });
});
