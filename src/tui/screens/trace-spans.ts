/** The spans that a view of a trace lists, for a file and as a statement: folded or not. */
import { sqlText } from '../held.ts';
import { atTop } from '../list.ts';
import { spansSql } from '../listed-sql.ts';
import type { TraceState } from './trace-state.ts';

/** Positions of the spans that are listed: of a view those that its rows open, else all that pass. */
function positions({ listing, model, only }: TraceState): readonly number[] {
  if (listing) return listing.ats;
  return [...model.nodes.keys()].filter((at) => only === null || only[at] === 1);
}

export function spanRows(state: TraceState): { count: number; at(index: number): TraceState } {
  const { listing } = state;
  const all = positions(state);
  return {
    count: all.length,
    at: (index) =>
      listing
        ? { ...state, listed: { at: index, top: 0 } }
        : {
            ...state,
            rows: [{ kind: 'span', at: all[index] ?? 0, level: 0, lead: '', open: false }],
            list: atTop,
          },
  };
}

/** All spans of the trace, or by name those that are left of them, in their order. */
export function traceSql(state: TraceState): string {
  const { data, model, only, listing } = state;
  const { traceId } = data.tree;
  const isWhole = only === null && listing === null;
  const ids = isWhole ? [] : positions(state).map((at) => model.nodes[at]?.span.spanId ?? '');
  const listed = isWhole ? null : spansSql(traceId, ids);
  return (
    listed ??
    `SELECT start_time, service, name, status, duration_ms, trace_id, span_id, parent_span_id FROM spans WHERE trace_id = ${sqlText(traceId)} ORDER BY start_ns, span_id`
  );
}
