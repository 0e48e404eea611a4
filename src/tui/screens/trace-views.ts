/** The views of a trace, in the order in which `v` shows them. */
import type { Sort } from '../table.ts';
import { traceFlame } from './trace-flame.ts';
import type { TraceListing } from './trace-listing.ts';
import type { TraceModel } from './trace-model.ts';
import { traceOutline } from './trace-outline.ts';
import { traceRanks } from './trace-ranks.ts';
import { traceStats } from './trace-stats.ts';

export type TraceView = 'waterfall' | 'outline' | 'ranks' | 'flame' | 'stats';

interface Viewed {
  readonly model: TraceModel;
  readonly view: TraceView;
  /** By position: 0 for what the filter leaves out; null: nothing. */
  readonly only: Uint8Array | null;
  readonly sort: Sort;
}

/** Null: it does not apply to this trace. */
const listings: Readonly<
  Record<
    Exclude<TraceView, 'waterfall'>,
    (model: TraceModel, only: Uint8Array | null, sort: Sort) => TraceListing | null
  >
> = { outline: traceOutline, ranks: traceRanks, flame: traceFlame, stats: traceStats };

const order: readonly TraceView[] = ['waterfall', 'outline', 'ranks', 'flame', 'stats'];

/** What the view lists; null for the waterfall. A view that was kept may be anything. */
export const listingFor = ({ model, view, only, sort }: Viewed): TraceListing | null =>
  view !== 'waterfall' && Object.hasOwn(listings, view) ? listings[view](model, only, sort) : null;

/** The next view that applies. */
export function viewAfter(viewed: Viewed): TraceView {
  const at = order.indexOf(viewed.view);
  const others = [...order.slice(at + 1), ...order.slice(0, at)];
  const isThere = (view: TraceView): boolean =>
    view === 'waterfall' || listingFor({ ...viewed, view, sort: null }) !== null;
  return others.find(isThere) ?? 'waterfall';
}
