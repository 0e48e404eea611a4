/**
 * The rows of a trace as lines: the tree, and a bar for each span whose glyphs say without colour
 * what the trace waited for.
 *
 *     ▾ GET /cart     ▓▓▓▓▓▓▓▓▓█   █ its own time is on the critical path
 *      └▾ prices       ▓▓█         ▓ it waited for one below that is
 *         └ log        ░           ░ off the path: faster would not help
 */
import type { PublishedSpan } from '../../report/index.ts';
import { trainingPlaceOf } from '../../session/ai-steps.ts';
import { formatDuration, formatShare, isoTime } from '../../text.ts';
import { shownLog } from '../content.ts';
import { safe } from '../glyphs.ts';
import { type Cell, cell, column, cut, type Line, line, reversed, type Style } from '../line.ts';
import { type Cursor, firstSeen } from '../list.ts';
import type { Area } from '../screen.ts';
import { severityName } from '../severity.ts';
import {
  failed,
  type Message,
  pathMs,
  publishedOf,
  type Stretch,
  type TraceModel,
  type TraceNode,
} from './trace-model.ts';
import { byRank } from './trace-ranks.ts';
import type { Row } from './trace-rows.ts';

interface Shown {
  readonly model: TraceModel;
  readonly rows: readonly Row[];
  readonly list: Cursor;
  /** True: what people and models said is shown. */
  readonly revealed: boolean;
}

interface Widths {
  readonly name: number;
  /** 0: no room for the service. */
  readonly service: number;
  readonly duration: number;
  /** 0: no room for the self time. */
  readonly self: number;
  readonly bar: number;
}

function widthsOf(columns: number): Widths {
  const duration = 9;
  const self = columns >= 66 ? 9 : 0;
  const service = columns >= 70 ? Math.min(24, Math.floor(columns * 0.16)) : 0;
  const bar = Math.max(12, Math.floor(columns * 0.25));
  return { name: columns - 1 - duration - self - service - bar - 1, service, duration, self, bar };
}

/** A head line, then the rows around the cursor. */
export function waterfallView(shown: Shown, area: Area, focused: boolean): readonly Line[] {
  const { rows, list } = shown;
  const seen = Math.max(1, area.rows - 1);
  const top = firstSeen(list, rows.length, seen);
  const widths = widthsOf(area.columns);
  const lines = rows.slice(top, top + seen).map((row, index): Line => {
    const current = top + index === list.at;
    const cells = cut([cell(current ? '▸' : ' '), ...rowCells(row, shown, widths)], area.columns);
    return current && focused ? reversed(cells, area.columns) : cells;
  });
  const none = rows.length === 0 ? [line(' no span passes the filter', 'dim')] : [];
  return [headLine(shown, widths), ...lines, ...none];
}

function headLine({ model, rows, list }: Shown, widths: Widths): Line {
  const position = rows.length === 0 ? '' : ` ${list.at + 1}/${rows.length}`;
  const total = model.extent ? formatDuration((model.extent.to - model.extent.from) / 1e6) : '';
  const scale = `0${total.padStart(Math.max(1, widths.bar - 1))}`;
  return [
    cell(' '),
    column(`operation${position}`, widths.name, { style: ['dim'] }),
    column('service', widths.service, { style: ['dim'] }),
    column('total', widths.duration, { align: 'right', style: ['dim'] }),
    column('self', widths.self, { align: 'right', style: ['dim'] }),
    cell(' '),
    cell(scale, 'dim'),
  ];
}

function rowCells(row: Row, { model, revealed }: Shown, widths: Widths): Line {
  const node = model.nodes[row.at];
  switch (row.kind) {
    case 'loose':
      return line('Logs that name no span of this trace', 'dim');
    case 'more':
      return [cell(row.lead, 'dim'), cell(`… ${row.count} more`, 'dim')];
    case 'message': {
      const message = (node ? node.messages : model.loose)[row.index];
      return message ? messageCells(message, row.lead, model, revealed) : [];
    }
    case 'group':
      return groupCells(row, model, widths);
    case 'span':
      return node ? spanCells(row, node, model, widths) : [];
  }
}

