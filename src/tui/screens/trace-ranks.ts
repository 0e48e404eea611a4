/** A training run as steps × ranks: each phase of each step, and which process was the slowest in it. */

import { grouped } from '../../grouping.ts';
import { trainingPlaceOf } from '../../session/ai-steps.ts';
import { sparkline } from '../../text/sparkline.ts';
import { formatNumber, plural } from '../../text.ts';
import { safe } from '../glyphs.ts';
import { byText, type Sort, type TableColumn } from '../table.ts';
import { listingOf, type TraceListing, timeText } from './trace-listing.ts';
import { failed, type TraceModel, type TraceNode } from './trace-model.ts';

interface Phase {
  /** Position of the slowest rank's longest span. */
  readonly at: number;
  readonly step: string;
  readonly name: string;
  readonly errors: number;
  /** By rank, ms; null: it did not take part. */
  readonly times: readonly (number | null)[];
  readonly median: number;
  readonly slowest: { readonly rank: string; readonly ms: number };
}

/** Numbers by number, other names behind them. */
export const byRank = (a: string, b: string): number => Number(a) - Number(b) || byText(a, b);

const columnsOf = (ranks: readonly string[]): readonly TableColumn<Phase>[] => [
  {
    title: 'step',
    width: 10,
    text: ({ step }) => safe(step, 20),
    order: (a, b) => byRank(a.step, b.step),
  },
  {
    title: 'phase',
    width: 0,
    text: ({ name, errors }) => `${errors > 0 ? `✗${errors} ` : ''}${safe(name, 120)}`,
    style: ({ errors }) => (errors > 0 ? ['red'] : []),
    order: (a, b) => byText(a.name, b.name),
  },
  { title: 'median', width: 10, align: 'right', text: ({ median }) => timeText(median) },
  {
    title: 'slowest',
    width: 10,
    align: 'right',
    text: ({ slowest }) => timeText(slowest.ms),
    order: (a, b) => a.slowest.ms - b.slowest.ms,
    greatest: true,
  },
  { title: 'rank', width: 8, align: 'right', text: ({ slowest }) => safe(slowest.rank, 8) },
  {
    title: '× median',
    width: 10,
    align: 'right',
    text: (phase) => `×${formatNumber(Number(excess(phase).toPrecision(3)))}`,
    style: (phase) => (excess(phase) >= noticed ? ['bold'] : ['dim']),
    order: (a, b) => excess(a) - excess(b),
    greatest: true,
  },
  { title: '', width: 1, text: () => '' },
  {
    title: `ranks ${safe(ranks[0] ?? '', 8)}–${safe(ranks.at(-1) ?? '', 8)}`,
    width: Math.max(14, Math.min(64, ranks.length + 1)),
    text: ({ times }) => sparkline(times, { from: 0 }),
  },
];

/** Slower than the others by this much is seen at a glance. */
const noticed = 1.2;
const excess = ({ slowest, median }: Phase): number => (median > 0 ? slowest.ms / median : 1);

interface Placed {
  readonly at: number;
  readonly node: TraceNode;
  readonly rank: string;
  readonly step: string;
}

/** In the order of time; null unless two processes of a training run are in the trace. */
export function traceRanks(
  { nodes }: TraceModel,
  only: Uint8Array | null,
  sort: Sort,
): TraceListing | null {
  const placed = nodes.flatMap((node, at): Placed[] => {
    const place = only?.[at] === 0 ? null : trainingPlaceOf(node.span);
    return place ? [{ at, node, rank: place.rank, step: place.step ?? '' }] : [];
  });
  const ranks = [...new Set(placed.map(({ rank }) => rank))].sort(byRank);
  if (ranks.length < 2) return null;
  // What a rank does within a phase is part of it.
  const outer = placed.filter(({ node }) => {
    const above = nodes[node.parent];
    return !above || trainingPlaceOf(above.span) === null;
  });
  const phases = [...grouped(outer, ({ step, node }) => `${step}\0${node.span.name}`).values()]
    // What one of them does alone is compared with nothing.
    .filter((spans) => new Set(spans.map(({ rank }) => rank)).size > 1)
    .map((spans) => ({
      phase: phaseOf(spans, ranks),
      start: Math.min(...spans.map(({ node }) => node.span.start)),
    }))
    .sort((a, b) => a.start - b.start)
    .map(({ phase }) => phase);
  // Runs trace steps one by one, or as a whole.
  const steps = [...new Set(phases.map(({ step }) => step))];
  const [single = ''] = steps;
  const one =
    steps.length > 1
      ? ''
      : `this trace is one step${single === '' ? '' : ` (${safe(single, 20)})`}: `;
  return listingOf(phases, columnsOf(ranks), sort, {
    head: `${one}${plural(ranks.length, 'rank')}, ${plural(phases.length, 'phase')}; Enter shows the slowest rank`,
    none: 'no span passes the filter',
  });
}

function phaseOf(spans: readonly Placed[], ranks: readonly string[]): Phase {
  const own = grouped(spans, ({ rank }) => rank);
  const times = ranks.map((rank) => {
    const mine = own.get(rank);
    return mine ? mine.reduce((sum, { node }) => sum + node.totalMs, 0) : null;
  });
  const taken = times.filter((ms) => ms !== null).sort((a, b) => a - b);
  const ms = taken.at(-1) ?? 0;
  const rank = ranks[times.indexOf(ms)] ?? '';
  const longest = (own.get(rank) ?? spans).reduce((most, one) =>
    one.node.totalMs > most.node.totalMs ? one : most,
  );
  return {
    at: longest.at,
    step: longest.step,
    name: longest.node.span.name,
    errors: spans.filter(({ node }) => failed(node)).length,
    times,
    median: taken[(taken.length - 1) >> 1] ?? 0,
    slowest: { rank, ms },
  };
}
