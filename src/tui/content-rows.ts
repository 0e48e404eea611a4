/** Rows of statements with what people and models said taken out, as far as their names tell it. */
import type { Cell } from '../model.ts';
import { eventNameOf, isContent, saysContent } from '../semantics/index.ts';
import { discreet, hiddenText } from './content.ts';
import type { SqlResult } from './screen.ts';

/** How the rows came to be, which may say more than their columns. */
interface Origin {
  readonly sql: string;
  /** Names of all columns of the public views. */
  readonly known: ReadonlySet<string>;
}

/** The same result without it. */
export function discreetResult(result: SqlResult, { sql, known }: Origin): SqlResult {
  const { columns, rows, said } = result;
  // Where logs hold it, and rows do not tell which of them do, their texts may be it.
  const ofLogs =
    said !== undefined &&
    said.size > 0 &&
    !columns.some((name) => name === 'event_name' || name === 'attributes');
  // Under another name it is what the statement took it from.
  const isTaken = namesContent(sql) || (ofLogs && namesOf(sql).some(isLogText));
  const given = namesGiven(
    sql,
    columns,
    (text) => namesContent(text) || (ofLogs && namesOf(text).some(isLogText)),
  );
  const isOther = (name: string): boolean => !known.has(name) || given.has(name);
  const derived = columns.map(
    (name) =>
      namesContent(name) || (ofLogs && name === 'body') || (isTaken && isOther(name.toLowerCase())),
  );
  return { ...result, rows: rows.map((row) => discreetRow(columns, row, { derived, said })) };
}

/** Columns with texts of log records. */
const logTexts: ReadonlySet<string> = new Set(['body', 'template', 'statement']);

const namesOf = (text: string): readonly string[] => text.match(/[\w.]+/g) ?? [];

/** Of one that is read of logs, by whatever name. */
const isLogText = (name: string): boolean =>
  logTexts.has(name.toLowerCase().split('.').at(-1) ?? '');

/** An attribute with what was said is named in the text. */
const namesContent = (text: string): boolean => namesOf(text).some((name) => isContent(name));

/**
 * Names that the statement gives to what holds it, which may be those of columns that hold something
 * else; in small letters.
 */
const namesGiven = (
  sql: string,
  columns: readonly string[],
  holds: (text: string) => boolean,
): ReadonlySet<string> => {
  const shown = new Set(columns.map((name) => name.toLowerCase()));
  const names = sql.matchAll(/(?:\bas\s+|['")\]`]\s*(?:as\s+)?)["'`[]?(\w+)/gi);
  return new Set(
    [...names].flatMap(({ index, 1: name = '' }) => {
      const given = name.toLowerCase();
      return shown.has(given) && holds(itemBefore(sql, index + 1)) ? given : [];
    }),
  );
};

/** What is named there: back to the comma or SELECT before it. */
function itemBefore(sql: string, end: number): string {
  let open = 0;
  for (let at = end - 1; at >= 0; at -= 1) {
    const sign = sql[at];
    if (sign === ')') open += 1;
    if (sign === '(') open -= 1;
    const isBegin =
      open < 0 || (open === 0 && (sign === ',' || /^select\s/i.test(sql.slice(at, at + 7))));
    if (isBegin) return sql.slice(at + 1, end);
  }
  return sql.slice(0, end);
}

/** A column with statements of logs: bodies with their variable parts masked. */
const namesStatement = (column: string): boolean => column === 'statement' || column === 'template';

/**
 * `derived`: which columns hold it by their name; `said`: statements that hold it; `shownBy`: the key or
 * flag that shows it.
 */
export function discreetRow(
  columns: readonly string[],
  row: readonly Cell[],
  {
    derived = [],
    shownBy = 'P',
    said,
  }: {
    readonly derived?: readonly boolean[];
    readonly shownBy?: string;
    readonly said?: ReadonlySet<string> | undefined;
  } = {},
): readonly Cell[] {
  const text = (name: string): string => {
    const cell = row[columns.indexOf(name)];
    return typeof cell === 'string' ? cell : '';
  };
  const event =
    eventNameOf({
      eventName: text('event_name'),
      attributes: (objectIn(text('attributes')) ?? {}) as never,
    }) || text('name');
  // Of json_each.
  const isMember = isContent(text('key'), event);
  const saysBody = saysContent({ eventName: event, attributes: {}, body: text('body') });
  const isStatement = (name: string, cell: string): boolean =>
    namesStatement(name) && (said?.has(cell) || (saysBody && cell !== text('event_name')));
  return row.map((cell, at) => {
    if (typeof cell !== 'string' || cell === '') return cell;
    const name = columns[at] ?? '';
    const isSaid =
      derived[at] === true ||
      isContent(name, event) ||
      isStatement(name, cell) ||
      (isMember && (name === 'value' || name === 'atom')) ||
      saysContent({ eventName: name === 'body' ? event : '', attributes: {}, body: cell });
    return isSaid ? hiddenText(cell, shownBy) : discreetObject(cell, event, shownBy);
  });
}

/** JSON of attributes without those that hold it; any other text as it is. */
function discreetObject(text: string, event: string, shownBy: string): string {
  const attributes = objectIn(text);
  if (attributes === null) return text;
  const shown = discreet(attributes, event, shownBy);
  return shown === attributes ? text : JSON.stringify(shown);
}

function objectIn(text: string): Readonly<Record<string, unknown>> | null {
  if (!text.startsWith('{')) return null;
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    return null;
  }
}
