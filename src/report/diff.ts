/** What differs between two traces, or two windows: for people, for Markdown, and as data. */
import type {
  OperationDiff,
  OperationSide,
  StepDiff,
  StepSide,
  TraceDiff,
  WindowDiff,
} from '../model.ts';
import type { Diff } from '../session.ts';
import { formatDuration, formatShare, plural, sanitise } from '../text.ts';
import { envelope } from './json.ts';
import { markdownText } from './markdown-text.ts';
import type { Style } from './style.ts';
import { type Column, table } from './table.ts';

interface View {
  readonly columns: number;
  readonly style: Style;
}

export const diffReports = {
  table: diffText,
  json: (diff: Diff): string => envelope('Diff', published(diff)),
  md: (diff: Diff): string => `${markdown(diff).join('\n')}\n`,
} satisfies Readonly<Record<string, (diff: Diff, view: View) => string>>;

export type DiffFormat = keyof typeof diffReports;

export const isDiffFormat = (name: string): name is DiffFormat => Object.hasOwn(diffReports, name);

// ---------------------------------------------------------------- text

const ms = (ns: number | null): string => (ns === null ? '?' : formatDuration(ns / 1e6));
const signed = (ns: number): string => `${ns < 0 ? '-' : '+'}${ms(Math.abs(ns))}`;
const marks = { same: '=', changed: '~', added: '+', removed: '-' } as const;

/** Rows for a person; programs get all. */
const shownOperations = 30;

function diffText(diff: Diff, { columns, style }: View): string {
  const { titles, rows, head } = shownRows(diff);
  const lines = [
    ...head.map((text) => style.bold(text)),
    '',
    ...table(titles, rows, columns, style),
    ...footText(diff),
  ];
  return `${lines.join('\n')}\n`;
}

interface Rows {
  readonly head: readonly string[];
  readonly titles: readonly Column[];
  readonly rows: readonly (readonly string[])[];
}

const shownRows = (diff: Diff): Rows =>
  diff.of === 'traces' ? stepRows(diff.diff) : operationRows(diff.diff);

function stepRows({ a, b, delta, steps }: TraceDiff): Rows {
  const part = ({ traceId, spans, errors, duration }: TraceDiff['a']): string =>
    `${traceId}: ${ms(duration)}, ${plural(spans, 'span')}, ${plural(errors, 'error')}`;
  return {
    head: [
      `A ${part(a)}`,
      `B ${part(b)}`,
      ...(delta === null ? [] : [`difference ${signed(delta)}`]),
    ],
    titles: [
      { title: '' },
      { title: 'step' },
      { title: 'service' },
      { title: 'n', align: 'right' },
      { title: 'A', align: 'right' },
      { title: 'B', align: 'right' },
      { title: 'difference', align: 'right' },
    ],
    rows: steps.map((step) => [
      marks[step.changed],
      `${'·'.repeat(Math.min(step.level, 12))}${(step.b?.errors ?? 0) > 0 ? '✗ ' : ''}${sanitise(step.name, 80)}`,
      step.service,
      pair(step.a?.count ?? 0, step.b?.count ?? 0),
      step.a ? ms(step.a.total) : '',
      step.b ? ms(step.b.total) : '',
      signed(step.delta),
    ]),
  };
}

const pair = (a: number, b: number): string => (a === b ? String(a) : `${a} -> ${b}`);

function operationRows({ a, b, operations }: WindowDiff): Rows {
  const part = ({ name, requests, failed }: WindowDiff['a']): string =>
    `${sanitise(name, 80)}: ${plural(requests, 'request')}, ${failed} failed`;
  const rate = (side: OperationSide | null): string =>
    side === null ? '' : formatShare(side.errors / side.count);
  return {
    head: [`A ${part(a)}`, `B ${part(b)}`],
    titles: [
      { title: '' },
      { title: 'operation' },
      { title: 'service' },
      { title: 'n A', align: 'right' },
      { title: 'n B', align: 'right' },
      { title: 'failed A', align: 'right' },
      { title: 'failed B', align: 'right' },
      { title: 'p95 A', align: 'right' },
      { title: 'p95 B', align: 'right' },
      { title: 'own time a request', align: 'right' },
    ],
    rows: operations
      .slice(0, shownOperations)
      .map((one) => [
        marks[one.changed],
        one.operation,
        one.service,
        String(one.a?.count ?? 0),
        String(one.b?.count ?? 0),
        rate(one.a),
        rate(one.b),
        one.a ? ms(one.a.p95) : '',
        one.b ? ms(one.b.p95) : '',
        signed(one.delta),
      ]),
  };
}