const marker = (open: boolean | null): string => (open === null ? '─' : open ? '▾' : '▸');

const areRanked = new WeakMap<TraceModel, boolean>();

/** Spans that are asked for their rank: attributes of all of a large trace are not read for it. */
const mostAsked = 2_000;

/** Whether two processes of a training run are in the trace. */
function isRanked(model: TraceModel): boolean {
  const known = areRanked.get(model);
  if (known !== undefined) return known;
  const ranks = new Set<string>();
  for (const { span } of model.nodes.slice(0, mostAsked)) {
    const place = trainingPlaceOf(span);
    if (place) ranks.add(place.rank);
    if (ranks.size > 1) break;
  }
  areRanked.set(model, ranks.size > 1);
  return ranks.size > 1;
}

/** Before names that are the same in each rank. */
function rankText({ span }: TraceNode, model: TraceModel): string {
  const rank = isRanked(model) ? trainingPlaceOf(span)?.rank : undefined;
  return rank === undefined ? '' : `rank ${safe(rank, 12)} `;
}

/** "rank 3 ", "ranks 0–7 ", "4 ranks ": whose spans a folded row stands for; empty outside of training runs. */
function ranksText(nodes: readonly TraceNode[], model: TraceModel): string {
  if (!isRanked(model)) return '';
  const ranks = [...new Set(nodes.flatMap(({ span }) => trainingPlaceOf(span)?.rank ?? []))].sort(
    byRank,
  );
  const [first = '', last = ''] = [ranks[0], ranks.at(-1)];
  if (ranks.length < 2) return ranks.length === 0 ? '' : `rank ${safe(first, 12)} `;
  const whole = Number(last) - Number(first) === ranks.length - 1;
  return whole ? `ranks ${safe(first, 8)}–${safe(last, 8)} ` : `${ranks.length} ranks `;
}

/** What is odd about where it stands in the tree. */
const oddity = ({ orphan, cycle }: PublishedSpan): string =>
  orphan ? '(orphan) ' : cycle ? '(cycle cut) ' : '';

function spanCells(
  row: Row & { kind: 'span' },
  node: TraceNode,
  model: TraceModel,
  widths: Widths,
): Line {
  const { span } = node;
  const published = publishedOf(node);
  const red: readonly Style[] = failed(node) ? ['red'] : [];
  const rank = rankText(node, model);
  return [
    ...nameCells(
      row.lead + (row.level === 0 && row.open === null ? '' : marker(row.open)),
      `${failed(node) ? '✗ ' : ''}${oddity(published)}${rank}${safe(span.name, 200)}`,
      widths.name,
      red,
    ),
    column(safe(span.service, 60), Math.max(0, widths.service - 1)),
    cell(widths.service > 0 ? ' ' : ''),
    ...timeCells(published.durationMs, published.selfMs, widths),
    cell(' '),
    cell(barOf([node], model, widths.bar), ...red),
  ];
}

function groupCells(row: Row & { kind: 'group' }, model: TraceModel, widths: Widths): Line {
  const nodes = row.members.flatMap((at) => model.nodes[at] ?? []);
  const [first] = nodes;
  if (!first) return [];
  const bad = nodes.filter(failed).length;
  const sum = (of: (node: TraceNode) => number): number =>
    nodes.reduce((all, node) => all + of(node), 0);
  const mark = bad === 0 ? '' : `✗${bad} `;
  return [
    ...nameCells(
      row.lead + marker(row.open),
      `×${nodes.length} ${mark}${ranksText(nodes, model)}${safe(first.span.name, 200)}`,
      widths.name,
      bad > 0 ? ['red'] : [],
    ),
    column(safe(first.span.service, 60), Math.max(0, widths.service - 1)),
    cell(widths.service > 0 ? ' ' : ''),
    ...timeCells(
      sum(({ totalMs }) => totalMs),
      sum(({ selfMs }) => selfMs),
      widths,
    ),
    cell(' '),
    cell(barOf(nodes, model, widths.bar)),
  ];
}

