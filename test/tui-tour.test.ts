/** `docs/tour.md`, row by row: the keys lead to what is said to be seen, and there are few of them. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Overview } from '../src/model.ts';
import { importDumps, openSession, type Session } from '../src/session.ts';
import { play } from './screens.ts';

interface Row {
  readonly name: string;
  readonly question: string;
  readonly keys: readonly string[];
  readonly seen: string;
}

const rows = readFileSync('docs/tour.md', 'utf8')
  .split('\n')
  .flatMap((line): readonly Row[] => {
    const [, name = '', question = '', keys = '', seen = ''] =
      /^\| (\S+) \| (.+) \| `(.+)` \| (.+) \|$/.exec(line) ?? [];
    return name === '' ? [] : [{ name, question, keys: keys.split(' '), seen }];
  });

const shop = join(process.env.AIDEBUG_DATA ?? '', 'otlp/otel-tui/test_data.json');
const dumpOf = (name: string): string => (name === 'cart' ? shop : join('sample-traces', name));

test('the tour has what it promises', () => {
  expect(rows.length).toBeGreaterThanOrEqual(14);
  for (const { question, keys } of rows) {
    expect(keys.length, question).toBeLessThanOrEqual(question.includes('proves') ? 6 : 8);
  }
});

for (const name of new Set(rows.map((row) => row.name))) {
  describe.skipIf(!existsSync(dumpOf(name)))(name, () => {
    const folder = mkdtempSync(join(tmpdir(), 'aidebug-tour-'));
    const db = join(folder, 'case.db');
    let session: Session;
    let overview: Overview;
    beforeAll(async () => {
      await importDumps(db, [dumpOf(name)], { fresh: true });
      session = await openSession(db);
      overview = await session.overview();
    });
    afterAll(async () => {
      await session[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    });

    test.each(rows.filter((row) => row.name === name))('$question', async ({ keys, seen }) => {
      const player = await play(session, overview, { columns: 120, rows: 36 });
      expect(player.lines().join('\n')).toContain('Services, worst first');
      await player.press(...keys);
      expect(player.lines().join('\n')).toContain(seen);
    });
  });
}
