/** The rows of the graph as lines, and what is said of the service under the cursor. */
import type { CallHealth, Overview, ServiceHealth } from '../../model.ts';
import { clockTime, wrap } from '../../text.ts';
import { safe } from '../glyphs.ts';
import { count, duration, growth, percent } from '../health.ts';
import { type Cell, cell, column, cut, type Line, line, reversed } from '../line.ts';
import { type Cursor, firstSeen } from '../list.ts';
import type { Area } from '../screen.ts';
import { edgeLines } from './graph-edge.ts';
import type { Boxed } from './graph-layers.ts';
import { callKey, failing, type Graph, type GraphRow } from './graph-model.ts';

interface Shown {
  readonly graph: Graph;
  readonly overview: Overview;
  readonly rows: readonly GraphRow[];
  readonly list: Cursor;
  readonly inverted: boolean;
  readonly filter: string;
}

/** What is known of a call, or of a service that nobody calls. */
interface Numbers {
  readonly count: number;
  readonly errors: number;
  readonly time: number | null;
}

const ofCall = (side: CallHealth['incident']): Numbers | null =>
  side && { count: side.calls, errors: side.errors, time: side.p95 };
const ofService = (side: ServiceHealth['incident']): Numbers | null =>
  side && { count: side.spans, errors: side.errors, time: side.p99 };

interface GraphColumn {
  readonly title: string;
  readonly width: number;
  of(before: Numbers | null, after: Numbers | null): string;
}

/** Least important last: columns that do not fit are left out from the end. */
const columns: readonly GraphColumn[] = [
  {
    title: 'errors',
    width: 8,
    of: (_, after) => (after ? percent(after.errors, after.count) : '–'),
  },
  { title: 'p95', width: 9, of: (_, after) => duration(after?.time) },
  { title: 'Δp95', width: 8, of: (before, after) => growth(before?.time, after?.time) },
  { title: 'calls', width: 9, of: (_, after) => count(after?.count ?? 0) },
  {
    title: 'errors before',
    width: 15,
    of: (before) => (before ? percent(before.errors, before.count) : '–'),
  },
  { title: 'calls before', width: 14, of: (before) => count(before?.count ?? 0) },
];

const leastName = 34;
const rankWidth = 6;

function fitting(width: number) {
  let left = width - leastName - rankWidth;
  const rest = columns.filter((one) => {
    left -= one.width;
    return left >= 0;
  });
  return { name: width - rankWidth - rest.reduce((sum, one) => sum + one.width, 0), rest };
}

function graphTitles(width: number, title: string): Line {
  const { name, rest } = fitting(width);
  return [
    column(title, name, { style: ['dim'] }),
    ...rest.map((one) => column(one.title, one.width, { align: 'right', style: ['dim'] })),
    column('cause', rankWidth, { align: 'right', style: ['dim'] }),
  ];
}

/** A head line, then the rows around the cursor. */
export function graphRowView(shown: Shown, area: Area): readonly Line[] {
  const { rows, list, inverted, filter } = shown;
  const top = firstSeen(list, rows.length, area.rows);
  const position = rows.length > area.rows ? ` ${list.at + 1}/${rows.length}` : '';
  const what =
    filter !== ''
      ? 'services found'
      : inverted
        ? 'callees, callers below'
        : 'callers, callees below';
  const lines = rows.slice(top, top + area.rows).map((row, index): Line => {
    const current = top + index === list.at;
    const cells = cut(
      [cell(current ? '▸' : ' '), ...rowCells(shown, row, area.columns - 1)],
      area.columns,
    );
    return current ? reversed(cells, area.columns) : cells;
  });
  const none = rows.length === 0 ? [line(' no service passes the filter', 'dim')] : [];
  return [[cell(' '), ...graphTitles(area.columns - 1, `${what}${position}`)], ...lines, ...none];
}

function rowCells({ graph }: Shown, row: GraphRow, width: number): Line {
  if (row.kind === 'more') {
    const names = row.names.map((name) => safe(name, 40)).join(', ');
    const side = row.names.length === 1 ? row.side.slice(0, -1) : row.side;
    return [cell(`${row.lead}+${row.names.length} ${side}: `, 'dim'), cell(names, 'dim')];
  }
  const { service } = row;
  const health = graph.services.get(service);
  const { before, after } = sidesOf(row, health);
  const failed = (after?.errors ?? 0) > 0;
  const { name, rest } = fitting(width);
  const stem = stemOf(graph, row);
  const notes = notesOf(row, health);
  const said = `${failed ? '✗ ' : ''}${safe(service, 60)}${notes === '' ? '' : ` (${notes})`}`;
  return [
    stem,
    column(` ${said}`, name - stem.text.length, { style: failed ? ['red'] : [] }),
    ...rest.map((one) => column(one.of(before, after), one.width, { align: 'right' })),
    column(health?.rank ? `#${health.rank}` : '', rankWidth, { align: 'right', style: ['bold'] }),
  ];
}

type ServiceRow = GraphRow & { readonly kind: 'service' };

/** What is known of the call that leads to it, of a root of itself. */
const sidesOf = ({ call }: ServiceRow, health: ServiceHealth | undefined) =>
  call
    ? { before: ofCall(call.baseline), after: ofCall(call.incident) }
    : { before: ofService(health?.baseline ?? null), after: ofService(health?.incident ?? null) };

