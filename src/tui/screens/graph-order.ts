/** What the graph can be sorted by: services by the columns of its rows, and names; calls by their own. */
import type { CallHealth, Health, ServiceHealth } from '../../model.ts';
import { byText, inOrder, type Sort, type TableColumn } from '../table.ts';
import type { Below, Graph, Minutes } from './graph-model.ts';

/** A service as a row tells it. */
export interface Told {
  readonly service: string;
  readonly health: ServiceHealth | undefined;
  /** The call from the row above; of a root all calls to it. */
  readonly calls: readonly CallHealth[];
  readonly minutes: Minutes;
}

type Measure = (told: Told) => number | null;

const share = (errors: number, of: number): number | null => (of > 0 ? errors / of : null);
const failed = (health: Health | null | undefined): number | null =>
  health ? share(health.errors, health.spans) : null;

function summed({ calls }: Told, side: 'baseline' | 'incident', of: 'calls' | 'errors'): number {
  return calls.reduce((sum, call) => sum + (call[side]?.[of] ?? 0), 0);
}

const perMinute =
  (side: 'baseline' | 'incident'): Measure =>
  (told) =>
    told.calls.length === 0 ? null : summed(told, side, 'calls') / told.minutes[side];

const failedShare =
  (side: 'baseline' | 'incident'): Measure =>
  (told) =>
    share(summed(told, side, 'errors'), summed(told, side, 'calls'));

const ratio = (after: number | null | undefined, before: number | null | undefined) =>
  before && after ? after / before : null;

/** Of one call only: percentiles do not add up. */
const p95 = ({ calls }: Told, side: 'baseline' | 'incident'): number | null =>
  calls.length === 1 ? (calls[0]?.[side]?.p95 ?? null) : null;

/** By the titles of their columns. */
const measures: Readonly<Record<string, Measure>> = {
  'calls/min': perMinute('incident'),
  Δcalls: (told) => ratio(perMinute('incident')(told), perMinute('baseline')(told)),
  failed: failedShare('incident'),
  Δfailed: (told) => less(failedShare('incident')(told), failedShare('baseline')(told)),
  p95: (told) => p95(told, 'incident'),
  Δp95: (told) => less(p95(told, 'incident'), p95(told, 'baseline')),
  'itself ✗': ({ health }) => failed(health?.incident),
  before: ({ health }) => failed(health?.baseline),
  p99: ({ health }) => health?.incident?.p99 ?? null,
  Δp99: ({ health }) => ratio(health?.incident?.p99, health?.baseline?.p99),
};

function less(one: number | null, other: number | null): number | null {
  return one === null || other === null ? null : one - other;
}

const column = (title: string): Pick<TableColumn<Told>, 'title' | 'width' | 'text'> => ({
  ...{ title, width: 0, text: () => '' },
});

/** In the order of the keys. */
export const graphOrders: readonly TableColumn<Told>[] = [
  ...Object.entries(measures).map(
    ([title, of]): TableColumn<Told> => ({
      ...column(title),
      order: (a, b) => (of(a) ?? 0) - (of(b) ?? 0),
      lacks: (told) => of(told) === null,
      greatest: true,
    }),
  ),
  {
    ...column('cause'),
    order: (a, b) => (a.health?.rank ?? 0) - (b.health?.rank ?? 0),
    lacks: ({ health }) => (health?.rank ?? null) === null,
  },
  { ...column('name'), order: (a, b) => byText(a.service, b.service) },
];

/** Services in an order, each as the call to it tells it; without one as they come. */
export function siblingsInOrder(
  { services, callers, minutes }: Graph,
  siblings: readonly Below[],
  sort: Sort,
): readonly Below[] {
  if (sort === null) return siblings;
  const all = siblings.map((below) => {
    const [call, service] = below;
    const calls = call ? [call] : (callers.get(service) ?? []);
    return { below, service, health: services.get(service), minutes, calls };
  });
  return inOrder(all, graphOrders, sort).map(({ below }) => below);
}

/** The same of services that stand for themselves. */
export const servicesInOrder = (
  graph: Graph,
  names: readonly string[],
  sort: Sort,
): readonly string[] =>
  siblingsInOrder(
    graph,
    names.map((name) => [null, name]),
    sort,
  ).map(([, name]) => name);

const shareOf = (side: CallHealth['incident']): number | null =>
  side && share(side.errors, side.calls);

const callMeasures: Readonly<Record<string, (call: CallHealth) => number | null>> = {
  'calls/min': ({ incident }) => incident?.calls ?? null,
  Δcalls: ({ baseline, incident }) => ratio(incident?.calls, baseline?.calls),
  failed: ({ incident }) => shareOf(incident),
  Δfailed: ({ baseline, incident }) => less(shareOf(incident), shareOf(baseline)),
  p95: ({ incident }) => incident?.p95 ?? null,
  Δp95: ({ baseline, incident }) => less(incident?.p95 ?? null, baseline?.p95 ?? null),
};

/** Of calls in a list of their own, by the titles of its columns. */
export const callOrders: readonly TableColumn<CallHealth>[] = Object.entries(callMeasures).map(
  ([title, of]) => ({
    ...{ title, width: 0, text: () => '', greatest: true },
    order: (a, b) => (of(a) ?? 0) - (of(b) ?? 0),
    lacks: (call) => of(call) === null,
  }),
);
