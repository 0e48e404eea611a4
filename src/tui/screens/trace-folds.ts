/** How a trace is folded, as plain data for the next time it is opened; spans by their ids. */
import type { Area } from '../screen.ts';
import type { TraceModel, TraceNode } from './trace-model.ts';
import { relisted, shownAt, type TraceState } from './trace-state.ts';

interface KeptFolds {
  readonly closed: readonly string[];
  /** A span of each group that is open; `all`: every group is. */
  readonly opened: readonly string[] | 'all';
  readonly inline: boolean;
}

/** Of more, those further down are as if they had never been touched: nobody folded them one by one. */
const mostKept = 200;

/** Null: as it begins. */
export function foldsOf(
  { model, closed, opened, inline }: Pick<TraceState, 'model' | 'closed' | 'opened' | 'inline'>,
  most = mostKept,
): KeptFolds | null {
  if (closed.size === 0 && opened.size === 0 && inline) return null;
  const groups = groupsOf(model).size;
  return {
    closed: idsOf(model, closed, most),
    opened: groups > 0 && opened.size === groups ? 'all' : idsOf(model, opened, most),
    inline,
  };
}

/** The same in a model of that trace; `kept` may be anything. */
export function foldsIn(
  model: TraceModel,
  kept: unknown,
): Pick<TraceState, 'closed' | 'opened' | 'inline'> {
  const { closed, opened, inline } = (kept ?? {}) as Readonly<Record<string, unknown>>;
  return {
    closed: new Set(positionsOf(model, closed)),
    opened:
      opened === 'all' ? groupsOf(model) : new Set(groupsAt(model, positionsOf(model, opened))),
    inline: inline !== false,
  };
}

/** The trace folded as it was left; what it was opened at is shown nevertheless. */
export function refolded(state: TraceState, kept: unknown, area: Area): TraceState {
  const next = relisted(state, { ...state, ...foldsIn(state.model, kept) }, area);
  const at = state.rows[state.list.at]?.at ?? -1;
  return state.list.at === 0 || at < 0 ? next : shownAt(next, at, area);
}

const groupsAt = ({ nodes }: TraceModel, positions: readonly number[]): readonly number[] =>
  positions.map((at) => (nodes[at] as TraceNode).group).filter((group) => group >= 0);

const groupsOf = (model: TraceModel): ReadonlySet<number> =>
  new Set(groupsAt(model, [...model.nodes.keys()]));

const idsOf = (
  { nodes }: TraceModel,
  positions: ReadonlySet<number>,
  most: number,
): readonly string[] =>
  [...positions]
    .sort((a, b) => a - b)
    .slice(0, most)
    .map((at) => (nodes[at] as TraceNode).span.spanId);

function positionsOf({ nodes }: TraceModel, ids: unknown): readonly number[] {
  const wanted = new Set<unknown>(Array.isArray(ids) ? ids : []);
  return nodes.flatMap(({ span }, at) => (wanted.has(span.spanId) ? [at] : []));
}
