/**
 * The part of the service graph around one service: which services are seen, and in which order.
 * Never all of a large graph: what is left out is counted where it would hang.
 */
import type { CallHealth, Cohort, Overview, ServiceHealth } from '../../model.ts';

/** A graph of at most so many services is drawn whole, and may be drawn as layers. */
export const mostDrawn = 14;
/** Causes that stay in sight, wherever they are. */
const rankedShown = 3;

export interface Graph {
  readonly services: ReadonlyMap<string, ServiceHealth>;
  readonly calls: readonly CallHealth[];
  readonly callees: ReadonlyMap<string, readonly CallHealth[]>;
  readonly callers: ReadonlyMap<string, readonly CallHealth[]>;
  /** The way of the first cause, by `callKey` of the call it went against. */
  readonly path: ReadonlySet<string>;
  /** Services on it, the cause first. */
  readonly spread: readonly string[];
  /** Length of each side's window: what is counted in them compares only by the minute. */
  readonly minutes: Minutes;
  /** The sides are healthy traces and others, of the same time. */
  readonly byHealth: boolean;
  /** There is a side before, or of healthy traces. */
  readonly compares: boolean;
}

export type Minutes = Readonly<Record<Cohort, number>>;

export const callKey = (caller: string, callee: string): string => `${caller}\0${callee}`;

/** Where no window is the baseline both sides are of the same time. */
function minutesOf({ baseline, incident }: Overview['diagnosis']['windows']): Minutes {
  const length = ({ from, to }: typeof incident): number =>
    Math.max(1, Date.parse(to) - Date.parse(from)) / 60_000;
  return { baseline: length(baseline ?? incident), incident: length(incident) };
}

export function graphOf({ services, calls, diagnosis }: Overview): Graph {
  const known = new Map(services.map((health) => [health.service, health]));
  for (const { caller, callee } of calls) {
    for (const service of [caller, callee]) {
      if (known.has(service)) continue;
      known.set(service, { service, observed: false, baseline: null, incident: null, rank: null });
    }
  }
  const byHealth = diagnosis.regime === 'healthy-traces';
  const [first] = diagnosis.causes;
  const way = diagnosis.verdict === 'no-clear-cause' ? [] : (first?.path ?? []);
  const edges = new Set(calls.map(({ caller, callee }) => callKey(caller, callee)));
  // A failure goes from the callee to its caller; what a slow writer spoils goes the other way.
  const path = way.map(({ from, to }) =>
    edges.has(callKey(to, from)) ? callKey(to, from) : callKey(from, to),
  );
  const bySide = (side: 'caller' | 'callee') => {
    const lists = new Map<string, CallHealth[]>();
    for (const call of calls) {
      const list = lists.get(call[side]) ?? [];
      lists.set(call[side], list);
      list.push(call);
    }
    for (const list of lists.values()) list.sort(worseFirst(new Set(path), known));
    return lists;
  };
  return {
    services: known,
    calls,
    callees: bySide('caller'),
    callers: bySide('callee'),
    path: new Set(path),
    minutes: minutesOf(diagnosis.windows),
    byHealth,
    compares: byHealth || diagnosis.windows.baseline !== null,
    spread:
      first && way.length > 0 ? [...new Set([first.service, ...way.map(({ to }) => to)])] : [],
  };
}

/** On the path, then calls that fail more, then slower ones, then the more frequent ones. */
const worseFirst =
  (path: ReadonlySet<string>, services: ReadonlyMap<string, ServiceHealth>) =>
  (a: CallHealth, b: CallHealth): number => {
    const onPath = ({ caller, callee }: CallHealth): number =>
      path.has(callKey(caller, callee)) ? 1 : 0;
    const rank = ({ callee }: CallHealth): number => services.get(callee)?.rank ?? 1000;
    return (
      onPath(b) - onPath(a) ||
      failing(b) - failing(a) ||
      rank(a) - rank(b) ||
      slower(b) - slower(a) ||
      callsOf(b) - callsOf(a) ||
      (a.caller + a.callee < b.caller + b.callee ? -1 : 1)
    );
  };

const rate = (side: CallHealth['incident']): number =>
  side && side.calls > 0 ? side.errors / side.calls : 0;
/** Growth of the share of failures; less than a thousandth is none. */
export const failing = ({ baseline, incident }: CallHealth): number =>
  Math.round(1000 * (rate(incident) - rate(baseline)));
const slower = ({ baseline, incident }: CallHealth): number =>
  baseline?.p95 && incident?.p95 ? Math.round(10 * (incident.p95 / baseline.p95)) : 0;
const callsOf = ({ baseline, incident }: CallHealth): number =>
  (baseline?.calls ?? 0) + (incident?.calls ?? 0);

export interface Ego {
  readonly focus: string | null;
  /** Hops from the focus. */
  readonly depth: number;
  /** Services whose neighbours are shown too. */
  readonly opened: ReadonlySet<string>;
  /** Only the propagation path. */
  readonly pathOnly: boolean;
}

/** The services that are seen. */
export function seenIn(graph: Graph, { focus, depth, opened, pathOnly }: Ego): ReadonlySet<string> {
  if (pathOnly && graph.spread.length > 0) return new Set(graph.spread);
  if (graph.services.size <= mostDrawn && depth > 0) return new Set(graph.services.keys());
  const ranked = [...graph.services.values()].flatMap(({ service, rank }) =>
    rank !== null && rank <= rankedShown ? [service] : [],
  );
  const seen = new Set([...(focus === null ? [] : [focus]), ...graph.spread, ...ranked]);
  // Hops go on from a service also if it is in sight for another reason.
  const reached = new Set(focus === null ? seen : [focus]);
  let edge = [...reached];
  for (let hop = 0; hop < depth; hop += 1) {
    edge = edge.flatMap((service) => neighbours(graph, service)).filter((one) => !reached.has(one));
    for (const service of edge) reached.add(service);
  }
  for (const service of reached) seen.add(service);
  for (const service of opened) {
    for (const other of neighbours(graph, service)) seen.add(other);
  }
  return seen;
}

