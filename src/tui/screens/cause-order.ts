/** The order of causes in their list, and which of them pass a filter. */
import type { Cause } from '../../model.ts';
import { type RowColumns, rowCondition } from '../../search/index.ts';
import { passing } from '../passing.ts';
import { byText, inOrder, type Sort, type TableColumn } from '../table.ts';

const bands: readonly Cause['band'][] = ['likely', 'possible', 'weak'];

const byWord = (title: string, text: (cause: Cause) => string): TableColumn<Cause> => ({
  ...{ title, width: 0, text },
  order: (a, b) => byText(text(a), text(b)),
});

/** What causes can be sorted by; they come by rank, which is by score. */
export const causeColumns: readonly TableColumn<Cause>[] = [
  {
    ...{ title: 'band', width: 0, text: ({ band }) => band },
    order: (a, b) => bands.indexOf(a.band) - bands.indexOf(b.band),
  },
  byWord('layer', ({ layer }) => layer),
  byWord('service', ({ service }) => service),
  byWord('class', ({ faultClass }) => faultClass),
  {
    ...{ title: 'onset', width: 0, text: ({ onset }) => onset ?? '' },
    order: (a, b) => byText(a.onset ?? '~', b.onset ?? '~'),
  },
];

const textOf = ({ service, entity, layer, faultClass, band, summary }: Cause): string =>
  [service, entity, layer, faultClass, band, summary].join(' ').toLowerCase();

/** What a filter can compare. */
const factsOf = ({ rank, service, entity, layer, faultClass, band, score }: Cause) => ({
  ...{ rank, service, entity, layer, band, score },
  class: faultClass,
});

/** `problem`: why the filter is none; all are then listed. */
export function orderedCauses(
  causes: readonly Cause[],
  filter: string,
  sort: Sort,
): {
  readonly causes: readonly Cause[];
  readonly problem: string | null;
  readonly scattered: boolean;
} {
  const { rows, problem, scattered } = passing(causes, filter, (cause) => ({
    text: textOf(cause),
    facts: factsOf(cause),
  }));
  return { causes: inOrder(rows, causeColumns, sort), problem, scattered };
}

/** The same in SQL. */
const inSql: RowColumns = {
  text: `concat_ws(' ', service, entity, layer, fault_class, band, summary)`,
  facts: {
    ...{ rank: 'rank', service: 'service', entity: 'entity', layer: 'layer', band: 'band' },
    ...{ score: 'score', class: 'fault_class' },
  },
};

/** By the titles of the columns. */
const ordersInSql: Readonly<Record<string, string>> = {
  band: `instr('likely possible weak', band)`,
  layer: 'layer',
  service: 'service',
  class: 'fault_class',
  onset: `coalesce(onset, '~')`,
};

/** A statement that gives the list as it is filtered and sorted. */
export function causesSql({
  filter,
  sort,
  problem,
  scattered,
}: {
  readonly filter: string;
  readonly sort: Sort;
  readonly problem: string | null;
  readonly scattered: boolean;
}): string {
  const condition = problem === null ? rowCondition(filter, inSql, scattered) : null;
  const where = condition === null || condition === '1' ? '' : ` WHERE ${condition}`;
  const by = sort && ordersInSql[sort.title];
  const order = by ? `${by}${sort.descending ? ' DESC' : ''}, rank` : 'rank';
  return `SELECT rank, service, layer, fault_class, score, confidence, band, onset, summary FROM causes${where} ORDER BY ${order}`;
}
