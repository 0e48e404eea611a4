/**
 * A trace as a tree with a time line. What is on the critical path is told by the glyphs, so that
 * it can be read without colour:
 *
 *     ◆ web  GET /          132 ms  4.2 ms  ████████████
 *     ├─◆ cart  AddItem     120 ms  9.1 ms   ██░░░█████
 *     └─· auth  check        10 ms   10 ms   ░
 */
import { type Span, severities, type TraceData } from '../model.ts';
import { formatDuration, padTo, plural, sanitise, wrap } from '../text.ts';
import { envelope } from './json.ts';
import type { Style } from './style.ts';
import {
  type DrawableTrace,
  drawable,
  type PublishedLog,
  type PublishedSpan,
  type PublishedTrace,
} from './trace.ts';

interface View {
  readonly columns: number;
  readonly style: Style;
}

export const traceReports = {
  tree: traceTree,
  json: (data: TraceData): string => envelope('Trace', drawable(data).published()),
} satisfies Readonly<Record<string, (data: TraceData, view: View) => string>>;

export type TraceFormat = keyof typeof traceReports;

export const isTraceFormat = (name: string): name is TraceFormat =>
  Object.hasOwn(traceReports, name);

const numberWidth = 8;
/** Of the width, for the time line; the names get what is left. */
const lineShare = 0.25;
/** Deeper spans are no longer indented: their depth is written instead. */
const deepestIndent = 16;
/** Lines that one message below a span may take. */
const messageLines = 3;

function traceTree(data: TraceData, { columns, style }: View): string {
  const trace = drawable(data);
  const published = trace.published();
  const lineWidth = Math.floor(columns * lineShare);
  const nameWidth = columns - lineWidth - 2 * (numberWidth + 1) - 1;
  const logs = new Map<string, PublishedLog[]>();
  for (const log of published.logs) {
    if (log.severity < severities.error) continue;
    const key = log.spanId ?? '';
    logs.set(key, [...(logs.get(key) ?? []), log]);
  }
  const bars = barsOf(trace, lineWidth);
  const prefixes = prefixesOf(trace);
  const lines = published.spans.flatMap((span, at) => {
    const { own = '', below = '' } = prefixes[at] ?? {};
    const name = `${own}${marks(span)}${sanitise(span.service, 60)}  ${sanitise(span.name, 200)}`;
    const numbers = [span.durationMs, span.selfMs]
      .map((ms) => ` ${padTo(ms === null ? '?' : formatDuration(ms), numberWidth, 'right')}`)
      .join('');
    const row = `${padTo(name, nameWidth)}${numbers} ${bars[at] ?? ''}`.trimEnd();
    const messages = [...failureOf(span), ...(logs.get(span.spanId) ?? []).map(logText)];
    logs.delete(span.spanId);
    return [
      span.status === 'error' ? style.red(row) : row,
      ...messages.flatMap((text) => indented(text, below, columns)).map(style.dim),
    ];
  });
  const title = `${padTo('', nameWidth)} ${padTo('total', numberWidth, 'right')} ${padTo('self', numberWidth, 'right')}`;
  return `${[
    ...headLines(published, columns, style),
    style.dim(title),
    ...lines,
    ...[...logs.values()].flat().flatMap((log) => indented(logText(log), '', columns)),
    '',
    style.dim('◆ █ on the critical path · ✗ failed · ? unknown'),
  ].join('\n')}\n`;
}

function headLines(
  { spans, durationMs, start, traceId }: PublishedTrace,
  columns: number,
  style: Style,
): readonly string[] {
  const count = (test: (span: PublishedSpan) => boolean): number => spans.filter(test).length;
  const facts = [
    plural(spans.length, 'span'),
    plural(new Set(spans.map(({ service }) => service)).size, 'service'),
    plural(
      count(({ status }) => status === 'error'),
      'failed span',
    ),
    ...[count(({ orphan }) => orphan)].filter(Boolean).map((n) => plural(n, 'orphan')),
    ...[count(({ cycle }) => cycle)].filter(Boolean).map((n) => plural(n, 'cut cycle')),
    durationMs === null ? 'no usable time' : formatDuration(durationMs),
  ];
  return [
    style.bold(`trace ${traceId}`),
    ...wrap(`${facts.join(', ')}${start === null ? '' : `, from ${start}`}`, columns),
    '',
  ];
}

