/** Heads of spans: what is found once for all that are alike stands in one place for them. */
import { expect, test } from 'vitest';
import { importDumps } from '../src/session.ts';
import { openDatabase } from '../src/store/sqlite/open.ts';
import { headReader } from '../src/store/sqlite/span-heads.ts';
import { scratch, span } from './fixtures/store/dump.ts';

const { dump, path } = scratch('store-span-heads');

/** Heads of a case whose spans differ in a thread, a status code, or both; in no order. */
async function headsOf(attributes: readonly Record<string, string | number>[]) {
  const db = path();
  await importDumps(db, [dump(attributes.map((own, id) => span({ id: id + 1, attributes: own })))]);
  const { db: rows, close } = openDatabase(db, 'read', false);
  try {
    const headOf = headReader(rows);
    const ids = rows.prepare('SELECT head_id FROM span_head').pluck().all() as number[];
    // One after another and back: rows that were read beside one that was asked for are the same.
    const heads = ids.map(headOf);
    expect([...ids].reverse().map(headReader(rows))).toEqual([...heads].reverse());
    return heads;
  } finally {
    close();
  }
}

test('are alike where nothing is found by what they differ in', async () => {
  const heads = await headsOf([
    { 'http.response.status_code': 200, 'thread.name': 'a' },
    { 'http.response.status_code': 200, 'thread.name': 'b' },
    { 'http.response.status_code': 503, 'thread.name': 'a' },
    { 'http.response.status_code': '200', 'thread.name': 'a' },
  ]);
  expect(heads).toHaveLength(4);
  const places = new Map<unknown, unknown[]>();
  for (const { alike, attributes } of heads) {
    places.set(alike, [...(places.get(alike) ?? []), attributes['http.response.status_code']]);
  }
  expect([...places.values()].sort()).toEqual([['200'], [200, 200], [503]]);
  expect(new Set(heads.map(({ attributes }) => attributes['thread.name']))).toEqual(
    new Set(['a', 'b']),
  );
});

test('are not taken for each other because their texts run together', async () => {
  const heads = await headsOf([
    { 'peer.service': 'a', 'server.address': 'b' },
    { 'peer.service': 'a14 server.address2 "b' },
  ]);
  expect(new Set(heads.map(({ alike }) => alike)).size).toBe(heads.length);
});
