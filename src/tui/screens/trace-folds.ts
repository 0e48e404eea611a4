/** How a trace is folded, as plain data for the next time it is opened; spans by their ids. */
import type { Area } from '../screen.ts';
import type { TraceModel, TraceNode } from './trace-model.ts';
import { relisted, shownAt, type TraceState } from './trace-state.ts';

interface KeptFolds {
  readonly closed: readonly string[];
  /** First spans of the groups that are open; `all`: every group is. */
  readonly opened: readonly string[] | 'all';
  readonly inline: boolean;
}

/** Of more, those further down are as if they had never been touched: nobody folded them one by one. */
const mostKept = 200;

/** Null: as it begins. */
export function keptFolds({ model, closed, opened, inline }: TraceState): KeptFolds | null {
  if (closed.size === 0 && opened.size === 0 && inline) return null;
  const groups = groupsOf(model).size;
  return {
    closed: idsOf(model, closed),
    opened: groups > 0 && opened.size === groups ? 'all' : idsOf(model, opened),
    inline,
  };
}

/** The trace folded as it was left; what it was opened at is shown nevertheless. */
export function refolded(state: TraceState, kept: unknown, area: Area): TraceState {
  const { closed, opened, inline } = (kept ?? {}) as Readonly<Record<string, unknown>>;
  const { model, rows, list } = state;
  const groups = groupsOf(model);
  const folds = {
    closed: positionsOf(model, closed, () => true),
    opened: opened === 'all' ? groups : positionsOf(model, opened, (at) => groups.has(at)),
    inline: inline !== false,
  };
  const next = relisted(state, { ...state, ...folds }, area);
  const at = rows[list.at]?.at ?? -1;
  return list.at === 0 || at < 0 ? next : shownAt(next, at, area);
}

const groupsOf = ({ nodes }: TraceModel): ReadonlySet<number> =>
  new Set(nodes.map(({ group }) => group).filter((group) => group >= 0));

const idsOf = ({ nodes }: TraceModel, positions: ReadonlySet<number>): readonly string[] =>
  [...positions]
    .sort((a, b) => a - b)
    .slice(0, mostKept)
    .map((at) => (nodes[at] as TraceNode).span.spanId);

function positionsOf(
  { nodes }: TraceModel,
  ids: unknown,
  fits: (at: number) => boolean,
): ReadonlySet<number> {
  const wanted = new Set<unknown>(Array.isArray(ids) ? ids.slice(0, mostKept) : []);
  const found = nodes.flatMap(({ span }, at) => (wanted.has(span.spanId) && fits(at) ? [at] : []));
  return new Set(found);
}