/** Where the two part. */
function footText(diff: Diff): readonly string[] {
  if (diff.of === 'windows') {
    const left = diff.diff.operations.length - shownOperations;
    return left > 0 ? [`… ${left} more operations`] : [];
  }
  const { steps, first } = diff.diff;
  const step = steps[first];
  if (!step) return ['', 'No step differs in more than time.'];
  return [
    '',
    `First divergence: ${stepText(step)}`,
    ...attributeTexts(step).map((text) => `  ${text}`),
  ];
}

const stepText = ({ service, name, changed, a, b }: StepDiff): string =>
  [
    `${sanitise(service, 60)} ${sanitise(name, 120)}`,
    changed === 'added' ? 'only in B' : changed === 'removed' ? 'only in A' : '',
    a && b && a.count !== b.count ? `${a.count} -> ${plural(b.count, 'span')}` : '',
    a && b && a.errors !== b.errors ? `${a.errors} -> ${b.errors} failed` : '',
  ]
    .filter((part) => part !== '')
    .join(', ');

const attributeTexts = ({ attributes }: StepDiff): readonly string[] =>
  attributes.map(
    ({ key, a, b }) =>
      `${sanitise(key, 80)}: ${a === null ? '(none)' : sanitise(a, 200)} -> ${b === null ? '(none)' : sanitise(b, 200)}`,
  );

// ---------------------------------------------------------------- Markdown

function markdown(diff: Diff): readonly string[] {
  const { head, titles, rows } = shownRows(diff);
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    ...head.map((text) => `* ${markdownText(text)}`),
    '',
    line(titles.map(({ title }) => markdownText(title))),
    line(titles.map(({ align }) => (align === 'right' ? '---:' : '---'))),
    ...rows.map((cells) => line(cells.map((text) => markdownText(text)))),
    ...footText(diff).map((text) => (text === '' ? '' : `\n${markdownText(text.trim())}`)),
  ];
}

// ---------------------------------------------------------------- data

/** Nanoseconds become milliseconds, as everywhere in what is published. */
const inMs = (ns: number | null): number | null => (ns === null ? null : ns / 1e6);

function published(diff: Diff): object {
  if (diff.of === 'windows') {
    const { a, b, operations } = diff.diff;
    return { of: 'windows', a, b, operations: operations.map(publishedOperation) };
  }
  const { a, b, delta, steps, first } = diff.diff;
  const part = ({ duration, ...rest }: TraceDiff['a']) => ({ ...rest, durationMs: inMs(duration) });
  return {
    of: 'traces',
    a: part(a),
    b: part(b),
    deltaMs: inMs(delta),
    steps: steps.map(publishedStep),
    first: first < 0 ? null : first,
  };
}

function publishedStep({ a, b, delta, ...step }: StepDiff) {
  const side = (one: StepSide | null) =>
    one && {
      count: one.count,
      errors: one.errors,
      totalMs: inMs(one.total),
      selfMs: inMs(one.self),
      spanId: one.spanId,
      startMs: inMs(one.start),
    };
  return { ...step, a: side(a), b: side(b), deltaMs: inMs(delta) };
}

function publishedOperation({ a, b, delta, ...operation }: OperationDiff) {
  const side = (one: OperationSide | null) =>
    one && {
      count: one.count,
      errors: one.errors,
      p50Ms: inMs(one.p50),
      p95Ms: inMs(one.p95),
      selfMs: inMs(one.self),
    };
  return { ...operation, a: side(a), b: side(b), deltaMs: inMs(delta) };
}
