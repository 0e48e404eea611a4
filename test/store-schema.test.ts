import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { schemaVersion } from '../src/store/sqlite/schema.ts';

/** The private tables of each schema version: a case of another version cannot be read. */
const tablesOf: Readonly<Record<number, string>> = {
  1: 'fef31c019f5351af',
  2: '6208ece92bc3b952',
  3: 'a2504a2a5a3d4b16',
  4: '6f1f79d88fe05584',
  5: 'b9ff89651b574e7c',
  6: '85fb46397554bedb',
  7: '073b71a3299795a9',
  8: '0885c90005d442d4',
};

test('tables do not change without a new schema version', () => {
  const sql = readFileSync('src/store/sqlite/tables.sql', 'utf8').replace(/--.*$/gm, '');
  const digest = createHash('sha256').update(sql.replace(/\s+/g, ' ')).digest('hex').slice(0, 16);
  expect(digest, 'bump schemaVersion and add the digest of its tables').toBe(
    tablesOf[schemaVersion],
  );
});
