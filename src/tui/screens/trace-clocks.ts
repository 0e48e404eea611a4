/** The clocks of a trace: what is said of them, and its times as recorded or as one clock would tell them. */
import type { CorrectedClocks } from '../../graph/index.ts';
import { formatDuration } from '../../text.ts';
import type { Area, Step } from '../screen.ts';
import { foldsIn, foldsOf } from './trace-folds.ts';
import { traceModel } from './trace-model.ts';
import { rowShowing } from './trace-rows.ts';
import { onRow, refiltered, type TraceState } from './trace-state.ts';

type Clocks = Pick<TraceState, 'clocks' | 'corrected' | 'model'>;

/**
 * Of the length of a trace: what is less is no more than a cell of the bars on a common terminal, and
 * moves nothing that could be seen. `~` corrects it all the same.
 */
const leastSeen = 1 / 20;

/** Whether the difference is worth a word. */
function isSeen({ clocks, corrected, model: { extent } }: Clocks): boolean {
  if (clocks === null) return false;
  return corrected || extent === null || clocks.farthest >= leastSeen * (extent.to - extent.from);
}

/** For the heading: by how much they differ, and which key changes what; empty: they agree. */
export const clocksText = (shown: Clocks): string => (isSeen(shown) ? differenceText(shown) : '');

function differenceText({ clocks, corrected }: Clocks): string {
  if (clocks === null) return '';
  return corrected
    ? `times corrected by about ${about(clocks)}: ~ shows as recorded`
    : `clocks differ by about ${about(clocks)}: ~ corrects`;
}

/** It is an estimate: two digits of it. */
const about = ({ farthest }: CorrectedClocks): string =>
  formatDuration(Number((farthest / 1e6).toPrecision(2)));

/** For the line below, also where the heading is cut: which of the two is shown; empty: there is but one. */
export const shownTimes = (shown: Clocks): string =>
  shown.clocks === null || !isSeen(shown)
    ? ''
    : `~ ${shown.corrected ? 'corrected' : 'as recorded'}: clocks differ by ${about(shown.clocks)}`;

/** The other of the two, with the same span under the cursor and everything folded as it was. */
export function otherTimes(state: TraceState, area: Area): Step<TraceState> {
  const { data, clocks, model, rows, list, listed } = state;
  if (clocks === null) return { state, say: 'no clocks of this trace are known to differ' };
  const corrected = !state.corrected;
  const { tree, logs } = corrected ? clocks : data;
  const other = traceModel({ ...data, tree, logs });
  const folds = foldsIn(other, foldsOf(state, Number.POSITIVE_INFINITY));
  const bare = { ...state, ...folds, model: other, corrected, rows: [] };
  const next = { ...refiltered(bare, area), listed };
  const under = model.nodes[rows[list.at]?.at ?? -1]?.span.spanId;
  const at = other.nodes.findIndex(({ span }) => span.spanId === under);
  const shown = at < 0 ? next : onRow(next, rowShowing(other, next.rows, at), area);
  return { state: shown, say: differenceText(shown) };
}
