/** What goes wrong ends in words and a documented status, and JSON output stays JSON. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { aidebug, published, shell, smallDump, temporaryFolder, written } from './cli.ts';

interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

/** Argv in a folder that `prepare` filled; status and code of the error. */
interface Wrong {
  readonly argv: readonly string[];
  readonly prepare?: (folder: string) => void;
  readonly status: number;
  readonly code: string;
  readonly says: RegExp;
}

const withDump = (folder: string): void => {
  written(folder, 'dump.json', smallDump());
};
const asCase = (content: string | Uint8Array) => (folder: string) => {
  written(folder, 'case.db', content);
};
const onCase = ['--db', 'case.db'];

const wrong: Readonly<Record<string, Wrong>> = {
  'a missing file': {
    argv: ['import', 'nowhere.json'],
    status: 4,
    code: 'unreadable',
    says: /nowhere\.json/,
  },
  'a folder without dumps': {
    argv: ['import', '.'],
    status: 4,
    code: 'unreadable',
    says: /no file/,
  },
  'an empty file': {
    argv: ['import', 'empty.json'],
    prepare: (folder) => void written(folder, 'empty.json', ''),
    status: 4,
    code: 'unreadable',
    says: /empty/,
  },
  'binary junk': {
    argv: ['import', 'junk'],
    prepare: (folder) =>
      void written(
        folder,
        'junk',
        Uint8Array.from({ length: 5_000 }, (_, i) => (i * 89) % 256),
      ),
    status: 4,
    code: 'unreadable',
    says: /junk/,
  },
  'a wrong flag': {
    argv: ['import', 'dump.json', '--lable', 'x'],
    status: 2,
    code: 'usage',
    says: /--label/,
  },
  'a flag without its value': {
    argv: ['causes', '--top'],
    status: 2,
    code: 'usage',
    says: /--top/,
  },
  'a missing argument': { argv: ['import'], status: 2, code: 'usage', says: /dump/ },
  'an unknown command': { argv: ['caues'], status: 2, code: 'usage', says: /causes/ },
  'no command': { argv: [], status: 2, code: 'usage', says: /Usage|no command/ },
  'an argument too many': { argv: ['causes', 'now'], status: 2, code: 'usage', says: /argument/ },
  'a wrong label': {
    argv: ['import', 'dump.json', '--label', 'Good Day'],
    prepare: withDump,
    status: 2,
    code: 'usage',
    says: /label/,
  },
  'a wrong time': {
    argv: ['import', 'dump.json', '--since', 'yesterday'],
    prepare: withDump,
    status: 2,
    code: 'usage',
    says: /yesterday/,
  },
  'a band there is not': {
    argv: ['causes', '--fail-on', 'certain'],
    status: 2,
    code: 'usage',
    says: /likely/,
  },
  'a number that is none': {
    argv: ['causes', '--top', 'ten'],
    status: 2,
    code: 'usage',
    says: /--top/,
  },
  'a score out of range': {
    argv: ['causes', '--min-score', '7'],
    status: 2,
    code: 'usage',
    says: /0 to 1/,
  },
  'a missing case': { argv: ['causes', ...onCase], status: 4, code: 'unreadable', says: /no case/ },
  'a case that is no database': {
    argv: ['causes', ...onCase],
    prepare: asCase('this is a diary'.repeat(100)),
    status: 4,
    code: 'unreadable',
    says: /case\.db/,
  },
  'a folder as a case': {
    argv: ['query', 'SELECT 1', '--db', '.'],
    status: 4,
    code: 'unreadable',
    says: /folder|cannot/,
  },
  'a schema there is not': {
    argv: ['schema', 'json', 'Poem'],
    status: 2,
    code: 'usage',
    says: /Causes/,
  },
  'a scenario there is not': {
    argv: ['simulate', 'flood', '--seed', '1', '-o', 'out'],
    status: 2,
    code: 'usage',
    says: /stale-data/,
  },
  'a scenario there is not, wherever it goes': {
    argv: ['simulate', 'stale-dat'],
    status: 2,
    code: 'usage',
    says: /stale-dat[\s\S]*Did you mean stale-data/,
  },
  'flags of a simulation without a scenario': {
    argv: ['simulate', '--seed', '1', '-o', 'out'],
    status: 2,
    code: 'usage',
    says: /no scenario[\s\S]*--list/,
  },
  'a stream without a scenario': {
    argv: ['simulate', '--stream', '--seed', '1'],
    status: 2,
    code: 'usage',
    says: /no scenario/,
  },
  'a stream of several cases': {
    argv: ['simulate', 'stale-data', '--seed', '1', '--stream', '--count', '2'],
    status: 2,
    code: 'usage',
    says: /--stream[\s\S]*--count/,
  },
  'a stream into a folder': {
    argv: ['simulate', 'stale-data', '--seed', '1', '--stream', '-o', 'out'],
    status: 2,
    code: 'usage',
    says: /--stream[\s\S]*-o/,
  },
  'an empty intensity': {
    argv: ['simulate', 'stale-data', '--seed', '1', '-o', 'out', '--intensity', ''],
    status: 2,
    code: 'usage',
    says: /--intensity ""[\s\S]*0 to 1/,
  },
  'an intensity of nothing wrong': {
    argv: ['simulate', 'healthy', '--seed', '1', '-o', 'out', '--intensity', '0.5'],
    status: 2,
    code: 'usage',
    says: /healthy[\s\S]*--intensity/,
  },
  'too many cases': {
    argv: ['simulate', '--count', '2000000000', '--seed', '1', '-o', 'out'],
    status: 2,
    code: 'usage',
    says: /1 to 9999[\s\S]*another -o/,
  },
  'a simulation without a seed': {
    argv: ['simulate', 'stale-data', '-o', 'out'],
    status: 2,
    code: 'usage',
    says: /--seed/,
  },
  'a sample there is not': {
    argv: ['demo', '../src'],
    status: 2,
    code: 'usage',
    says: /stale-data/,
  },
};

