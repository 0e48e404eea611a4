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
  const { columns, rows } = result;
  // Under another name it is what the statement took it from.
  const isTaken = namesContent(sql);
  const derived = columns.map(
    (name) => namesContent(name) || (isTaken && !known.has(name.toLowerCase())),
  );
  const { said } = result;
  return { ...result, rows: rows.map((row) => discreetRow(columns, row, { derived, said })) };
}

/** An attribute with what was said is named in the text. */
const namesContent = (text: string): boolean =>
  (text.match(/[\w.]+/g) ?? []).some((name) => isContent(name));

/** A column with statements of logs: bodies with their variable parts masked. */
export const namesStatement = (column: string): boolean =>
  column === 'statement' || column === 'template';

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
