/** Filters over rows that are there already, by the names of what is known of each. */
import { UserError } from '../errors.ts';
import type { Comparison, Filter, FilterTest } from '../model.ts';
import { numberIn } from '../text.ts';
import { severityOf } from './fields.ts';
import { parseRowFilter } from './parse.ts';

type Fact = string | number | bigint | boolean | null;

/** A row as a filter sees it. */
export interface FilteredRow {
  /** Where words are looked for. */
  readonly text: string;
  /** By name, in small letters. */
  readonly facts: Readonly<Record<string, Fact>>;
  /** What is looked for behind `@`, where that is more than the facts; names as they are written. */
  attribute?(name: string): Fact;
}

/** Rows that passed. `scattered`: none has the words, these have their letters in that order. */
export interface Passing<Row> {
  readonly rows: readonly Row[];
  readonly scattered: boolean;
}

/** Whether a row passes; attributes are its facts. */
function passes(filter: Filter, row: FilteredRow): boolean {
  if ('all' in filter) return filter.all.every((part) => passes(part, row));
  if ('any' in filter) return filter.any.some((part) => passes(part, row));
  return 'not' in filter ? !passes(filter.not, row) : holds(filter, row);
}

function holds(test: FilterTest, row: FilteredRow): boolean {
  if (test.test === 'words') return row.text.toLowerCase().includes(test.text.toLowerCase());
  if (test.test !== 'attribute') return false;
  const { key, comparison, value } = test;
  const name = key.toLowerCase();
  // Attributes may be called like what every object has.
  const own = Object.hasOwn(row.facts, name) ? row.facts[name] : null;
  const fact = own ?? row.attribute?.(key) ?? null;
  if (fact === null) return false;
  if (value === null) return true;
  const [left, right] = numbersOf(fact, value);
  if (left !== null && right !== null) return compares(left, comparison, right);
  return comparison === '=' && matches(String(fact), String(value));
}

/** Numbers, or severities, that can be compared. */
function numbersOf(
  fact: NonNullable<Fact>,
  value: string | number | bigint,
): readonly [number | bigint | null, number | bigint | null] {
  if (typeof fact === 'number' || typeof fact === 'bigint') {
    return [fact, typeof value === 'string' ? numberIn(value) : value];
  }
  return [severityOf(String(fact)), severityOf(String(value))];
}

/** Exact, also where one of them is past 2^53 and the other is not. */
function compares(left: number | bigint, comparison: Comparison, right: number | bigint): boolean {
  const isEqual = left >= right && left <= right;
  switch (comparison) {
    case '=':
      return isEqual;
    case '!=':
      return !isEqual;
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
  }
}

/** `*` stands for any text; capitals do not count. */
function matches(text: string, pattern: string): boolean {
  const parts = pattern.toLowerCase().split('*');
  const whole = text.toLowerCase();
  const [first = '', ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return whole === first;
  if (!whole.startsWith(first) || !whole.endsWith(last)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = whole.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= whole.length - last.length;
}

/** Signs of the filter language; words alone are looked for as they stand. */
export const isMeant = (text: string, names: readonly string[]): boolean =>
  /[=<>"]|(^|\s)[-!@]\S|\bOR\b/.test(text) ||
  names.some((name) => comparesWithColon(text.toLowerCase(), name));

/** `name:value`, where a word begins; names may be anything. */
function comparesWithColon(text: string, name: string): boolean {
  const sign = `${name.toLowerCase()}:`;
  for (let at = text.indexOf(sign); at >= 0; at = text.indexOf(sign, at + 1)) {
    if (/^$|\s/.test(text.charAt(at - 1)) && /\S/.test(text.charAt(at + sign.length))) return true;
  }
  return false;
}

/**
 * The rows that pass. Words alone are looked for as they stand; where no row has them, for their
 * letters in that order. `durations`: facts in nanoseconds, told with a unit. `problem`: why the filter
 * is none.
 */
export function rowsThat<Row>(
  rows: readonly Row[],
  filter: string,
  of: (row: Row) => FilteredRow,
  durations: readonly string[] = [],
): Passing<Row> | { readonly problem: string } {
  const text = filter.trim();
  const [first] = rows;
  if (text === '' || first === undefined) return { rows, scattered: false };
  const names = Object.keys(of(first).facts);
  if (isMeant(text, names)) {
    try {
      const parsed = parseRowFilter(text, names, durations);
      return { rows: rows.filter((row) => passes(parsed, of(row))), scattered: false };
    } catch (error) {
      if (error instanceof UserError) return { problem: error.message };
      throw error;
    }
  }
  const words = text.toLowerCase();
  const found = rows.filter((row) => of(row).text.toLowerCase().includes(words));
  if (found.length > 0) return { rows: found, scattered: false };
  return {
    rows: rows.filter((row) => hasInOrder(of(row).text.toLowerCase(), words)),
    scattered: true,
  };
}

/** Letters in that order, whatever stands between them. */
export function hasInOrder(text: string, letters: string): boolean {
  let at = -1;
  for (const letter of letters.replace(/\s+/g, '')) {
    at = text.indexOf(letter, at + 1);
    if (at < 0) return false;
  }
  return true;
}
