/** Which names fit where a statement is being written: views after FROM, their columns elsewhere. */
import type { Subjects } from '../screen.ts';

type Tables = Subjects['sql']['tables'];

const functions = [
  ...[
    'count(*)',
    'sum(',
    'avg(',
    'min(',
    'max(',
    'round(',
    'coalesce(',
    'iif(',
    'instr(',
    'lower(',
  ],
  ...['json_extract(', 'json_each(', 'group_concat('],
];

/** By the word that they may follow; where a name stands, they follow a name. */
const keywords = {
  start: ['SELECT', 'WITH', 'EXPLAIN QUERY PLAN'],
  expression: [
    ...['FROM', 'WHERE', 'GROUP BY', 'ORDER BY', 'HAVING', 'LIMIT', 'AND', 'OR', 'NOT', 'IN', 'AS'],
    ...['LIKE', 'GLOB', 'BETWEEN', 'IS NULL', 'IS NOT NULL', 'DESC', 'ASC', 'DISTINCT', 'CASE'],
    ...['WHEN', 'THEN', 'ELSE', 'END', 'UNION ALL', 'FILTER (WHERE'],
  ],
  source: [
    ...['WHERE', 'JOIN', 'LEFT JOIN', 'USING (', 'ON', 'AS', 'GROUP BY', 'ORDER BY', 'LIMIT'],
    'UNION ALL',
  ],
} as const;

/** Words that begin a part of a statement. */
const clauses =
  /^(select|from|join|where|on|using|by|having|limit|and|or|with|union|explain|values)$/;

/**
 * Candidates for `word`, which ends at the cursor; `before` is the statement up to it, `all` whole.
 * Names first that are there for sure: those of views that the statement names.
 */
export function namesAt(
  before: string,
  word: string,
  all: string,
  tables: Tables,
): readonly string[] {
  const wanted = word.toLowerCase();
  const fits = (name: string): boolean => name.toLowerCase().startsWith(wanted);
  return [...new Set(candidates(before, word, all, tables))].filter(fits).sort();
}

function candidates(before: string, word: string, all: string, tables: Tables): readonly string[] {
  const sources = sourcesIn(all, tables);
  const dot = word.lastIndexOf('.');
  if (dot >= 0) {
    const owner = word.slice(0, dot);
    const columns = sources.get(owner.toLowerCase()) ?? columnsOf(tables, owner);
    return columns.map((column) => `${owner}.${column}`);
  }
  const tokens = tokensOf(before);
  const clause = tokens.findLast((token) => clauses.test(token));
  if (clause === undefined) return keywords.start;
  if (clause === 'from' || clause === 'join') {
    const last = tokens.at(-1) ?? '';
    return last === clause || last === ',' || last === '('
      ? [...tables.map(({ name }) => name), ...(last === '(' ? keywords.start : [])]
      : keywords.source;
  }
  const named = [...sources.values()].flat();
  const columns = named.length > 0 ? named : tables.flatMap((table) => table.columns);
  const aliases = sources.size > 1 ? [...sources.keys()].map((name) => `${name}.`) : [];
  // Without a letter only what there is, and no grammar.
  return word === ''
    ? [...columns, ...aliases]
    : [...columns, ...aliases, ...functions, ...keywords.expression];
}

/** Words and signs in small letters; texts are none. */
const tokensOf = (text: string): readonly string[] =>
  text
    .replace(/'[^']*'?/g, ' ')
    .toLowerCase()
    .match(/[\p{L}\p{N}_.]+|[(),]/gu) ?? [];

const columnsOf = (tables: Tables, name: string): readonly string[] =>
  tables.find((table) => table.name === name.toLowerCase())?.columns ?? [];

/** Views that the statement names, by their alias, else their name. */
function sourcesIn(text: string, tables: Tables): ReadonlyMap<string, readonly string[]> {
  const tokens = tokensOf(text);
  const found = new Map<string, readonly string[]>();
  let isSource = false;
  for (const [at, token] of tokens.entries()) {
    if (clauses.test(token)) isSource = token === 'from' || token === 'join';
    const columns =
      isSource && /^(from|join|,)$/.test(tokens[at - 1] ?? '') ? columnsOf(tables, token) : [];
    if (columns.length === 0) continue;
    const next = tokens[at + 1] === 'as' ? tokens[at + 2] : tokens[at + 1];
    const isAlias = next !== undefined && /^\w+$/.test(next) && !notAlias.test(next);
    found.set(isAlias ? next : token, columns);
  }
  return found;
}

const notAlias =
  /^(select|from|join|where|on|using|group|order|by|having|limit|left|inner|cross|natural|union|as)$/;
