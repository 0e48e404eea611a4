/** The case as a file: what may be opened, what is never written, and what a crash leaves. */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { UserError } from '../src/errors.ts';
import { importDumps, openSession } from '../src/session.ts';
import { openStore } from '../src/store/index.ts';
import { ask, linesOf, log, rowsOf, scratch, span } from './fixtures/store/dump.ts';
import { Database } from './fixtures/store/plain.ts';

const { dump, folder, path } = scratch('store-file');

const refusal = async (run: () => Promise<unknown>): Promise<UserError> => {
  const error = await run().then(
    () => new Error('nothing was refused'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  return error as UserError;
};

const some = (count = 30) => Array.from({ length: count }, (_, i) => span({ trace: i + 1, id: 1 }));

async function newCase(records: readonly unknown[] = some()): Promise<string> {
  const db = path();
  await importDumps(db, [dump(records)]);
  return db;
}

/** The files that begin with the name of the case, and their bytes. */
const filesOf = (db: string) =>
  readdirSync(dirname(db))
    .filter((name) => name.startsWith(basename(db)))
    .map((name) => [name, readFileSync(join(dirname(db), name)).toString('base64')]);

const sqlite = (sql: string): string => {
  const file = path();
  const db = new Database(file);
  db.exec(sql);
  db.close();
  return file;
};

describe('what is no case', () => {
  const notCases: readonly (readonly [string, () => string, RegExp])[] = [
    ['a missing file', () => path(), /there is no case here/],
    ['a folder', () => folder, /cannot be opened|is a folder/],
    ['another SQLite file', () => sqlite('CREATE TABLE t (a)'), /not an aidebug case/],
    ['an empty SQLite file', () => sqlite('PRAGMA user_version = 0; VACUUM'), /there is no case/],
    [
      'a case of another version',
      () =>
        sqlite('CREATE TABLE t (a); PRAGMA application_id = 0x61696465; PRAGMA user_version = 99'),
      /another version.*schema 99/,
    ],
    [
      'random bytes',
      () => {
        const file = path();
        writeFileSync(file, Buffer.from(Array.from({ length: 9000 }, (_, i) => (i * 7919) % 251)));
        return file;
      },
      /not an aidebug case/,
    ],
    ['text', () => dump([log('x')]), /not an aidebug case/],
    [
      'a path below a file',
      () => join(dump([log('x')]), 'case.db'),
      /there is no case here|cannot be opened/,
    ],
  ];

  test.each(notCases)('%s is refused when asked', async (_, make, message) => {
    const error = await refusal(() => openSession(make()));
    expect(error.code).toBe('unreadable');
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(/--db|--new|aidebug import/);
  });

  const unwritable = notCases.filter(([name]) => !/missing|empty/.test(name));

  test.each(unwritable)('%s is refused by an import, and left alone', async (_, make) => {
    const file = make();
    const isFile = existsSync(file) && statSync(file).isFile();
    const before = isFile ? readFileSync(file) : null;
    const input = dump([log('a')]);
    const error = await refusal(() => importDumps(file, [input]));
    expect(error.code).toBe('unreadable');
    expect(error.hint).toBeDefined();
    if (before) expect(readFileSync(file)).toEqual(before);
  });

  test('--new does not take a file that is no case; it takes an empty one', async () => {
    const foreign = sqlite('CREATE TABLE precious (a); INSERT INTO precious VALUES (1)');
    const before = readFileSync(foreign);
    const input = dump([log('a')]);
    for (const dryRun of [false, true]) {
      const error = await refusal(() => importDumps(foreign, [input], { fresh: true, dryRun }));
      expect(error.message).toMatch(/not replaced/);
    }
    expect(readFileSync(foreign)).toEqual(before);
    await refusal(() => importDumps(folder, [input], { fresh: true }));

    const empty = path();
    writeFileSync(empty, '');
    await importDumps(empty, [input], { fresh: true });
    expect(await ask(empty, 'SELECT body FROM logs')).toEqual([{ body: 'a' }]);
  });

  test('--new takes a case of another version, and one that is corrupt', async () => {
    const input = dump([log('a')]);
    const old = sqlite(
      'CREATE TABLE t (a); CREATE VIEW spans AS SELECT * FROM t; PRAGMA application_id = 0x61696465; PRAGMA user_version = 99',
    );
    const corrupt = await newCase();
    const bytes = readFileSync(corrupt);
    bytes.fill(0xab, 100, 9000);
    writeFileSync(corrupt, bytes);
    for (const file of [old, corrupt]) {
      await importDumps(file, [input], { fresh: true });
      expect(await ask(file, 'SELECT body FROM logs')).toEqual([{ body: 'a' }]);
    }
  });
});

describe('a damaged case', () => {
  /** Everything a person can ask of it. */
  const questions: readonly ((db: string) => Promise<unknown>)[] = [
    (db) => ask(db, 'SELECT sum(length(attributes)) FROM spans'),
    (db) => ask(db, 'SELECT * FROM causes'),
    async (db) => {
      await using session = await openSession(db);
      await session.diagnose();
      await session.serviceGraph();
    },
    (db) => importDumps(db, [dump(some(40))]),
  ];

  test.each([0.2, 0.5, 0.8])(
    'cut at %d of its length, it says so and shows no stack',
    async (share) => {
      for (const question of questions) {
        const db = await newCase(some(400));
        truncateSync(db, Math.floor(statSync(db).size * share));
        const error = await refusal(() => question(db));
        expect(error.message).toMatch(/corrupt|not an aidebug case/);
        expect(error.hint).toMatch(/--new|--db/);
      }
    },
  );

  test('with pages overwritten, it either answers or says so', async () => {
    const db = await newCase(some(400));
    const whole = readFileSync(db);
    for (let page = 4096; page < whole.length; page += 4096 * 5) {
      const bytes = Buffer.from(whole);
      bytes.fill(0x5a, page, page + 4096);
      writeFileSync(db, bytes);
      for (const question of questions.slice(0, 3)) {
        const outcome = await question(db).catch((error: unknown) => error);
        if (outcome instanceof Error && !(outcome instanceof UserError)) throw outcome;
      }
    }
  });
});

describe('asking', () => {
  test('changes no byte and leaves no file behind', async () => {
    const db = await newCase();
    const before = filesOf(db);
    const { mtimeNs } = statSync(db, { bigint: true });
    expect(before).toHaveLength(1);
    await using session = await openSession(db);
    await session.diagnose();
    await session.serviceGraph();
    await rowsOf(session, 'SELECT * FROM causes');
    await rowsOf(session, 'SELECT * FROM evidence');
    await rowsOf(session, 'SELECT * FROM spans');
    expect(filesOf(db)).toEqual(before);
    await session[Symbol.asyncDispose]();
    expect(filesOf(db)).toEqual(before);
    expect(statSync(db, { bigint: true }).mtimeNs).toBe(mtimeNs);
  });

  test('a case is one file: copied alone it is whole', async () => {
    const db = await newCase();
    const copy = path();
    copyFileSync(db, copy);
    expect(await ask(copy, 'SELECT count(*) AS n FROM spans')).toEqual([{ n: 30 }]);
    const plain = new Database(copy, { readonly: true });
    expect(plain.pragma('journal_mode', { simple: true })).toBe('delete');
    plain.close();
  });

  test.each([
    'DELETE FROM span',
    'INSERT INTO note (target, body, created_ns) VALUES (1, 2, 3) RETURNING *',
    'DROP VIEW spans',
    'ATTACH DATABASE ":memory:" AS other',
    'VACUUM',
    'CREATE TEMP TABLE t (a)',
    'SELECT 1; SELECT 2',
    'SELECT nothing FROM spans',
    'SELEKT 1',
    '',
    "SELECT json_extract('{', '$')",
  ])('%s is refused with a hint', async (sql) => {
    const db = await newCase();
    const error = await refusal(() => ask(db, sql));
    expect(error.code).toBe('usage');
    expect(error.hint).toBeDefined();
    expect(await ask(db, 'SELECT count(*) AS n FROM spans')).toEqual([{ n: 30 }]);
  });

  test('every row of a big result can be left unread', async () => {
    const db = await newCase();
    await using session = await openSession(db);
    for await (const _ of (await session.query('SELECT * FROM spans')).rows) break;
    expect(await rowsOf(session, 'SELECT count(*) AS n FROM spans')).toEqual([{ n: 30 }]);
    await session.diagnose();
  });
});

describe('an import', () => {
  /** Bytes that come when the test says so. */
  function slowly(records: readonly unknown[]) {
    const text = linesOf(records);
    const half = Math.floor(text.length / 2);
    let go = (): void => {};
    const told = new Promise<void>((resolve) => {
      go = resolve;
    });
    let reached = (): void => {};
    const waiting = new Promise<void>((resolve) => {
      reached = resolve;
    });
    async function* bytes() {
      yield Buffer.from(text.slice(0, half));
      reached();
      await told;
      yield Buffer.from(text.slice(half));
    }
    return { stdin: bytes(), waiting, go };
  }

  test('does not block readers, who see the case as it was until it has ended', async () => {
    const db = await newCase(some(30));
    const count = () => ask(db, 'SELECT count(*) AS n FROM spans');
    const { stdin, waiting, go } = slowly(
      Array.from({ length: 9000 }, (_, i) => span({ trace: 1000 + i, id: 1 })),
    );
    const importing = importDumps(db, ['-'], { stdin });
    await waiting;
    expect(await count()).toEqual([{ n: 30 }]);
    await using reader = await openSession(db);
    expect((await reader.diagnose()).impact.requests).toBe(30);
    go();
    await importing;
    expect(await count()).toEqual([{ n: 9030 }]);
    // The reader that stayed sees it as well, and the next import takes the log away.
    expect(await rowsOf(reader, 'SELECT count(*) AS n FROM spans')).toEqual([{ n: 9030 }]);
    await reader[Symbol.asyncDispose]();
    await importDumps(db, [dump([log('a')])]);
    expect(filesOf(db)).toHaveLength(1);
  });

  test('a second import at the same time is refused with a hint', async () => {
    const db = await newCase();
    const { stdin, waiting, go } = slowly(some(50));
    const importing = importDumps(db, ['-'], { stdin });
    await waiting;
    const error = await refusal(() => importDumps(db, [dump([log('b')])]));
    expect(error.message).toMatch(/in use/);
    expect(error.hint).toMatch(/[Ww]ait/);
    go();
    await importing;
  }, 30_000);

  test('killed in the middle it leaves the case as it was; again, it ends', async () => {
    if (!existsSync('dist/session.js')) throw new Error('build first: this runs dist/session.js');
    const session = pathToFileURL('dist/session.js').href;
    const first = dump(some(30));
    const second = dump(Array.from({ length: 9000 }, (_, i) => span({ trace: 99 + i, id: 1 })));
    for (const records of [null, [log('before')]]) {
      const db = records ? await newCase(records) : path();
      const script = `
        import { importDumps } from ${JSON.stringify(session)};
        await importDumps(${JSON.stringify(db)}, ${JSON.stringify([first, second])}, {
          onProgress: ({ records }) => records > 5000 && process.kill(process.pid, 'SIGKILL'),
        });`;
      const { signal } = spawnSync(process.execPath, ['--input-type=module', '-e', script]);
      expect(signal).toBe('SIGKILL');
      if (records) {
        expect(await ask(db, 'SELECT count(*) AS n FROM spans')).toEqual([{ n: 0 }]);
        expect(await ask(db, 'SELECT body FROM logs')).toEqual([{ body: 'before' }]);
      } else expect((await refusal(() => openSession(db))).message).toMatch(/there is no case/);
      const { totals } = await importDumps(db, [first, second]);
      expect(totals).toMatchObject({ spans: 9030, duplicates: 0 });
      expect(await ask(db, 'SELECT count(*) AS n FROM traces')).toEqual([{ n: 9030 }]);
      expect(filesOf(db)).toHaveLength(1);
    }
  });

  test('a store closed before it summed up is as it was', async () => {
    const db = await newCase();
    const before = await ask(db, 'SELECT count(*) AS n FROM spans');
    const store = openStore(db, 'write');
    const file = await store.beginFile('x', null);
    await file.commit({ format: 'x', sha256: 'x' });
    await store.close();
    expect(await ask(db, 'SELECT count(*) AS n FROM spans')).toEqual(before);
    expect(await ask(db, 'SELECT count(*) AS n FROM imports')).toEqual([{ n: 1 }]);
  });

  test('a fresh case of one record is not as large as the one before', async () => {
    const db = await newCase(some(3000));
    const before = statSync(db).size;
    await importDumps(db, [dump([log('a')])], { fresh: true });
    expect(statSync(db).size).toBeLessThan(before / 3);
    expect(await ask(db, 'SELECT count(*) AS n FROM spans')).toEqual([{ n: 0 }]);
  });

  test('creates the folders it needs', async () => {
    const db = join(path(''), 'a/b/case.db');
    await importDumps(db, [dump([log('a')])]);
    expect(readdirSync(dirname(db))).toEqual(['case.db']);
    mkdirSync(join(dirname(db), 'c'));
  });
});
