/** The rows of the graph as lines, and what is said of the service under the cursor. */
import type { Cohort, Overview, ServiceHealth } from '../../model.ts';
import { clockTime, displayWidth, wrap } from '../../text.ts';
import { safe } from '../glyphs.ts';
import { duration, growth, percent, perMinute } from '../health.ts';
import { type Cell, cell, column, cut, type Line, line, reversed } from '../line.ts';
import { type Cursor, firstSeen } from '../list.ts';
import type { Area } from '../screen.ts';
import { marked, type Sort } from '../table.ts';
import { edgeLines } from './graph-edge.ts';
import type { Boxed } from './graph-layers.ts';
import { callKey, failing, type Graph, type GraphRow, type Minutes } from './graph-model.ts';
import { type EdgeNumbers, numbersOf } from './graph-numbers.ts';

interface Shown {
  readonly graph: Graph;
  readonly overview: Overview;
  readonly rows: readonly GraphRow[];
  readonly list: Cursor;
  readonly inverted: boolean;
  readonly filter: string;
  /** Why the filter is none. */
  readonly problem: string | null;
  readonly sort: Sort;
}

/** What a row tells: the calls by which it is reached, and how its service goes. */
interface Told {
  readonly calls: EdgeNumbers;
  readonly health: ServiceHealth | undefined;
}

interface GraphColumn {
  readonly title: string;
  readonly width: number;
  /** Of those that do not all fit, the greatest are left out. */
  readonly worth: number;
  of(told: Told): string;
}

const errorsOf = (side: ServiceHealth['incident'] | undefined): string =>
  side ? percent(side.errors, side.spans) : '–';

/** Of the calls first, as the tree is made of them, then of the service itself. */
const columns: readonly GraphColumn[] = [
  { title: 'calls/min', width: 10, worth: 1, of: ({ calls }) => calls.rate },
  { title: 'Δcalls', width: 9, worth: 7, of: ({ calls }) => calls.rateChange },
  { title: 'failed', width: 8, worth: 2, of: ({ calls }) => calls.failed },
  { title: 'Δfailed', width: 10, worth: 6, of: ({ calls }) => calls.failedChange },
  { title: 'p95', width: 9, worth: 9, of: ({ calls }) => calls.p95 },
  { title: 'Δp95', width: 10, worth: 3, of: ({ calls }) => calls.p95Change },
  { title: 'itself ✗', width: 10, worth: 4, of: ({ health }) => errorsOf(health?.incident) },
  { title: 'before', width: 8, worth: 10, of: ({ health }) => errorsOf(health?.baseline) },
  { title: 'p99', width: 9, worth: 5, of: ({ health }) => duration(health?.incident?.p99) },
  {
    title: 'Δp99',
    width: 8,
    worth: 8,
    of: ({ health }) => growth(health?.baseline?.p99, health?.incident?.p99),
  },
];

const leastName = 27;
const rankWidth = 6;

function fitting(width: number) {
  let left = width - leastName - rankWidth;
  const fit = new Set<GraphColumn>();
  for (const one of [...columns].sort((a, b) => a.worth - b.worth)) {
    if (one.width > left) break;
    fit.add(one);
    left -= one.width;
  }
  return { name: leastName + left, rest: columns.filter((one) => fit.has(one)) };
}

function graphTitles(width: number, title: string, sort: Sort): Line {
  const { name, rest } = fitting(width);
  return [
    column(`${title}${marked('name', sort).slice('name'.length)}`, name, { style: ['dim'] }),
    ...rest.map((one) =>
      column(marked(one.title, sort), one.width, { align: 'right', style: ['dim'] }),
    ),
    column(marked('cause', sort), rankWidth, { align: 'right', style: ['dim'] }),
  ];
}