const neighbours = (graph: Graph, service: string): readonly string[] => [
  ...(graph.callees.get(service) ?? []).map(({ callee }) => callee),
  ...(graph.callers.get(service) ?? []).map(({ caller }) => caller),
];

export type GraphRow =
  | {
      readonly kind: 'service';
      readonly service: string;
      /** The call that leads here from the row above; null for a root. */
      readonly call: CallHealth | null;
      readonly lead: string;
      /** It stands elsewhere with what it calls. */
      readonly again: boolean;
      /** It calls what is above it. */
      readonly cycle: boolean;
    }
  /** Neighbours of the service above it that are not seen. */
  | {
      readonly kind: 'more';
      readonly service: string;
      readonly side: 'callers' | 'callees';
      readonly names: readonly string[];
      readonly lead: string;
    };

interface Visit {
  readonly service: string;
  readonly call: CallHealth | null;
  readonly prefix: string;
  readonly branch: '' | '├' | '└';
  readonly above: readonly string[];
}

/** Calls with what is at their other end, in another order than as they come. */
type Siblings = (calls: readonly Below[]) => readonly Below[];
export type Below = readonly [call: CallHealth | null, service: string];

/**
 * The services seen as a tree: callers above callees, or the other way round when `inverted`; what is
 * below one service, and the roots, in the order that `siblings` gives them.
 */
export function treeRows(
  graph: Graph,
  seen: ReadonlySet<string>,
  inverted: boolean,
  siblings: Siblings = (calls) => calls,
): readonly GraphRow[] {
  const tree = treeOf(graph, seen, inverted, siblings);
  const rows: GraphRow[] = [];
  const drawn = new Set<string>();
  const roots = [...seen].filter((service) => tree.isRoot(service));
  // What is left has callers only among itself: cycles without a way in.
  const ordered = (names: readonly string[]): readonly string[] =>
    siblings(worstFirst(graph, names).map((name) => [null, name])).map(([, name]) => name);
  for (const root of [...ordered(roots), ...ordered([...seen])]) {
    if (!drawn.has(root)) drawFrom(root, tree, rows, drawn);
  }
  return rows;
}

/** The graph as one direction of it sees it. */
interface Tree {
  isRoot(service: string): boolean;
  /** Calls to what is below and seen, with what is there. */
  below(service: string): readonly Below[];
  /** Names that are not seen, and what they are to the service. */
  hidden(service: string): readonly Pick<GraphRow & { kind: 'more' }, 'side' | 'names'>[];
}

function treeOf(
  graph: Graph,
  seen: ReadonlySet<string>,
  inverted: boolean,
  siblings: Siblings,
): Tree {
  const callees = (service: string) =>
    (graph.callees.get(service) ?? []).map((call) => [call, call.callee] as const);
  const callers = (service: string) =>
    (graph.callers.get(service) ?? []).map((call) => [call, call.caller] as const);
  const [below, above] = inverted ? [callers, callees] : [callees, callers];
  const unseen = (ends: ReturnType<typeof callees>): readonly string[] => [
    ...new Set(ends.flatMap(([, other]) => (seen.has(other) ? [] : [other]))),
  ];
  return {
    isRoot: (service) => !above(service).some(([, other]) => seen.has(other) && other !== service),
    below: (service) => siblings(below(service).filter(([, other]) => seen.has(other))),
    hidden: (service) =>
      [
        { side: 'callers' as const, names: unseen(callers(service)) },
        { side: 'callees' as const, names: unseen(callees(service)) },
      ].filter(({ names }) => names.length > 0),
  };
}

function drawFrom(root: string, tree: Tree, rows: GraphRow[], drawn: Set<string>): void {
  const stack: Visit[] = [{ service: root, call: null, prefix: '', branch: '', above: [] }];
  for (let visit = stack.pop(); visit; visit = stack.pop()) {
    const { service, call, prefix, branch, above } = visit;
    const shown = tree.below(service);
    const cycle = above.includes(service);
    const again = drawn.has(service);
    const lead = prefix + branch;
    rows.push({ kind: 'service', service, call, lead, again: again && shown.length > 0, cycle });
    if (again) continue;
    drawn.add(service);
    const stem = prefix + { '': '', '├': '│', '└': ' ' }[branch];
    const hidden = tree.hidden(service);
    hidden.forEach((one, at) => {
      const line = shown.length > 0 || at < hidden.length - 1 ? '├' : '└';
      rows.push({ kind: 'more', service, ...one, lead: stem + line });
    });
    const visits = shown.map(
      ([one, other], at): Visit => ({
        service: other,
        call: one,
        prefix: stem,
        branch: at === shown.length - 1 ? '└' : '├',
        above: [...above, service],
      }),
    );
    stack.push(...visits.reverse());
  }
}

/** Roots that lead to the path first, then in the order of the services: worst first. */
function worstFirst(graph: Graph, names: readonly string[]): readonly string[] {
  const order = new Map([...graph.services.keys()].map((service, at) => [service, at]));
  const onPath = (service: string): number => (graph.spread.includes(service) ? 0 : 1);
  return [...names].sort(
    (a, b) => onPath(a) - onPath(b) || (order.get(a) ?? 0) - (order.get(b) ?? 0),
  );
}
