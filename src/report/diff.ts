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
import { formatDuration, formatShare, plural, sanitise, wrap } from '../text.ts';
import { diffRows } from './diff-rows.ts';
import { changedSteps, operationName, shareText, stepName, waitText } from './diff-wording.ts';
import { envelope } from './json.ts';
import { markdownText } from './markdown-text.ts';
import { type RowsView, rowsFormats } from './rows.ts';
import { type Column, table } from './table.ts';

export const diffReports = {
  table: diffText,
  json: (diff: Diff): string => envelope('Diff', published(diff)),
  csv: (diff: Diff, view: RowsView) => rowsFormats.csv(diffRows(diff), view),
  md: (diff: Diff): string => `${markdown(diff).join('\n')}\n`,
} satisfies Readonly<
  Record<string, (diff: Diff, view: RowsView) => string | AsyncIterable<string>>
>;

type DiffFormat = keyof typeof diffReports;

export const isDiffFormat = (name: string): name is DiffFormat => Object.hasOwn(diffReports, name);

// ---------------------------------------------------------------- text

const ms = (ns: number | null): string => (ns === null ? '?' : formatDuration(ns / 1e6));
const signed = (ns: number): string =>
  Math.abs(ns) < 500 ? '0 ms' : `${ns < 0 ? '-' : '+'}${ms(Math.abs(ns))}`;
const marks = { same: '=', changed: '~', added: '+', removed: '-' } as const;

/** Rows for a person; programs get all. */
const shownOperations = 30;

function diffText(diff: Diff, { columns, style }: RowsView): string {
  const { titles, rows, head } = shownRows(diff, columns);
  const lines = [
    ...head.map((text) => style.bold(text)),
    '',
    ...table(titles, rows, columns, style),
    ...footText(diff).flatMap((text) => (text === '' ? [''] : wrap(text, columns))),
  ];
  return `${lines.join('\n')}\n`;
}

interface Rows {
  readonly head: readonly string[];
  readonly titles: readonly Column[];
  readonly rows: readonly (readonly string[])[];
}

interface DiffColumn<Row> extends Column {
  /** Left out where there are fewer columns. */
  readonly from?: number;
  text(row: Row): string;
}

const shownRows = (diff: Diff, columns: number): Rows =>
  diff.of === 'traces' ? stepRows(diff.diff, columns) : operationRows(diff.diff, columns);

function rowsOf<Row>(
  head: readonly string[],
  all: readonly DiffColumn<Row>[],
  rows: readonly Row[],
  columns: number,
): Rows {
  const titles = all.filter(({ from = 0 }) => columns >= from);
  return { head, titles, rows: rows.map((row) => titles.map(({ text }) => text(row))) };
}

function stepRows(diff: TraceDiff, columns: number): Rows {
  const { a, b, delta } = diff;
  const wide = columns >= wideFrom;
  const part = ({ traceId, spans, errors, duration }: TraceDiff['a']): string =>
    `${traceId}: ${ms(duration)}, ${plural(spans, 'span')}, ${plural(errors, 'error')}`;
  const head = [
    `A ${part(a)}`,
    `B ${part(b)}`,
    ...(delta === null ? [] : [`difference ${signed(delta)}`]),
  ];
  const all: readonly DiffColumn<StepDiff>[] = [
    { title: '', text: ({ changed }) => marks[changed] },
    {
      title: 'step',
      text: (step) =>
        `${'·'.repeat(Math.min(step.level, 12))}${(step.b?.errors ?? 0) > 0 ? '✗ ' : ''}${stepName(step)}${wide ? '' : countText(step)}`,
    },
    { title: 'service', text: ({ service }) => service },
    {
      title: 'n',
      align: 'right',
      from: wideFrom,
      text: (step) => pair(step.a?.count ?? 0, step.b?.count ?? 0),
    },
    { title: 'A', align: 'right', text: (step) => (step.a ? ms(step.a.total) : '') },
    { title: 'B', align: 'right', text: (step) => (step.b ? ms(step.b.total) : '') },
    { title: 'difference', align: 'right', from: wideFrom, text: (step) => signed(step.delta) },
    { title: 'its own', align: 'right', text: (step) => signed(step.own) },
  ];
  return rowsOf(head, all, changedSteps(diff), columns);
}

/** Narrower, numbers give way to names. */
const wideFrom = 100;

/** Where both have it, but not as often. */
const countText = ({ a, b }: StepDiff): string =>
  a && b && a.count !== b.count ? `, ${a.count} -> ${b.count}` : '';

const pair = <T>(a: T, b: T): string => (a === b ? String(a) : `${a} -> ${b}`);

