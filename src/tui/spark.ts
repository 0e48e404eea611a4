/** The time axis that the rows of a screen share. */

/** Stretch of time that a column stands for, ns; null: a break between two pieces. */
export type AxisColumn = { readonly from: number; readonly to: number } | null;

/** A piece of the axis gets at least this share of it, however short. */
const leastShare = 0.25;

/** `columns` columns over the pieces, in proportion to their lengths. */
export function axisOf(
  pieces: readonly { readonly from: number; readonly to: number }[],
  columns: number,
): readonly AxisColumn[] {
  const room = columns - (pieces.length - 1);
  const total = pieces.reduce((sum, { from, to }) => sum + (to - from), 0);
  const shares = pieces.map(({ from, to }) =>
    Math.max(pieces.length > 1 ? leastShare : 0, total > 0 ? (to - from) / total : 1),
  );
  const sum = shares.reduce((all, share) => all + share, 0);
  let used = 0;
  return pieces.flatMap(({ from, to }, at) => {
    const isLast = at === pieces.length - 1;
    const width = isLast ? room - used : Math.max(1, Math.floor((room * (shares[at] ?? 0)) / sum));
    used += width;
    const cells = Array.from({ length: Math.max(0, width) }, (_, index) => ({
      from: from + ((to - from) * index) / width,
      to: from + ((to - from) * (index + 1)) / width,
    }));
    return isLast ? cells : [...cells, null];
  });
}

/** The column a time falls into, the last one at its end; -1 if it is in no piece. */
export function columnAt(axis: readonly AxisColumn[], time: number): number {
  const found = axis.findIndex((one) => one && time >= one.from && time < one.to);
  if (found >= 0) return found;
  return axis.findLastIndex((one) => one && time === one.to);
}
