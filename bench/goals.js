/** The goals of speed, and the table that holds measured figures against them. */

/** Goals are meant for a dump as large as this: a small one measures how programs warm up. */
export const fullScale = 1_000_000;

const verdictOf = (value, { must, stretch, isFloor }) => {
  const reaches = (goal) => (isFloor ? value >= goal : value <= goal);
  return reaches(stretch) ? 'stretch' : reaches(must) ? 'must' : 'MISSED';
};

function judged({ value, goal, needsFull }, scale) {
  if (!goal || Number.isNaN(value)) return '–';
  return needsFull && scale < fullScale ? '–' : verdictOf(value, goal);
}

const shown = (value, { digits = 2, unit = '', why = 'not measured' }) =>
  Number.isNaN(value) ? why : `${value.toFixed(digits)}${unit}`;

const columns = ['what', 'measured', 'must', 'stretch', 'met'];

function cellsOf(row, scale) {
  const { what, value, goal } = row;
  const bound = (number) => (goal ? `${goal.isFloor ? '≥' : '≤'} ${number}${row.unit ?? ''}` : '–');
  return [what, shown(value, row), bound(goal?.must), bound(goal?.stretch), judged(row, scale)];
}

/** Lines of cells, padded to columns; the first column to the left. */
export function tableOf(rows) {
  const widths = rows[0].map((_, at) => Math.max(...rows.map((cells) => cells[at].length)));
  return rows.map((cells) =>
    cells
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at]) : cell.padStart(widths[at])))
      .join('   '),
  );
}

/**
 * The table of goals. A row is `what`, its `value` (NaN if there is none, `why` says why not), its
 * `goal` if it has one, and `needsFull` if that is meant for 1M spans only.
 */
export const goalTable = (rows, scale) =>
  tableOf([columns, ...rows.map((row) => cellsOf(row, scale))]);

export const atMost = (must, stretch) => ({ must, stretch, isFloor: false });
export const atLeast = (must, stretch) => ({ must, stretch, isFloor: true });
