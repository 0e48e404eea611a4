/** The rows of a result as they are listed: what passes the filter, in the order of a column. */
import { type FilteredRow, type RowColumns, rowCondition } from '../../search/index.ts';
import { discreetResult } from '../content-rows.ts';
import { passing } from '../passing.ts';
import type { SqlResult } from '../screen.ts';
import { inOrder } from '../table.ts';
import type { SqlState } from './sql.ts';
import { columnsOf, titleOf } from './sql-result.ts';

type Row = SqlResult['rows'][number];

/** What is listed of a result. */
export interface Listed {
  readonly rows: readonly Row[];
  /** Why the filter is none; all is then listed. */
  readonly wrong: string | null;
  /** True: no row has the words of the filter, these have their letters in that order. */
  readonly scattered: boolean;
}

export const nothingListed: Listed = { rows: [], wrong: null, scattered: false };

/** The state with its rows filtered and sorted. */
export function arranged(state: SqlState): SqlState {
  const result = shownResult(state);
  if (!result) return { ...state, listed: nothingListed };
  const filtered = filteredRows(result);
  const { rows, problem, scattered } = passing(
    result.rows,
    state.filter,
    (row) => filtered.get(row) as FilteredRow,
  );
  const sorted = inOrder(rows, columnsOf(result, Number.POSITIVE_INFINITY), state.sort);
  return { ...state, listed: { rows: sorted, wrong: problem, scattered } };
}

const discreetOnes = new WeakMap<SqlResult, SqlResult>();
const revealedOnes = new WeakMap<SqlResult, SqlResult>();

/** The result as it is shown; made once, it is drawn at every key. */
export function shownResult({ result, revealed, asked, tables }: SqlState): SqlResult | null {
  if (!result) return null;
  const ones = revealed ? revealedOnes : discreetOnes;
  const made = ones.get(result);
  if (made) return made;
  const known = new Set(tables.flatMap(({ columns }) => columns));
  const shown = revealed ? result : discreetResult(result, { sql: asked.sql, known });
  const named = { ...shown, columns: toldApart(shown.columns) };
  ones.set(result, named);
  return named;
}

/** Columns of one name, as SQLite calls them where they are selected from: `id`, `id:1`. */
function toldApart(columns: readonly string[]): readonly string[] {
  const times = new Map<string, number>();
  return columns.map((name) => {
    const time = times.get(name) ?? 0;
    times.set(name, time + 1);
    return time === 0 ? name : `${name}:${time}`;
  });
}

const filteredOnes = new WeakMap<SqlResult, ReadonlyMap<Row, FilteredRow>>();

/** The rows as a filter sees them; made once, it looks at each of them at every letter. */
function filteredRows(result: SqlResult): ReadonlyMap<Row, FilteredRow> {
  const made = filteredOnes.get(result);
  if (made) return made;
  const { columns, rows } = result;
  const names = columns.map((name) => name.toLowerCase());
  const all = new Map(
    rows.map((row) => [
      row,
      {
        text: row.filter((value) => value !== null).join(' '),
        facts: Object.fromEntries(names.map((name, at) => [name, row[at] ?? null])),
      },
    ]),
  );
  filteredOnes.set(result, all);
  return all;
}

/** A statement that lists the same, of all rows there are. Null: nothing is left out or put in another order. */
export function narrowedSql(state: SqlState): string | null {
  const { asked, filter, sort, listed } = state;
  const result = shownResult(state);
  if (!result || (filter.trim() === '' && sort === null)) return null;
  const condition =
    listed.wrong === null ? rowCondition(filter, asSql(result), listed.scattered) : null;
  const where = condition === null || condition === '1' ? '' : ` WHERE ${condition}`;
  const by = result.columns.find((name) => titleOf(name) === sort?.title);
  const way = sort?.descending ? ' DESC' : '';
  const order = by === undefined ? '' : ` ORDER BY ${quotedName(by)}${way} NULLS LAST`;
  return `SELECT * FROM (${asked.sql.replace(/;\s*$/, '')})${where}${order}`;
}

const asSql = ({ columns }: SqlResult): RowColumns => ({
  text: `concat_ws(' ', ${columns.map(quotedName).join(', ')})`,
  facts: Object.fromEntries(columns.map((name) => [name.toLowerCase(), quotedName(name)])),
});

const quotedName = (name: string): string => `"${name.replaceAll('"', '""')}"`;