/** The tree lines dim, the name beside them in what is left. */
function nameCells(
  lead: string,
  name: string,
  columns: number,
  style: readonly Style[],
): readonly Cell[] {
  const stem = lead.slice(0, Math.max(0, columns - 8));
  // One column stays free before what stands beside it.
  return [cell(stem, 'dim'), column(` ${name}`, columns - 1 - stem.length, { style }), cell(' ')];
}

function timeCells(total: number | null, self: number | null, widths: Widths): readonly Cell[] {
  const text = (ms: number | null): string => (ms === null ? '?' : formatDuration(ms));
  return [
    column(text(total), widths.duration, { align: 'right' }),
    column(widths.self > 0 ? text(self) : '', widths.self, { align: 'right', style: ['dim'] }),
  ];
}

function messageCells(message: Message, lead: string, model: TraceModel, revealed: boolean): Line {
  const from = model.extent?.from ?? 0;
  const at =
    message.time === null ? '' : `+${formatDuration(Math.max(0, message.time - from) / 1e6)} `;
  if (message.kind === 'event') {
    const { name, attributes } = message.event;
    const said = ['exception.type', 'exception.message'].flatMap((key) => attributes[key] ?? []);
    const text = [safe(name, 80), ...said.map((part) => safe(String(part), 300))].join(': ');
    return [cell(lead, 'dim'), cell(`• ${at}${text}`, 'yellow')];
  }
  const { severity, severityText, service, body } = shownLog(message.log, revealed);
  const level = safe(severityText || severityName(severity), 12);
  return [
    cell(lead, 'dim'),
    cell(`• ${at}log ${level} ${safe(service, 30)}: `, 'cyan'),
    cell(safe(body, 300)),
  ];
}

/** Cells of the time line that spans cover; the most telling glyph where several do. */
function barOf(nodes: readonly TraceNode[], { extent }: TraceModel, width: number): string {
  if (extent === null) return '';
  const scale = width / (extent.to - extent.from);
  const at = (ns: number): number =>
    Math.min(width - 1, Math.max(0, Math.floor((ns - extent.from) * scale)));
  /** 0 nothing, 1 off the path, 2 waiting, 3 its own time on the path. */
  const ranks = new Uint8Array(width);
  const mark = ({ from, to }: Stretch, rank: number): void => {
    const last = at(Math.max(from, to - 1));
    for (let index = at(from); index <= last; index += 1) {
      ranks[index] = Math.max(ranks[index] ?? 0, rank);
    }
  };
  for (const { span, path, own } of nodes) {
    if (!span.timed) continue;
    mark({ from: span.start, to: span.end }, 1);
    if (path) {
      mark({ from: Math.max(path.from, span.start), to: Math.min(path.to, span.end) }, 2);
    }
    for (const stretch of own) mark(stretch, 3);
  }
  const last = ranks.findLastIndex((rank) => rank > 0);
  return [...ranks.slice(0, last + 1)].map((rank) => ' ░▓█'[rank]).join('');
}

/** Services on the critical path named below the waterfall. */
const mostShares = 4;

/** What the glyphs mean, and whose the critical path is; before it what is said of the times. */
export function legendLine(model: TraceModel, times: string, columns: number): Line {
  const total = pathMs(model);
  const legend = '█ critical path  ▓ waiting  ░ off it';
  const shares = model.shares
    .slice(0, mostShares)
    .map(({ service, ms }) => `${safe(service, 30)} ${formatShare(total > 0 ? ms / total : 0)}`)
    .join(' · ');
  return cut(
    [
      cell(times === '' ? '' : ` ${times} `, 'yellow'),
      cell(` ${legend}`, 'dim'),
      cell(shares === '' ? '' : `   ${shares}`),
    ],
    columns,
  );
}

/** Absolute time of an offset, ISO 8601. */
export const timeAt = ({ epoch }: TraceModel, ns: number): string =>
  isoTime(epoch + BigInt(Math.round(ns)));
