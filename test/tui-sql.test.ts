/** The SQL screen: names that are completed, by where they stand. */
import { describe, expect, test } from 'vitest';
import { namesAt } from '../src/tui/screens/sql-names.ts';

const tables = [
  { name: 'spans', columns: ['trace_id', 'service', 'status', 'start_ns', 'duration_ms'] },
  { name: 'services', columns: ['service', 'layer', 'errors'] },
  { name: 'edges', columns: ['caller', 'callee', 'errors'] },
];

/** Completed where the bar stands. */
function names(statement: string): readonly string[] {
  const [before = '', after = ''] = statement.split('|');
  const [word = ''] = /[\w.]*$/.exec(before) ?? [];
  return namesAt(before.slice(0, before.length - word.length), word, before + after, tables);
}

describe('names that fit', () => {
  test.each([
    ['|', ['EXPLAIN QUERY PLAN', 'SELECT', 'WITH']],
    ['s|', ['SELECT']],
    ['SELECT * FROM s|', ['services', 'spans']],
    ['select * from |', ['edges', 'services', 'spans']],
    ['SELECT * FROM spans, e|', ['edges']],
    ['SELECT * FROM spans JOIN s|', ['services', 'spans']],
    ['SELECT * FROM (s|', ['SELECT', 'services', 'spans']],
    ['SELECT * FROM spans w|', ['WHERE']],
    ['SELECT s| FROM spans', ['service', 'start_ns', 'status', 'sum(']],
    ['SELECT | FROM edges', ['callee', 'caller', 'errors']],
    ['SELECT * FROM edges WHERE c|', ['CASE', 'callee', 'caller', 'coalesce(', 'count(*)']],
    ["SELECT * FROM edges WHERE caller = 'from ' AND call|", ['callee', 'caller']],
    ['SELECT s.st| FROM spans s', ['s.start_ns', 's.status']],
    ['SELECT * FROM spans AS a JOIN edges b ON a.service = b.call|', ['b.callee', 'b.caller']],
    ['SELECT edges.ca| FROM edges', ['edges.callee', 'edges.caller']],
    ['SELECT errors FROM services ORDER BY l|', ['LIKE', 'LIMIT', 'layer', 'lower(']],
    ['SELECT la|', ['layer']],
    ['SELECT zzz|', []],
  ])('%s', (statement, expected) => {
    expect(names(statement)).toEqual(expected);
  });
});