/** The tree lines before it; their last glyph says what kind of call leads to it. */
function stemOf({ path }: Graph, { call, lead, again }: ServiceRow): Cell {
  if (call === null) return cell(lead, 'dim');
  if (again) return cell(`${lead}↺`, 'dim');
  if (path.has(callKey(call.caller, call.callee))) return cell(`${lead}━`, 'red', 'bold');
  return cell(`${lead}${call.via === 'call' ? '─' : '┄'}`, 'dim');
}

const notesOf = ({ call, cycle, again }: ServiceRow, health: ServiceHealth | undefined): string =>
  [
    ...(health?.observed === false ? ['sent no span'] : []),
    ...(call && call.via !== 'call' ? [`by ${call.via}`] : []),
    ...(cycle ? ['cycle'] : again ? ['see above'] : []),
  ].join(', ');

/** The service under the cursor, and the call it stands for, before and after. */
export function nodeLines(
  { graph, overview }: Shown,
  row: GraphRow | undefined,
  width: number,
): readonly Line[] {
  if (row?.kind !== 'service') return [];
  const { service, call } = row;
  const health = graph.services.get(service);
  const cause = overview.diagnosis.causes.find((one) => one.service === service);
  const what = cause ? `: cause #${cause.rank}, ${cause.faultClass}, ${cause.band}` : '';
  const facts = [
    compared('spans', ofService(health?.baseline ?? null), ofService(health?.incident ?? null), {
      unit: 'spans',
      time: 'p99',
    }),
    neighboursText(graph, service),
    ...changeTexts(overview, service),
  ];
  return [
    [cell(` ${safe(service, 60)}`, 'bold'), cell(what)],
    ...(call ? edgeLines(call, width) : []),
    ...facts.flatMap((text) =>
      wrap(text, width - 3)
        .slice(0, 2)
        .map((part) => line(`   ${part}`, 'dim')),
    ),
  ].map((one) => cut(one, width));
}

/** Neighbours named in the foot. */
const mostNamed = 8;

function neighboursText({ callers, callees }: Graph, service: string): string {
  const list = (names: readonly string[]): string => {
    const each = [...new Set(names)].map((name) => safe(name, 30));
    if (each.length === 0) return 'nobody';
    return each.slice(0, mostNamed).join(', ') + (each.length > mostNamed ? ' …' : '');
  };
  const above = (callers.get(service) ?? []).map(({ caller }) => caller);
  const below = (callees.get(service) ?? []).map(({ callee }) => callee);
  return `called by ${list(above)} · calls ${list(below)}`;
}

const changeTexts = ({ changes, epochNs }: Overview, service: string): readonly string[] =>
  changes
    .filter((one) => one.service === service)
    .slice(0, 1)
    .map(({ at, from, to }) => {
      const time = clockTime(BigInt(epochNs) + BigInt(Math.round(at))).slice(0, 8);
      return `◆ ${time} version ${safe(from ?? '?', 30)} → ${safe(to, 30)}`;
    });

function compared(
  name: string,
  before: Numbers | null,
  after: Numbers | null,
  { unit, time }: { readonly unit: string; readonly time: string },
): string {
  const side = (numbers: Numbers | null): string =>
    numbers === null
      ? `no ${unit}`
      : [
          `${count(numbers.count)} ${unit}`,
          `${percent(numbers.errors, numbers.count)} failed`,
          `${time} ${duration(numbers.time)}`,
        ].join(', ');
  return `${name}: ${side(before)} → ${side(after)}`;
}

/** A service in its box: the name, and how it goes. */
export function boxedService(graph: Graph, service: string): Boxed {
  const health = graph.services.get(service);
  const after = health?.incident ?? null;
  const failed = (after?.errors ?? 0) > 0;
  const worse = (graph.callers.get(service) ?? []).some((call) => failing(call) > 0);
  const rank = health?.rank ? `#${health.rank} ` : '';
  const numbers = after
    ? `${percent(after.errors, after.spans)} ${duration(after.p99)}`
    : 'no span';
  const mark = `${failed ? '✗' : ''}${health?.observed === false ? '?' : ''}`;
  return {
    name: `${mark}${mark === '' ? '' : ' '}${service}`,
    below: ` ${rank}${numbers} `,
    style: failed || worse ? ['red'] : [],
  };
}

/** Calls that no line is drawn for, the failing ones first. */
export function otherCalls(
  graph: Graph,
  listed: readonly (readonly [caller: string, callee: string])[],
  width: number,
): readonly Line[] {
  const calls = listed.flatMap(([from, to]) =>
    (graph.callees.get(from) ?? []).filter(({ callee }) => callee === to),
  );
  if (calls.length === 0) return [];
  const cells = [...calls]
    .sort((a, b) => failing(b) - failing(a))
    .map(({ caller, callee, incident }, at) => {
      const failed = (incident?.errors ?? 0) > 0;
      const share = incident && failed ? ` ✗ ${percent(incident.errors, incident.calls)}` : '';
      const text = `${at === 0 ? '' : ', '}${safe(caller, 30)} → ${safe(callee, 30)}${share}`;
      return cell(text, failed ? 'red' : 'dim');
    });
  return [cut([cell(' also ', 'dim'), ...cells], width)];
}
