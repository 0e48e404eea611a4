/**
 * A trace as a flame graph laid on its side: calls of one name below one caller are one row, as wide as
 * they took together, and below it what they called:
 *
 *     checkout      █████████████████
 *      read ×3      █████████
 *       select ×3   ███
 *      charge                █████
 */
import { safe } from '../glyphs.ts';
import { count } from '../health.ts';
import type { Sort, TableColumn } from '../table.ts';
import { listingOf, shareBar, type TraceListing, timeText } from './trace-listing.ts';
import { failed, type TraceModel, type TraceNode } from './trace-model.ts';

interface Frame {
  /** Position of its longest span. */
  at: number;
  readonly level: number;
  readonly service: string;
  readonly name: string;
  count: number;
  errors: number;
  /** All, ms. */
  total: number;
  self: number;
  longest: number;
  readonly below: Map<string, Frame>;
  /** Where it is drawn, as shares of the whole. */
  from: number;
  to: number;
}

/** Deeper frames are no longer indented. */
const deepest = 24;
const barWidth = 40;
const narrowBar = 24;

const bar =
  (width: number) =>
  ({ from, to }: Frame): string =>
    shareBar(from, to, width);

const columns: readonly TableColumn<Frame>[] = [
  {
    title: 'call',
    width: 0,
    text: ({ level, name, count: n, errors }) =>
      `${level > deepest ? `⋮${level} ` : ' '.repeat(level)}${errors > 0 ? '✗ ' : ''}${safe(name, 120)}${n > 1 ? ` ×${count(n)}` : ''}`,
    style: ({ errors }) => (errors > 0 ? ['red'] : []),
  },
  { title: 'service', width: 18, from: 100, text: ({ service }) => safe(service, 60) },
  { title: 'total', width: 10, align: 'right', text: ({ total }) => timeText(total) },
  {
    title: 'self',
    width: 10,
    align: 'right',
    text: ({ self }) => timeText(self),
    style: () => ['dim'],
  },
  { title: '', width: 1, text: () => '' },
  { title: '', width: barWidth + 1, from: 110, text: bar(barWidth) },
  { title: '', width: narrowBar + 1, below: 110, text: bar(narrowBar) },
];

/** Callers before what they called; of one caller the longest first. */
export function traceFlame(model: TraceModel, only: Uint8Array | null, sort: Sort): TraceListing {
  const rows = laidOut(framesOf(model, only));
  return listingOf(rows, columns, sort, {
    head: `${count(rows.length)} calls by caller, as wide as they took together; Enter shows the longest span`,
    none: 'no span passes the filter',
  });
}

function framesOf({ nodes }: TraceModel, only: Uint8Array | null): Map<string, Frame> {
  const roots = new Map<string, Frame>();
  const frames: (Frame | undefined)[] = [];
  // Parents stand before their children.
  nodes.forEach((node, at) => {
    if (only?.[at] === 0) return;
    const above = frames[node.parent];
    const siblings = above?.below ?? roots;
    const key = `${node.span.service}\0${node.span.name}`;
    const frame = siblings.get(key) ?? emptyFrame(node, at, above ? above.level + 1 : 0);
    siblings.set(key, frame);
    frames[at] = frame;
    const total = node.totalMs;
    if (total > frame.longest) Object.assign(frame, { longest: total, at });
    frame.count += 1;
    frame.errors += failed(node) ? 1 : 0;
    frame.total += total;
    frame.self += node.selfMs;
  });
  return roots;
}

const emptyFrame = ({ span: { service, name } }: TraceNode, at: number, level: number): Frame => ({
  ...{ at, level, service, name, count: 0, errors: 0, total: 0, self: 0, longest: -1 },
  below: new Map(),
  from: 0,
  to: 0,
});

/** Side by side within their caller; calls that ran beside each other share its width. No recursion. */
function laidOut(roots: Map<string, Frame>): readonly Frame[] {
  const rows: Frame[] = [];
  const stack: Frame[] = [];
  const place = (frames: Map<string, Frame>, from: number, to: number, least: number): void => {
    const own = [...frames.values()].sort((a, b) => b.total - a.total || (a.at < b.at ? -1 : 1));
    const sum = Math.max(
      least,
      own.reduce((all, { total }) => all + total, 0),
    );
    let next = from;
    for (const frame of own) {
      frame.from = next;
      next += sum > 0 ? ((to - from) * frame.total) / sum : 0;
      frame.to = next;
    }
    stack.push(...own.reverse());
  };
  place(roots, 0, 1, 0);
  for (let frame = stack.pop(); frame; frame = stack.pop()) {
    rows.push(frame);
    place(frame.below, frame.from, frame.to, frame.total);
  }
  return rows;
}