describe('a failure says what is wrong and ends in its status', () => {
  test.for(Object.entries(wrong))('%s', async ([, { argv, prepare, status, code, says }]) => {
    const cwd = temporaryFolder();
    prepare?.(cwd);
    const told = await aidebug(argv, { cwd });
    expect(told).toMatchObject({ status, stdout: '' });
    expect(told.stderr).toMatch(says);
    expect(told.stderr).not.toMatch(/^ {4}at /m);

    const json = await aidebug([...argv, '--format', 'json'], { cwd });
    const { kind, data } = published<Failure>(json);
    expect({ status: json.status, kind, code: data.code }).toEqual({ status, kind: 'Error', code });
    expect(data.message).not.toBe('');
  });
});

describe('on a case', () => {
  async function smallCase(): Promise<string> {
    const cwd = temporaryFolder();
    withDump(cwd);
    expect(await aidebug(['import', 'dump.json', '--quiet'], { cwd })).toMatchObject({
      status: 0,
      stderr: '',
    });
    return cwd;
  }

  test.for([
    ['SQL that is wrong', 'SELEC 1', 2],
    ['a table there is not', 'SELECT * FROM poems', 2],
    ['SQL that writes', 'DELETE FROM span', 2],
    ['a pragma that writes', 'PRAGMA user_version = 7', 2],
    ['several statements', 'SELECT 1; SELECT 2', 2],
    ['no SQL', '', 2],
    ['SQL that fails on the way', "SELECT json(name || '{') FROM spans", 2],
  ] as const)('%s', async ([, sql, status]) => {
    const cwd = await smallCase();
    for (const format of ['table', 'json', 'jsonl', 'csv', 'md']) {
      const outcome = await aidebug(['query', sql, '--format', format], { cwd });
      expect({ format, status: outcome.status }).toEqual({ format, status });
      expect(outcome.stderr).not.toMatch(/^ {4}at /m);
      if (format === 'json') expect(published<Failure>(outcome).data.code).toBe('usage');
    }
  });

  test('a trace there is not, or several', async () => {
    const cwd = await smallCase();
    for (const id of ['ffff', '0000', 'xyz', "' OR 1 --"]) {
      const outcome = await aidebug(['trace', id, '--format', 'json'], { cwd });
      expect({ id, status: outcome.status }).toEqual({ id, status: 2 });
      expect(published<Failure>(outcome).kind).toBe('Error');
    }
  });

  test('a window there is not', async () => {
    const cwd = await smallCase();
    for (const flag of ['--baseline', '--incident', '--at']) {
      expect(await aidebug(['causes', flag, 'noon'], { cwd })).toMatchObject({
        status: 2,
        stdout: '',
      });
    }
  });

  test('of another schema version', async () => {
    const cwd = await smallCase();
    const path = join(cwd, '.aidebug/case.db');
    const bytes = readFileSync(path);
    bytes.writeUInt32BE(999, 60);
    writeFileSync(path, bytes);
    const refused = await aidebug(['causes', '--format', 'json'], { cwd });
    expect(refused.status).toBe(4);
    expect(published<Failure>(refused).data.message).toMatch(/version/);
    expect(refused.stderr).toMatch(/--new/);
    expect(await aidebug(['import', '--new', 'dump.json'], { cwd })).toMatchObject({ status: 0 });
  });

  test('the reader that goes early is no failure', async () => {
    const cwd = await smallCase();
    const many =
      'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 300000) SELECT i FROM n';
    for (const format of ['table', 'jsonl', 'csv', 'md', 'json']) {
      const line = `aidebug query "${many}" --format ${format} | head -c 30`;
      expect(await shell(line, { cwd })).toMatchObject({ status: 0, stderr: '' });
    }
    expect(await shell('aidebug --help | true', { cwd })).toMatchObject({ status: 0, stderr: '' });
  });

  test.for(['SIGINT', 'SIGTERM'] as const)('%s ends it as it ends any program', async (kill) => {
    // A shell makes 130 and 143 of it.
    const outcome = await aidebug(['query', '-'], { cwd: await smallCase(), kill });
    expect(outcome).toMatchObject({ status: null, signal: kill, stdout: '', stderr: '' });
  });
});

