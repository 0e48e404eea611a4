/** Filters over rows of a list, by the names of what is known of them. */
import { describe, expect, test } from 'vitest';
import { rowsThat } from '../src/search/index.ts';

const rows = [
  { service: 'cart', statement: 'disk full', level: 'ERROR', count: 12, change: 3.5 },
  { service: 'cart-db', statement: 'connected (ok)', level: 'INFO', count: 900, change: 0 },
  { service: 'web', statement: 'GET http://cart done', level: 'WARN', count: 10, change: null },
];
type Row = (typeof rows)[number];

const found = (filter: string): string | readonly string[] => {
  const passing = rowsThat<Row>(rows, filter, (row) => ({
    text: `${row.service} ${row.statement}`,
    facts: row,
  }));
  return 'problem' in passing ? passing.problem : passing.rows.map(({ service }) => service);
};

describe('rows that pass', () => {
  test.each([
    ['', ['cart', 'cart-db', 'web']],
    ['cart', ['cart', 'cart-db', 'web']],
    ['DISK', ['cart']],
    ['http://', ['web']],
    ['(ok)', ['cart-db']],
    ['dkfl', ['cart']],
    ['zzz', []],
    ['@constructor', []],
    ['service=cart', ['cart']],
    ['service:cart*', ['cart', 'cart-db']],
    ['service = CART', ['cart']],
    ['!service=cart', ['cart-db', 'web']],
    ['!disk', ['cart-db', 'web']],
    ['count>10', ['cart', 'cart-db']],
    ['count >= 10 count<100', ['cart', 'web']],
    ['count!=12', ['cart-db', 'web']],
    ['change>1 OR level=info', ['cart', 'cart-db']],
    ['level>=warn', ['cart', 'web']],
    ['statement=*full', ['cart']],
    ['-"cart"', []],
  ])('%s', (filter, expected) => {
    expect(found(filter)).toEqual(expected);
  });

  test.each([
    ['nonsense=1', 'no column is called nonsense; columns: service, statement, level'],
    ['count>x', 'a number is needed after >'],
    ['service=', 'a value is missing'],
  ])('%s says why not', (filter, problem) => {
    expect(found(filter)).toContain(problem);
  });
});
