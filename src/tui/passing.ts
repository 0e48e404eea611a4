/** Lists that are there already, by what is typed after `/`. */
import { type FilteredRow, rowsThat } from '../search/index.ts';

/** The rows that pass; all of them where the filter is none, and why it is. */
export function passing<Row>(
  rows: readonly Row[],
  filter: string,
  of: (row: Row) => FilteredRow,
): {
  readonly rows: readonly Row[];
  readonly problem: string | null;
  /** True: no row has the words, these have their letters in that order. */
  readonly scattered: boolean;
} {
  const found = rowsThat(rows, filter, of);
  return 'problem' in found ? { rows, scattered: false, ...found } : { ...found, problem: null };
}
