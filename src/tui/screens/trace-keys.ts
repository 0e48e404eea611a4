/** Keys of a trace: what they do, and which of them do something as it is shown. */
import type { SortAction } from '../table.ts';
import type { TraceState } from './trace-state.ts';

export type TraceAction =
  | 'open'
  | 'pane'
  | 'fold'
  | 'unfold'
  | 'groups'
  | 'next-error'
  | 'previous-error'
  | 'path'
  | 'inline'
  | 'logs'
  | 'reveal'
  | 'clocks'
  | 'view'
  | 'close'
  | SortAction;

/** Actions of the waterfall that mean nothing where it is not seen. */
const ofWaterfall: readonly TraceAction[] = ['pane', 'fold', 'groups', 'inline'];
const ofSpan: readonly TraceAction[] = ['next-error', 'previous-error', 'logs', 'reveal', 'clocks'];

/** False: it does nothing now; text: what it does now. */
export function offersTrace(
  { listing, focus }: Pick<TraceState, 'listing' | 'focus'>,
  action: TraceAction,
): boolean | string {
  if (listing) return !ofWaterfall.includes(action);
  if (focus !== 'span') return true;
  return action === 'open' || action === 'pane' ? 'waterfall' : ofSpan.includes(action);
}
