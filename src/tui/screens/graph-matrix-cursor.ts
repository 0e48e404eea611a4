/** Where the cursor of the matrix begins, and where keys lead it. */
import type { CallHealth } from '../../model.ts';
import { type Motion, moved, nextWhere } from '../list.ts';
import { badness, callAt, type Matrix, type MatrixCursor } from './graph-matrix.ts';
import { failing } from './graph-model.ts';

/** The cell of the worst call, where one begins to look. */
export function worstCell({ rows, columns, calls }: Matrix): MatrixCursor {
  const worst = [...calls.values()].reduce<CallHealth | null>(
    (most, call) => (most === null || badness(call) > badness(most) ? call : most),
    null,
  );
  return {
    row: Math.max(0, rows.indexOf(worst?.caller ?? '')),
    column: Math.max(0, columns.indexOf(worst?.callee ?? '')),
  };
}

/** The same call in a matrix of another order. */
export const sameCell = (before: Matrix, after: Matrix, cell: MatrixCursor): MatrixCursor => ({
  row: Math.max(0, after.rows.indexOf(before.rows[cell.row] ?? '')),
  column: Math.max(0, after.columns.indexOf(before.columns[cell.column] ?? '')),
});

/** A row or a column further, within the matrix. */
export function movedCell(
  { rows, columns }: Matrix,
  { row, column }: MatrixCursor,
  way: Motion | 'left' | 'right',
  seen: number,
): MatrixCursor {
  if (way === 'left' || way === 'right') {
    const to = column + (way === 'left' ? -1 : 1);
    return { row, column: Math.max(0, Math.min(to, columns.length - 1)) };
  }
  return { row: moved({ at: row, top: 0 }, way, rows.length, seen).at, column };
}

/** The next call that fails more than before, row by row; null: there is none. */
export function nextFailing(
  matrix: Matrix,
  { row, column }: MatrixCursor,
  step: 1 | -1,
): MatrixCursor | null {
  const wide = matrix.columns.length;
  const cellAt = (at: number): MatrixCursor => ({ row: Math.floor(at / wide), column: at % wide });
  const from = row * wide + column;
  const at = nextWhere(from, matrix.rows.length * wide, step, (index) => {
    const call = callAt(matrix, cellAt(index));
    return call !== undefined && failing(call) > 0;
  });
  return at === from ? null : cellAt(at);
}