test('--new takes nothing that is not a case', async () => {
  const cwd = temporaryFolder();
  withDump(cwd);
  const notes = written(cwd, 'notes.txt', 'dear diary');
  const outcome = await aidebug(['import', '--new', 'dump.json', '--db', 'notes.txt'], { cwd });
  expect(outcome).toMatchObject({ status: 4, stdout: '' });
  expect(readFileSync(notes, 'utf8')).toBe('dear diary');
  // Nor the dump itself.
  await aidebug(['import', '--new', 'dump.json', '--db', 'dump.json'], { cwd });
  expect(readFileSync(join(cwd, 'dump.json'), 'utf8')).toBe(smallDump());
});

test('help and version are data, also as JSON', async () => {
  expect(await aidebug(['--version'])).toMatchObject({ status: 0, stderr: '' });
  for (const argv of [['--help'], ['causes', '--help'], ['--version']]) {
    const outcome = await aidebug([...argv, '--format', 'json']);
    expect({ argv, status: outcome.status, kind: published(outcome).kind }).toEqual({
      argv,
      status: 0,
      kind: 'Help',
    });
  }
});

/** No file grows beyond 512 KB: for SQLite the same as a disk that is full. */
const onSmallDisk = (command: string, cwd: string) => shell(`ulimit -f 512; ${command}`, { cwd });

describe('a disk that is full', () => {
  const bigDump = smallDump({ requests: 4_000 });

  test.each(['', '--new'])('leaves the case as it was: import %s', async (flag) => {
    const cwd = temporaryFolder();
    withDump(cwd);
    written(cwd, 'big.json', bigDump);
    await aidebug(['import', 'dump.json', '--db', 'case.db'], { cwd });
    const spans = ['export', 'traces', '--db', 'case.db'];
    const before = await aidebug(spans, { cwd });
    const { status, stderr } = await onSmallDisk(
      `aidebug import ${flag} big.json --db case.db`,
      cwd,
    );
    expect(stderr).toMatch(/case\.db: (no space left|cannot be read or written)/);
    expect(status).toBe(4);
    expect(await aidebug(spans, { cwd })).toEqual(before);
    expect(readdirSync(cwd).sort()).toEqual(['big.json', 'case.db', 'dump.json']);
  });

  test('leaves nothing of a case that is new', async () => {
    const cwd = temporaryFolder();
    written(cwd, 'big.json', bigDump);
    expect((await onSmallDisk('aidebug import big.json --db case.db', cwd)).status).toBe(4);
    expect(readdirSync(cwd)).toEqual(['big.json']);
  });
});
