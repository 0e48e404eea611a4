/** Filters that are right as they stand, and hardly ever meant so. */
import type { Filter, FilterTest } from '../model.ts';
import { fields } from './fields.ts';
import { filterTerm, quotedIfNeeded } from './terms.ts';

/** All single tests of a filter, in their order. */
export function testsIn(filter: Filter): readonly FilterTest[] {
  if ('all' in filter) return filter.all.flatMap(testsIn);
  if ('any' in filter) return filter.any.flatMap(testsIn);
  return 'not' in filter ? testsIn(filter.not) : [filter];
}

/** A sentence for each term whose `*` or `~` is looked for as it stands, and what to write instead. */
export const misreadings = (filter: Filter): readonly string[] =>
  testsIn(filter).flatMap((test) => misreading(test) ?? []);

function misreading(test: FilterTest): string | null {
  if (test.test === 'words') return misreadWords(test.text);
  if (test.test === 'text') return misreadValue(test.field, test.pattern);
  if (test.test !== 'attribute') return null;
  const { key, value } = test;
  const name = attributeTerm(key);
  if (value !== null) return misreadValue(name, String(value));
  const [, before, after = ''] = comparedWithTilde.exec(key) ?? [];
  return before === undefined
    ? null
    : `${name} is looked for as a name; try ${containing(attributeTerm(before), after)}`;
}

const comparedWithTilde = /^([^\s~]+)~(.+)$/;

function misreadWords(text: string): string | null {
  const asText = `${text} is looked for as text`;
  if (/^\*+$/.test(text)) return `${asText}; it stands for any text only in a value: service=cart*`;
  const [, name, value = ''] = comparedWithTilde.exec(text) ?? [];
  const field = fields.find(({ names }) => names.includes(name?.toLowerCase() ?? ''));
  if (name !== undefined && field) {
    const term = containing(name, value);
    const isTerm = typeof field.read('=', `*${value}*`) !== 'string';
    return `${asText}; ${isTerm ? `try ${term}` : 'comparisons are = != < <= > >='}`;
  }
  return /^\*|\*$/.test(text)
    ? `${asText}; * stands for any text only in a value: service=cart*`
    : null;
}

const misreadValue = (name: string, value: string): string | null =>
  value.startsWith('~')
    ? `${name}=${value} looks for a ~ in the value; try ${containing(name, value.slice(1) || 'text')}`
    : null;

const containing = (name: string, value: string): string =>
  `${name}=${quotedIfNeeded(`*${value}*`)}`;

/** `@name`, as it is typed. */
const attributeTerm = (key: string): string =>
  filterTerm({ of: 'attribute', key, value: null, range: { from: null, below: null } }) ?? key;
