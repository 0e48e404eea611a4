/** The services of the first screen in columns: how they went, and how they went before. */
import type { Health, ServiceHealth } from '../../model.ts';
import { safe } from '../glyphs.ts';
import { count, duration, growth, percent } from '../health.ts';
import { cell, column, type Line } from '../line.ts';
import { byText, marked, type Sort, type TableColumn } from '../table.ts';

interface ServiceColumn {
  readonly title: string;
  readonly width: number;
  readonly of: (health: ServiceHealth) => string;
  /** What it is sorted by. */
  readonly by: (health: ServiceHealth) => number;
}

const rateOf = (health: Health | null): number =>
  health && health.spans > 0 ? health.errors / health.spans : -1;

/** Least important last: columns that do not fit are left out from the end. */
const serviceColumns: readonly ServiceColumn[] = [
  {
    title: 'errors',
    width: 9,
    of: ({ incident }) => (incident ? percent(incident.errors, incident.spans) : '–'),
    by: ({ incident }) => rateOf(incident),
  },
  {
    title: 'p99',
    width: 10,
    of: ({ incident }) => duration(incident?.p99),
    by: ({ incident }) => incident?.p99 ?? -1,
  },
  {
    title: 'Δp99',
    width: 8,
    of: ({ baseline, incident }) => growth(baseline?.p99, incident?.p99),
    by: ({ baseline, incident }) =>
      baseline?.p99 && incident?.p99 ? incident.p99 / baseline.p99 : -1,
  },
  {
    title: 'cause',
    width: 7,
    of: ({ rank }) => (rank === null ? '' : `#${rank}`),
    by: ({ rank }) => -(rank ?? Number.POSITIVE_INFINITY),
  },
  {
    title: 'spans',
    width: 10,
    of: ({ incident }) => count(incident?.spans ?? 0),
    by: ({ incident }) => incident?.spans ?? 0,
  },
  {
    title: 'before',
    width: 10,
    of: ({ baseline }) => (baseline ? percent(baseline.errors, baseline.spans) : '–'),
    by: ({ baseline }) => rateOf(baseline),
  },
];

/** The columns as a list that can be sorted by them, the greatest first; and by name. */
export const sortable: readonly TableColumn<ServiceHealth>[] = [
  ...serviceColumns.map(
    ({ title, width, of, by }): TableColumn<ServiceHealth> => ({
      ...{ title, width, text: of, greatest: true },
      order: (a, b) => (by(a) === by(b) ? 0 : by(a) - by(b)),
    }),
  ),
  {
    title: 'name',
    width: 0,
    text: ({ service }) => service,
    order: (a, b) => byText(a.service, b.service),
  },
];

/** Room for a name that tells services apart. */
const leastName = 32;
const mostName = 48;

function fitting(columns: number): {
  readonly name: number;
  readonly rest: readonly ServiceColumn[];
} {
  let left = columns - leastName;
  const rest = serviceColumns.filter(({ width }) => {
    left -= width;
    return left >= 0;
  });
  const used = rest.reduce((sum, { width }) => sum + width, 0);
  return { name: Math.min(mostName, columns - used), rest };
}

/** The title of the list with the titles of its columns. */
export function headCells(title: string, count: number, columns: number, sort: Sort = null): Line {
  const { name, rest } = fitting(columns);
  return [
    column(`${title} (${count})`, name, { style: ['bold'] }),
    ...rest.map(({ title, width }) =>
      column(marked(title, sort), width, { align: 'right', style: ['dim'] }),
    ),
  ];
}

export function serviceCells(health: ServiceHealth, columns: number): Line {
  const { name, rest } = fitting(columns);
  const failed = (health.incident?.errors ?? 0) > 0;
  const mark = failed ? '✗' : ' ';
  const silent = health.observed ? '' : ' (sent no span)';
  return [
    cell(`${mark} `, 'red'),
    column(`${safe(health.service, 60)}${silent}`, name - 2),
    ...rest.map(({ width, of }) => column(of(health), width, { align: 'right' })),
  ];
}