function operationRows({ a, b, operations }: WindowDiff, columns: number): Rows {
  const part = ({ name, requests, failed }: WindowDiff['a']): string =>
    `${sanitise(name, 80)}: ${plural(requests, 'request')}, ${failed} failed`;
  const rate = (side: OperationSide | null): string =>
    side === null ? '' : formatShare(side.errors / side.count);
  const shown = operations.slice(0, shownOperations);
  const fails = shown.some(({ a: one, b: other }) => (one?.errors ?? 0) + (other?.errors ?? 0) > 0);
  const failed: readonly DiffColumn<OperationDiff>[] = [
    { title: 'failed A', align: 'right', from: wideFrom, text: (one) => rate(one.a) },
    { title: 'failed B', align: 'right', text: (one) => rate(one.b) },
  ];
  const all: readonly DiffColumn<OperationDiff>[] = [
    { title: '', text: ({ changed }) => marks[changed] },
    { title: 'operation', text: operationName },
    { title: 'service', text: ({ service }) => service },
    { title: 'n A', align: 'right', from: 120, text: (one) => String(one.a?.count ?? 0) },
    { title: 'n B', align: 'right', from: 120, text: (one) => String(one.b?.count ?? 0) },
    ...(fails ? failed : []),
    { title: 'p95 A', align: 'right', text: (one) => (one.a ? ms(one.a.p95) : '') },
    { title: 'p95 B', align: 'right', text: (one) => (one.b ? ms(one.b.p95) : '') },
    { title: 'own time', align: 'right', text: ({ delta }) => signed(delta) },
  ];
  return rowsOf(
    [`A ${part(a)}`, `B ${part(b)}`],
    all,
    operations.slice(0, shownOperations),
    columns,
  );
}

/** Where the two part. */
function footText(diff: Diff): readonly string[] {
  if (diff.of === 'windows') {
    const { operations } = diff.diff;
    const left = operations.length - shownOperations;
    const sure = operations.filter((one) => one.sure).length;
    return [
      ...(left > 0 ? [`… ${left} more operations`] : []),
      '',
      `${sure} of ${plural(operations.length, 'operation')} changed by more than noise (~ + -, listed first)`,
      'own time: more for each request of B than as many calls took in A',
    ];
  }
  const { steps, first, most, delta } = diff.diff;
  const hidden = steps.length - changedSteps(diff.diff).length;
  const [parted, slowest] = [steps[first], steps[most]];
  return [
    ...(hidden > 0 ? [`${plural(hidden, 'unchanged step')} not shown`] : []),
    '',
    ...(parted
      ? [
          `First divergence: ${stepText(parted)}`,
          ...attributeTexts(parted).map((text) => `  ${text}`),
        ]
      : ['No step differs in more than time.']),
    ...(slowest && delta ? [`Most of the difference: ${mostText(slowest, delta, steps)}`] : []),
  ];
}

const stepText = (step: StepDiff): string =>
  [
    `${sanitise(step.service, 60)} ${stepName(step)}`,
    step.changed === 'added' ? 'only in B' : step.changed === 'removed' ? 'only in A' : '',
    step.a && step.b && step.a.count !== step.b.count
      ? `${step.a.count} -> ${plural(step.b.count, 'span')}`
      : '',
    step.a && step.b && step.a.errors !== step.b.errors
      ? `${step.a.errors} -> ${step.b.errors} failed`
      : '',
  ]
    .filter((part) => part !== '')
    .join(', ');

const mostText = (step: StepDiff, delta: number, steps: readonly StepDiff[]): string =>
  `${sanitise(step.service, 60)} ${stepName(step)}, ${signed(step.own)} its own${shareText(step, delta)}${waitText(step, steps)}`;

const attributeTexts = ({ attributes }: StepDiff): readonly string[] =>
  attributes.map(
    ({ key, a, b }) =>
      `${sanitise(key, 80)}: ${a === null ? '(none)' : sanitise(a, 200)} -> ${b === null ? '(none)' : sanitise(b, 200)}`,
  );

// ---------------------------------------------------------------- Markdown

function markdown(diff: Diff): readonly string[] {
  const { head, titles, rows } = shownRows(diff, Number.POSITIVE_INFINITY);
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
  const { a, b, delta, steps, first, parts, most } = diff.diff;
  const part = ({ duration, ...rest }: TraceDiff['a']) => ({ ...rest, durationMs: inMs(duration) });
  return {
    of: 'traces',
    a: part(a),
    b: part(b),
    deltaMs: inMs(delta),
    steps: steps.map(publishedStep),
    first: first < 0 ? null : first,
    parts,
    most: most < 0 ? null : most,
  };
}

function publishedStep({ a, b, delta, own, ...step }: StepDiff) {
  const side = (one: StepSide | null) =>
    one && {
      count: one.count,
      errors: one.errors,
      totalMs: inMs(one.total),
      selfMs: inMs(one.self),
      networkGapMs: inMs(one.gap),
      waitMs: inMs(one.wait),
      waitsFor: one.waitsFor,
      criticalMs: inMs(one.critical),
      spanId: one.spanId,
      startMs: inMs(one.start),
    };
  return { ...step, a: side(a), b: side(b), deltaMs: inMs(delta), ownMs: inMs(own) };
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
