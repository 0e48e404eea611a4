/** A trace operation by operation: how often, how long in all and by itself, how often it failed. */
import { grouped } from '../../grouping.ts';
import { formatShare } from '../../text.ts';
import { safe } from '../glyphs.ts';
import { count } from '../health.ts';
import { byText, type Sort, type TableColumn } from '../table.ts';
import { listingOf, shareBar, type TraceListing, timeText } from './trace-listing.ts';
import { failed, type TraceModel, type TraceNode } from './trace-model.ts';

interface Operation {
  /** Position of its longest span. */
  readonly at: number;
  readonly service: string;
  readonly name: string;
  readonly count: number;
  readonly errors: number;
  /** All, ms. */
  readonly total: number;
  readonly self: number;
  readonly longest: number;
  /** Of the self times of the trace. */
  readonly share: number;
}

const barWidth = 20;

const columns: readonly TableColumn<Operation>[] = [
  {
    title: 'operation',
    width: 0,
    text: ({ name }) => safe(name, 120),
    order: (a, b) => byText(a.name, b.name),
  },
  {
    title: 'service',
    width: 20,
    text: ({ service }) => safe(service, 60),
    order: (a, b) => byText(a.service, b.service),
  },
  number('spans', 7, (row) => row.count, count),
  {
    ...number(
      'errors',
      7,
      (row) => row.errors,
      (errors) => (errors > 0 ? `✗ ${count(errors)}` : ''),
    ),
    style: ({ errors }) => (errors > 0 ? ['red'] : []),
  },
  number('total', 10, (row) => row.total, timeText),
  { ...number('longest', 10, (row) => row.longest, timeText), from: 100 },
  number('self', 10, (row) => row.self, timeText),
  { title: '', width: 1, text: () => '' },
  {
    title: 'share of self time',
    width: barWidth + 8,
    from: 100,
    text: ({ share }) =>
      `${formatShare(share).padStart(6)} ${share > 0 ? shareBar(0, share, barWidth) : ''}`,
  },
];

function number(
  title: string,
  width: number,
  of: (row: Operation) => number,
  write: (value: number) => string,
): TableColumn<Operation> {
  return {
    title,
    width,
    align: 'right',
    text: (row) => write(of(row)),
    order: (a, b) => of(a) - of(b),
    greatest: true,
  };
}

/** Those with most self time first. */
export function traceStats(
  { nodes }: TraceModel,
  only: Uint8Array | null,
  sort: Sort,
): TraceListing {
  const own = nodes.map((node, at) => ({ node, at })).filter(({ at }) => only?.[at] !== 0);
  const all = own.reduce((sum, { node }) => sum + node.selfMs, 0);
  const operations = [...grouped(own, ({ node }) => nameOf(node)).values()].map(
    (spans): Operation => {
      const longest = spans.reduce((most, one) =>
        one.node.totalMs > most.node.totalMs ? one : most,
      );
      const self = spans.reduce((sum, { node }) => sum + node.selfMs, 0);
      return {
        at: longest.at,
        service: longest.node.span.service,
        name: longest.node.span.name,
        count: spans.length,
        errors: spans.filter(({ node }) => failed(node)).length,
        total: spans.reduce((sum, { node }) => sum + node.totalMs, 0),
        self,
        longest: longest.node.totalMs,
        share: all > 0 ? self / all : 0,
      };
    },
  );
  const rows = operations.sort((a, b) => b.self - a.self || byText(a.name, b.name));
  return listingOf(rows, columns, sort, {
    head: `${count(rows.length)} operations by ${sort?.title ?? 'self time'}; Enter shows the longest span`,
    none: 'no span passes the filter',
  });
}

const nameOf = ({ span: { service, name } }: TraceNode): string => `${service}\0${name}`;
