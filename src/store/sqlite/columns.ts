/** Columns of a batch as values to bind, and the keys of the rows that they become. */
import type { Database } from 'better-sqlite3';
import { noTime } from '../../model.ts';

export const nextKey = (db: Database, table: string, key: string): number =>
  db.prepare(`SELECT coalesce(max(${key}), 0) + 1 FROM ${table}`).pluck().get() as number;

/** A Buffer is bound faster than a string, but as bytes: CAST(? AS TEXT). */
export const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export function timeAt(times: BigInt64Array, at: number): bigint | null {
  const time = times[at] as bigint;
  return time === noTime ? null : time;
}

/** What a dump hands out in the order of its places, by its place: keys of rows, mostly. */
export function placeList(): {
  readonly add: (value: number) => void;
  readonly at: (place: number) => number;
} {
  let values = new Uint32Array(1024);
  let count = 0;
  return {
    add(value) {
      if (count === values.length) {
        const larger = new Uint32Array(2 * count);
        larger.set(values);
        values = larger;
      }
      values[count] = value;
      count += 1;
    },
    at: (place) => values[place] as number,
  };
}
