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

/** By the titles of their columns. */
const measures: Readonly<Record<string, Measure>> = {
  errors: ({ health }) => failed(health?.incident),
  p99: ({ health }) => health?.incident?.p99 ?? null,
  Δp99: ({ health }) =>
    health?.baseline?.p99 && health.incident?.p99
      ? health.incident.p99 / health.baseline.p99
      : null,
  'calls failed': (told) =>
    share(summed(told, 'incident', 'errors'), summed(told, 'incident', 'calls')),
  'calls/min': perMinute('incident'),
  before: perMinute('baseline'),
  'errors before': ({ health }) => failed(health?.baseline),
};

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

const callMeasures: Readonly<Record<string, (call: CallHealth) => number | null>> = {
  failed: ({ incident }) => (incident ? share(incident.errors, incident.calls) : null),
  p95: ({ incident }) => incident?.p95 ?? null,
  Δp95: ({ baseline, incident }) =>
    baseline?.p95 && incident?.p95 ? incident.p95 / baseline.p95 : null,
  'calls/min (before)': ({ incident }) => incident?.calls ?? null,
};

/** Of calls in a list of their own, by the titles of its columns. */
export const callOrders: readonly TableColumn<CallHealth>[] = Object.entries(callMeasures).map(
  ([title, of]) => ({
    ...{ title, width: 0, text: () => '', greatest: true },
    order: (a, b) => (of(a) ?? 0) - (of(b) ?? 0),
    lacks: (call) => of(call) === null,
  }),
);