/** A head line, then the rows around the cursor. */
export function graphRowView(shown: Shown, area: Area): readonly Line[] {
  const { rows, list, inverted, filter, problem, sort } = shown;
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
  const titles =
    problem === null
      ? [cell(' '), ...graphTitles(area.columns - 1, `${what}${position}`, sort)]
      : cut(line(` ${safe(problem, 300)}`, 'yellow'), area.columns);
  return [titles, ...lines, ...none];
}

function rowCells({ graph }: Shown, row: GraphRow, width: number): Line {
  if (row.kind === 'more') {
    const names = row.names.map((name) => safe(name, 40)).join(', ');
    const side = row.names.length === 1 ? row.side.slice(0, -1) : row.side;
    return [cell(`${row.lead}+${row.names.length} ${side}: `, 'dim'), cell(names, 'dim')];
  }
  const { service } = row;
  const health = graph.services.get(service);
  // The call from the row above; of a root all calls to it.
  const calls = row.call ? [row.call] : (graph.callers.get(service) ?? []);
  const told = { health, calls: numbersOf(calls, graph) };
  const failed = (health?.incident?.errors ?? 0) > 0;
  const { name, rest } = fitting(width);
  const stem = stemOf(graph, row);
  const notes = notesOf(row, health);
  const saidWith = (told: string): string =>
    `${failed ? '✗ ' : ''}${safe(service, 60)}${told === '' ? '' : ` (${told})`}`;
  const fits = displayWidth(saidWith(notes)) < name - stem.text.length;
  const said = saidWith(fits ? notes : notes.replace('sent no span', 'no span'));
  return [
    stem,
    column(` ${said}`, name - stem.text.length, {
      style: failed || calls.some((one) => failing(one) > 0) ? ['red'] : [],
    }),
    ...rest.map((one) => column(one.of(told), one.width, { align: 'right' })),
    column(health?.rank ? `#${health.rank}` : '', rankWidth, { align: 'right', style: ['bold'] }),
  ];
}

type ServiceRow = GraphRow & { readonly kind: 'service' };

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
    healthText(health, graph.minutes),
    neighboursText(graph, service),
    ...changeTexts(overview, service),
  ];
  return [
    [cell(` ${safe(service, 60)}`, 'bold'), cell(what)],
    ...(call ? edgeLines(call, graph, width) : []),
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

/** Of one that sent no span the calls to it stand for its spans. */
function healthText(health: ServiceHealth | undefined, minutes: Minutes): string {
  const unit = health?.observed === false ? 'calls' : 'spans';
  const side = (cohort: Cohort): string => {
    const known = health?.[cohort];
    if (!known) return `no ${unit}`;
    const rate = perMinute(known.spans, minutes[cohort]);
    return `${rate} ${unit}/min, ${errorsOf(known)} failed, p99 ${duration(known.p99)}`;
  };
  return `itself: ${side('baseline')} → ${side('incident')}`;
}

/** A service in its box: the name, how it goes, and how many neighbours are not drawn. */
export function boxedService(graph: Graph, rows: readonly GraphRow[], service: string): Boxed {
  const hidden = rows.reduce(
    (sum, row) => sum + (row.kind === 'more' && row.service === service ? row.names.length : 0),
    0,
  );
  const health = graph.services.get(service);
  const after = health?.incident ?? null;
  const failed = (after?.errors ?? 0) > 0;
  const worse = (graph.callers.get(service) ?? []).some((call) => failing(call) > 0);
  const rank = health?.rank ? [`#${health.rank}`] : [];
  const numbers = after
    ? [percent(after.errors, after.spans).replace('100.0', '100'), duration(after.p99)]
    : ['no span'];
  const mark = `${failed ? '✗' : ''}${health?.observed === false ? '?' : ''}`;
  return {
    name: `${mark}${mark === '' ? '' : ' '}${service}`,
    below: [...rank, ...numbers],
    above: hidden > 0 ? ` +${hidden} ` : '',
    style: failed || worse ? ['red'] : [],
  };
}
