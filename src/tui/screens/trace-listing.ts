/** Other ways to look at a trace: lists whose rows each stand for spans, of which one can be opened. */
import { formatDuration } from '../../text.ts';
import type { Line } from '../line.ts';
import type { Cursor } from '../list.ts';
import type { Area } from '../screen.ts';
import { inOrder, type Sort, type TableColumn, tableLines } from '../table.ts';

export interface TraceListing {
  /** Position of the span that each row opens. */
  readonly ats: readonly number[];
  /** One line on all of it. */
  readonly head: string;
  /** What it can be sorted by. */
  readonly columns: readonly TableColumn<never>[];
  lines(list: Cursor, area: Area): readonly Line[];
}

export function listingOf<Row extends { readonly at: number }>(
  all: readonly Row[],
  columns: readonly TableColumn<Row>[],
  sort: Sort,
  { head, none }: { readonly head: string; readonly none: string },
): TraceListing {
  const rows = inOrder(all, columns, sort);
  return {
    ats: rows.map(({ at }) => at),
    head,
    columns: columns as readonly TableColumn<never>[],
    lines: (list, area) => tableLines({ rows, columns, list, sort, none }, area),
  };
}

export const timeText = (ms: number | null): string => (ms === null ? '?' : formatDuration(ms));

/** A bar of so many columns for a share from `from` to `to` of the whole. */
export function shareBar(from: number, to: number, width: number): string {
  const begin = Math.min(width - 1, Math.floor(from * width));
  const end = Math.max(begin + 1, Math.min(width, Math.round(to * width)));
  return ' '.repeat(begin) + '█'.repeat(end - begin);
}
