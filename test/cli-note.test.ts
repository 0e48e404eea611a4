/** `aidebug note`: about what there is in the case, and nothing else. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { aidebug, smallDump, temporaryFolder, written } from './cli.ts';

test('a note is on what is there; else it is refused, with what was meant, and not stored', async () => {
  const folder = temporaryFolder();
  const db = join(folder, 'case.db');
  const dump = written(folder, 'dump.json', smallDump());
  expect((await aidebug(['import', '--db', db, dump])).status).toBe(0);
  const add = (on: string) => aidebug(['note', 'add', 'seen', '--on', on, '--db', db]);
  const refused: readonly (readonly [string, string])[] = [
    ['service:apu', 'Did you mean api?'],
    ['service:nope', 'aidebug graph lists the services'],
    ['servce:api', 'Did you mean service:'],
    ['bogus:zzz', 'a note cannot be on "bogus:zzz"'],
    ['service:', 'It is on one of: case, service:NAME'],
    ['trace:ffff', 'no trace begins with ffff'],
    ['trace:0', 'more than one trace begins with 0'],
    ["trace:'", 'hex digits'],
    ['span:00/ff', 'no span begins with 00/ff'],
    ['log:zz', 'zz'],
    ['cause:api memory-leak', 'no cause is called'],
  ];
  for (const [on, says] of refused) {
    const { status, stderr } = await add(on);
    expect([status, stderr.includes(says) ? says : stderr]).toEqual([2, says]);
  }
  for (const on of [
    'case',
    'service:api',
    `trace:${'0'.repeat(31)}4`,
    `span:${'0'.repeat(31)}4/1`,
  ]) {
    expect((await add(on)).status).toBe(0);
  }
  expect((await add('cause:api code-exception')).status).toBe(0);
  const { stdout } = await aidebug(['note', '--db', db, '--format', 'jsonl']);
  const targets = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).target);
  const trace = `${'0'.repeat(31)}4`;
  expect(targets).toEqual([
    ...['case', 'service:api', `trace:${trace}`, `span:${trace}/1000000000000003`],
    'cause:api code-exception',
  ]);
});
