/** Filters over rows of a list as conditions in SQL: the same rows of the same table pass. */
import { UserError } from '../errors.ts';
import type { Comparison, Filter, FilterTest } from '../model.ts';
import { numberIn } from '../text.ts';
import { severities } from './fields.ts';
import { parseRowFilter } from './parse.ts';
import { isMeant } from './rows.ts';

/** What stands for the rows in SQL. */
export interface RowColumns {
  /** Where words are looked for. */
  readonly text: string;
  /** Each fact that a filter can name; null: no expression has it. */
  readonly facts: Readonly<Record<string, string | null>>;
  /** Facts that are severities, as the numbers of the log data model. */
  readonly severities?: Readonly<Record<string, string>>;
}

/**
 * `scattered`: no row has the words, those that pass have their letters in that order. Null: the filter
 * is none, or compares what no expression has.
 */
export function rowCondition(
  filter: string,
  columns: RowColumns,
  scattered: boolean,
): string | null {
  const text = filter.trim();
  const names = Object.keys(columns.facts);
  if (text === '') return '1';
  if (!isMeant(text, names)) return wordsCondition(text, columns.text, scattered);
  try {
    return conditionOf(parseRowFilter(text, names, []), columns);
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}

function conditionOf(filter: Filter, columns: RowColumns): string | null {
  if ('all' in filter) return joined(filter.all, columns, 'AND', '1');
  if ('any' in filter) return joined(filter.any, columns, 'OR', '0');
  if (!('not' in filter)) return testCondition(filter, columns);
  const inner = conditionOf(filter.not, columns);
  return inner === null ? null : `NOT coalesce(${inner}, 0)`;
}

function joined(
  filters: readonly Filter[],
  columns: RowColumns,
  word: 'AND' | 'OR',
  none: string,
): string | null {
  const parts = filters.map((part) => conditionOf(part, columns));
  if (parts.includes(null)) return null;
  return parts.length === 0 ? none : `(${parts.join(` ${word} `)})`;
}

function testCondition(
  test: FilterTest,
  { text, facts, severities: numbers }: RowColumns,
): string | null {
  if (test.test === 'words') return wordsCondition(test.text, text, false);
  if (test.test !== 'attribute') return '0';
  const { key, comparison, value } = test;
  const name = key.toLowerCase();
  const fact = Object.hasOwn(facts, name) ? facts[name] : null;
  if (fact === null || fact === undefined) return null;
  if (value === null) return `${fact} IS NOT NULL`;
  const severity = severities.get(String(value).toLowerCase());
  if (severity !== undefined) {
    const own = numbers?.[name];
    return own === undefined
      ? `${severitySql(fact)} ${comparison} ${severity}`
      : severityCondition(own, comparison, severity);
  }
  const number = typeof value === 'string' ? numberIn(value) : value;
  if (comparison !== '=') {
    // Texts are greater than any number in SQL.
    return number === null
      ? null
      : `(typeof(${fact}) <> 'text' AND ${fact} ${comparison} ${number})`;
  }
  const alike = patternCondition(fact, String(value).toLowerCase());
  return number === null ? alike : `(${fact} = ${number} OR ${alike})`;
}

/** Severities can be compared by their names, of which some are the same. */
const severitySql = (fact: string): string =>
  `CASE lower(${fact}) ${[...severities].map(([name, number]) => `WHEN '${name}' THEN ${number}`).join(' ')} END`;

/** Each name stands for four numbers, from that on. */
function severityCondition(own: string, comparison: Comparison, first: number): string {
  switch (comparison) {
    case '>':
      return `${own} > ${first + 3}`;
    case '>=':
      return `${own} >= ${first}`;
    case '<':
      return `${own} BETWEEN 1 AND ${first - 1}`;
    case '<=':
      return `${own} BETWEEN 1 AND ${first + 3}`;
    default:
      return `${own} BETWEEN ${first} AND ${first + 3}`;
  }
}

/** `*` stands for any text. */
function patternCondition(fact: string, pattern: string): string {
  if (!pattern.includes('*')) return `lower(${fact}) = ${quoted(pattern)}`;
  return `lower(${fact}) GLOB ${quoted(pattern.replace(/[[?]/g, '[$&]'))}`;
}

/** Rows in whose text the words stand, in any case; `scattered`: their letters, in that order. */
export function wordsCondition(words: string, within: string, scattered: boolean): string {
  if (!scattered) return `instr(lower(${within}), ${quoted(words.toLowerCase())})`;
  const letters = [...words.replace(/\s+/g, '')].map((one) => one.replace(/[%_\\]/, '\\$&'));
  return `${within} LIKE ${quoted(`%${letters.join('%')}%`)} ESCAPE '\\'`;
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
