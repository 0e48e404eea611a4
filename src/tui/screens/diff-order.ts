/** What steps of two traces can be sorted by. */
import type { StepDiff } from '../../model.ts';
import { stepName } from '../../report/index.ts';
import { byText, type TableColumn } from '../table.ts';

type Order = Pick<TableColumn<StepDiff>, 'order' | 'greatest' | 'lacks'>;

/** By the titles of their columns. */
const orders: Readonly<Record<string, Order>> = {
  step: { order: (one, other) => byText(stepName(one), stepName(other)) },
  service: { order: (one, other) => byText(one.service, other.service) },
  'n A→B': {
    order: (one, other) => more(one) - more(other),
    greatest: true,
  },
  A: time('a'),
  B: time('b'),
  Δ: { order: (one, other) => Math.abs(one.delta) - Math.abs(other.delta), greatest: true },
  'own Δ': { order: (one, other) => Math.abs(one.own) - Math.abs(other.own), greatest: true },
};

const more = ({ a, b }: StepDiff): number => Math.abs((b?.count ?? 0) - (a?.count ?? 0));

function time(side: 'a' | 'b'): Order {
  const of = (step: StepDiff): number | null => step[side]?.total ?? null;
  return {
    order: (one, other) => (of(one) ?? 0) - (of(other) ?? 0),
    lacks: (step) => of(step) === null,
    greatest: true,
  };
}

/** The columns, with what they are sorted by. */
export const sortableSteps = (
  columns: readonly TableColumn<StepDiff>[],
): readonly TableColumn<StepDiff>[] =>
  columns.map((column) => ({ ...column, ...orders[column.title] }));

/** Columns to sort by, in the order of the keys. */
export const stepOrders: readonly TableColumn<StepDiff>[] = Object.entries(orders).map(
  ([title, order]) => ({ title, width: 0, text: () => '', ...order }),
);
