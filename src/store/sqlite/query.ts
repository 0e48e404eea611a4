/** SQL of users: one read-only statement, refused with the place to look at. */
import SqliteDatabase, { type Database } from 'better-sqlite3';
import { UserError } from '../../errors.ts';
import type { Cell, QueryResult } from '../../model.ts';
import { storeFailure } from './failure.ts';

/** @throws {UserError} if SQLite refuses it, or if it would write. */
export function runQuery(db: Database, sql: string, path: string): QueryResult {
  const statement = prepare(db, sql, path);
  if (!statement.reader) {
    throw new UserError('usage', 'this statement returns no rows', {
      hint: 'aidebug query runs one SELECT. Tables: aidebug schema sql',
    });
  }
  if (!statement.readonly) {
    throw new UserError('usage', 'this statement would change the case', {
      hint: 'aidebug query only reads.',
    });
  }
  const columns = statement.columns().map((column) => column.name);
  return { columns, rows: rowsOf(statement.raw().safeIntegers().iterate(), path) };
}

function prepare(db: Database, sql: string, path: string) {
  try {
    return db.prepare(sql);
  } catch (error) {
    throw queryFailure(error, path);
  }
}

/** Rows as cells. @throws {UserError} on the way, if SQLite stops. */
export async function* rowsOf(
  rows: IterableIterator<unknown>,
  path: string,
): AsyncIterable<readonly Cell[]> {
  try {
    for (const row of rows) yield (row as unknown[]).map(cellOf);
  } catch (error) {
    throw queryFailure(error, path);
  }
}

function cellOf(value: unknown): Cell {
  if (typeof value === 'bigint') {
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return value as Cell;
}

/** SQLite's own message names the token or the column; better-sqlite3 adds RangeErrors. */
function queryFailure(error: unknown, path: string): unknown {
  const failure = storeFailure(error, path);
  const refused = failure instanceof SqliteDatabase.SqliteError || failure instanceof RangeError;
  if (!refused) return failure;
  return new UserError('usage', `SQL: ${failure.message}`, {
    hint: 'Tables and columns: aidebug schema sql',
    cause: failure,
  });
}
