/** What an import brought, for people. */
import type { FileSummary } from '../model.ts';
import { endOf, plural, sanitise, wrap } from '../text.ts';
import type { Style } from './style.ts';
import { table } from './table.ts';

export interface ImportSummary {
  readonly files: readonly FileSummary[];
  readonly totals: Omit<FileSummary, 'path' | 'format' | 'defects'> & {
    readonly traces: number;
    readonly services: number;
  };
}

/** Defects of one code whose examples are shown. */
const shownExamples = 3;
/** Files listed one by one; the table of a large folder says no more than its totals. */
const listedFiles = 30;

export function importText(
  { files, totals }: ImportSummary,
  { columns, style }: { readonly columns: number; readonly style: Style },
): string {
  const rows = [...files.slice(0, listedFiles), ...(files.length > 1 ? [totals] : [])];
  const titles = ['file', 'spans', 'logs', 'points', 'duplicates', 'skipped'];
  const lines = table(
    titles.map((title, at) => ({ title, align: at === 0 ? 'left' : 'right' })),
    rows.map((row) => [
      'path' in row
        ? endOf(sanitise(row.path), Math.max(20, columns - numbersWidth))
        : `all ${plural(files.length, 'file')}`,
      ...[row.spans, row.logs, row.metricPoints, row.duplicates, row.skipped].map((count) =>
        count.toLocaleString('en-US'),
      ),
    ]),
    columns,
    style,
  );
  const reached = `${plural(totals.traces, 'trace')}, ${plural(totals.services, 'service')}`;
  return `${[...lines, reached, ...defectLines(files, columns)].join('\n')}\n`;
}

/** Columns of a usual row beside its path. */
const numbersWidth = 46;

/** Why something was skipped or is doubtful: every kind with its first examples. */
function defectLines(files: readonly FileSummary[], columns: number): readonly string[] {
  const byCode = new Map<string, { count: number; examples: string[] }>();
  for (const { code, count, examples } of files.flatMap(({ defects }) => defects)) {
    const entry = byCode.get(code) ?? { count: 0, examples: [] };
    byCode.set(code, entry);
    entry.count += count;
    entry.examples.push(...examples);
  }
  return [...byCode]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([code, { count, examples }]) => [
      `${plural(count, 'defect')} ${code}`,
      ...examples
        .slice(0, shownExamples)
        .flatMap((example) => wrap(sanitise(example, 300), columns - 2).map((line) => `  ${line}`)),
    ]);
}