function marks({ critical, status, orphan, cycle }: PublishedSpan): string {
  const flags = [
    ...(orphan ? ['(orphan) '] : []),
    ...(cycle ? ['(cycle cut) '] : []),
    ...(status === 'error' ? ['✗ '] : []),
  ];
  return `${critical ? '◆' : '·'} ${flags.join('')}`;
}

/** The tree lines before each span, and before what is written below it. */
function prefixesOf(trace: DrawableTrace): readonly { own: string; below: string }[] {
  const { order, tree } = trace;
  const lastChildren = new Set(tree.children.map((children) => children.at(-1)));
  const parents = new Set(tree.parent);
  /** By depth: what stands before the children of the last span of that depth. */
  const stems: string[] = [];
  return order.map((index) => {
    const level = tree.depth[index] ?? 0;
    const below = parents.has(index) ? '│ ' : '  ';
    if (level === 0) {
      stems[0] = '';
      return { own: '', below };
    }
    const before = stems[Math.min(level, deepestIndent) - 1] ?? '';
    const [branch, line] = lastChildren.has(index) ? ['└─', '  '] : ['├─', '│ '];
    if (level < deepestIndent) stems[level] = before + line;
    const own = before + (level > deepestIndent ? `⋮${level} ` : branch);
    return { own, below: before + line + below };
  });
}

function failureOf({ status, statusMessage, events }: PublishedSpan): readonly string[] {
  if (status !== 'error') return [];
  return [
    ...(statusMessage === '' ? [] : [statusMessage]),
    ...events.map(({ name, attributes }) => {
      const said = ['exception.type', 'exception.message'].flatMap((key) => attributes[key] ?? []);
      return [`event ${name}`, ...said.map(String)].join(': ');
    }),
  ];
}

const logText = ({ severityText, severity, service, body }: PublishedLog): string =>
  `log ${severityText || (severity > 20 ? 'FATAL' : 'ERROR')} of ${service}: ${body}`;

/** At most `messageLines` lines, the last of them cut. */
function indented(text: string, prefix: string, columns: number): readonly string[] {
  const room = Math.max(20, columns - prefix.length - 2);
  const lines = wrap(sanitise(text, 600), room);
  const last = messageLines - 1;
  return [...lines.slice(0, last), lines.slice(last).join(' ')]
    .filter((line) => line !== '')
    .map((line) => `${prefix}  ${padTo(line, room)}`.trimEnd());
}

/** The time line of every span: `█` where the trace waited for it, `░` where it ran besides. */
function barsOf(trace: DrawableTrace, width: number): readonly string[] {
  const { tree, order, path, extent } = trace;
  if (extent === null || extent.to === extent.from) return [];
  const scale = width / (extent.to - extent.from);
  const cell = (ns: number): number =>
    Math.min(width - 1, Math.max(0, Math.floor((ns - extent.from) * scale)));
  const critical = new Map<number, Set<number>>();
  for (const { span, from, to } of path) {
    const cells = critical.get(span) ?? new Set();
    critical.set(span, cells);
    for (let at = cell(from); at <= cell(Math.max(from, to - 1)); at += 1) cells.add(at);
  }
  return order.map((index) => {
    const { start, end, timed } = tree.spans[index] as Span;
    if (!timed) return '';
    const first = cell(start);
    const length = cell(Math.max(start, end - 1)) - first + 1;
    const waited = critical.get(index);
    const cells = Array.from({ length }, (_, at) => (waited?.has(first + at) ? '█' : '░'));
    return ' '.repeat(first) + cells.join('');
  });
}
