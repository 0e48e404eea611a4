/** The steps of two traces as lines: what came, went, failed or took longer. */
import type { StepDiff, StepSide, TraceDiff, TracePart } from '../../model.ts';
import {
  changedSteps,
  shareText,
  stepName,
  takesOther,
  waitText,
  withCallers,
} from '../../report/index.ts';
import { isContent } from '../../semantics/index.ts';
import { displayWidth, formatDuration, padTo, plural } from '../../text.ts';
import { safe } from '../glyphs.ts';
import { signed } from '../health.ts';
import { cell, cut, type Line, line, padded, type Style, wrapped } from '../line.ts';
import type { Cursor } from '../list.ts';
import { passing } from '../passing.ts';
import type { Area } from '../screen.ts';
import { inOrder, type Sort, type TableColumn, tableLines } from '../table.ts';
import type { Example } from './diff-example.ts';
import { sortableSteps, stepOrders } from './diff-order.ts';

interface Chosen {
  readonly all: boolean;
  readonly filter: string;
}

/** The steps that changed with those above them; or all of them. */
function stepRows(diff: TraceDiff, chosen: Chosen): readonly StepDiff[] {
  const found = new Set(passingSteps(diff, chosen).rows);
  const passes = (step: StepDiff): boolean => found.has(step);
  return chosen.all ? withCallers(diff.steps, passes) : changedSteps(diff, passes);
}

const passingSteps = ({ steps }: TraceDiff, { filter }: Pick<Chosen, 'filter'>) =>
  passing(steps, filter, (step) => ({
    text: `${step.service} ${stepName(step)}`,
    facts: factsOf(step),
  }));

/** It changed, or its own time makes up something of the difference. */
const differing = (diff: TraceDiff, step: StepDiff): boolean =>
  step.changed !== 'same' || takesOther(diff, step);

/** What a filter can compare; times in ms. */
const factsOf = ({ service, name, rank, changed, a, b, delta, own }: StepDiff) => ({
  ...{ service, name, rank, changed },
  a: a?.count ?? 0,
  b: b?.count ?? 0,
  errors: b?.errors ?? 0,
  delta: delta / 1e6,
  own: own / 1e6,
});

/** Steps in an order; without one as they came, with those above them. Sorted, a step stands for itself. */
export function orderedSteps(diff: TraceDiff, chosen: Chosen, sort: Sort): readonly StepDiff[] {
  if (sort === null) return stepRows(diff, chosen);
  const { rows } = passingSteps(diff, chosen);
  const listed = chosen.all ? rows : rows.filter((step) => differing(diff, step));
  return inOrder(listed, stepOrders, sort);
}

interface Shown {
  readonly filter: string;
  readonly diff: TraceDiff;
  readonly list: Cursor;
  readonly all: boolean;
  /** Whose examples they are; null: somebody chose them. */
  readonly of: Example | null;
  readonly stepSort: Sort;
}

/** The two, what is said of them, and what they do not show. */
export const headRows = (of: Example | null): number => (of === null || of.unseen === '' ? 2 : 3);

export function stepView(
  { diff, list, all, of, filter, stepSort: sort }: Shown,
  rows: readonly StepDiff[],
  area: Area,
  foot: number,
): readonly Line[] {
  const hidden = all ? 0 : diff.steps.length - stepRows(diff, { all, filter: '' }).length;
  const none = filter === '' ? 'the two do not differ' : 'no step passes the filter';
  const { problem } = passingSteps(diff, { filter });
  const columns = sortableSteps(columnsOf(diff, sort !== null));
  const table = { rows, columns, list, sort, none };
  const body = [
    ...headLines(diff, { of, hidden, sort, problem }, area.columns),
    ...tableLines(table, { ...area, rows: area.rows - foot - headRows(of) }),
  ];
  if (foot === 0) return body;
  return [
    ...padded(body, area.rows - foot),
    ...stepLines(diff, rows[list.at], area.columns).slice(0, foot),
  ];
}

function headLines(diff: TraceDiff, said: Said, columns: number): readonly Line[] {
  const { a, b, delta } = diff;
  const part = (name: string, { traceId, spans, errors, duration }: TracePart): string =>
    [
      `${name} ${traceId.slice(0, 8)} ${duration === null ? '?' : formatDuration(duration / 1e6)}`,
      plural(spans, 'span'),
      ...(errors > 0 ? [plural(errors, 'error')] : []),
    ].join(', ');
  const change = delta === null ? '' : `Δ ${signed(delta)}`;
  // What does not fit is left out from the right; the least is left when all else is said elsewhere.
  const heads = [
    ` ${part('A', a)}  →  ${part('B', b)}   ${change}`,
    ` ${part('A', a)} → ${part('B', b)} ${change}`,
    ` A ${lengthOf(a)} → B ${lengthOf(b)}   ${change}`,
  ];
  const head = heads.find((text) => displayWidth(text) <= columns) ?? ` ${change}`;
  const parts = [
    ...(said.of === null ? [] : [said.of.cause]),
    ...(said.hidden > 0 ? [`${plural(said.hidden, 'unchanged step')} hidden (.)`] : []),
    ...(said.sort === null ? [] : [`sorted by ${said.sort.title}`]),
  ];
  const unseen = said.of?.unseen ?? '';
  return [
    line(head, 'bold'),
    said.problem === null
      ? line(` ${parts.join(' · ')}`, 'dim')
      : line(` ${safe(said.problem, 300)}`, 'yellow'),
    ...(unseen === '' ? [] : [line(` ${unseen}`, 'yellow')]),
  ].map((one) => cut(one, columns));
}

const lengthOf = ({ duration }: TracePart): string =>
  duration === null ? '?' : formatDuration(duration / 1e6);

/** What is said of the two below their names. */
interface Said {
  readonly of: Example | null;
  readonly hidden: number;
  readonly sort: Sort;
  /** Why the filter is none. */
  readonly problem: string | null;
}

export const marks = { same: '=', changed: '~', added: '+', removed: '−' } as const;
export const styles: Readonly<Record<StepDiff['changed'], readonly Style[]>> = {
  same: ['dim'],
  changed: ['yellow'],
  added: ['green'],
  removed: ['red'],
};

/** Deeper steps are not indented further. */
const deepest = 12;
const barWidth = 12;

/** `flat`: a step does not stand below the one that it is part of. */
function columnsOf(diff: TraceDiff, flat: boolean): readonly TableColumn<StepDiff>[] {
  const [first, most] = [diff.steps[diff.first], diff.steps[diff.most]];
  const moves = (step: StepDiff): boolean => step.changed === 'same' && takesOther(diff, step);
  const quiet = (step: StepDiff): readonly Style[] =>
    step.changed === 'same' && !moves(step) ? ['dim'] : [];
  const time = (side: StepSide | null): string =>
    side === null ? '–' : side.total === null ? '?' : formatDuration(side.total / 1e6);
  return [
    {
      title: '',
      width: 2,
      text: (step) => (moves(step) ? (step.own > 0 ? '↑' : '↓') : marks[step.changed]),
      style: (step) => (moves(step) ? ['yellow'] : styles[step.changed]),
    },
    {
      title: 'step',
      width: 0,
      text: (step) => {
        const failed = (step.b?.errors ?? 0) > 0 ? '✗ ' : '';
        const mark = step === first ? '◆ ' : step === most ? '▲ ' : '';
        const indent = flat ? 0 : Math.min(step.level, deepest);
        return `${' '.repeat(indent)}${mark}${failed}${safe(stepName(step), 200)}`;
      },
      style: (step) => (step === first || step === most ? ['bold'] : quiet(step)),
    },
    { title: 'service', width: 18, from: 70, text: ({ service }) => safe(service, 60) },
    {
      title: 'n A→B',
      width: 8,
      from: wideFrom,
      align: 'right',
      text: counts,
      style: ({ a, b }) => (a?.count === b?.count ? ['dim'] : ['bold']),
    },
    // Where it is always the same, it is left to the step under the cursor.
    {
      title: 'n',
      width: 6,
      below: wideFrom,
      align: 'right',
      text: (step) => (step.a?.count === step.b?.count ? '' : counts(step)),
      style: () => ['bold'],
    },
    { title: 'A', width: 9, align: 'right', text: ({ a }) => time(a) },
    { title: 'B', width: 9, align: 'right', text: ({ b }) => time(b) },
    {
      title: 'Δ',
      width: 10,
      from: wideFrom,
      align: 'right',
      text: ({ delta }) => signed(delta),
      style: quiet,
    },
    { title: 'own Δ', width: 10, align: 'right', text: ({ own }) => signed(own) },
    { title: '', width: 1, from: 110, text: () => '' },
    {
      title: 'of the whole',
      width: barWidth + 1,
      from: 110,
      text: ({ own }) => {
        const share = diff.delta ? Math.min(1, Math.abs(own / diff.delta)) : 0;
        return '█'.repeat(Math.round(share * barWidth)) || (share >= 0.01 ? '▏' : '');
      },
    },
  ];
}

/** Narrower lists have room for names only. */
const wideFrom = 96;
const counts = ({ a, b }: StepDiff): string => `${a?.count ?? 0}→${b?.count ?? 0}`;

/** Where the two part, and what differs in the step under the cursor. */
function stepLines(diff: TraceDiff, step: StepDiff | undefined, columns: number): readonly Line[] {
  const [first, most] = [diff.steps[diff.first], diff.steps[diff.most]];
  const changes = (step?.attributes ?? []).map(({ key, a, b }) => {
    const name = safe(key, 60);
    if (isContent(key)) return `${name}  differs (hidden, P in its trace shows)`;
    const said = (value: string | null): string => (value === null ? '–' : safe(value, 200));
    return `${name}  ${bothValues(said(a), said(b), columns - displayWidth(name) - 6)}`;
  });
  const told = (text: string): readonly Line[] =>
    wrapped(text, columns - 2, 2).map((part) => line(` ${part}`, 'bold'));
  return [
    line('─'.repeat(columns), 'dim'),
    ...told(first ? firstText(first) : 'no step differs in more than time'),
    ...(most && diff.delta ? told(mostText(diff, most)) : []),
    ...(step && step !== first
      ? [cut([cell(` ${placeOf(step)}:`, 'bold'), cell(` ${whatOf(step)}`, 'dim')], columns)]
      : []),
    ...changes.map((text) => cut([cell(`   ${text}`)], columns)),
  ];
}

/** Of long values what both begin with is left out, and neither takes the room of the other. */
function bothValues(a: string, b: string, columns: number): string {
  const whole = `${a} → ${b}`;
  const room = columns - 3;
  if (displayWidth(whole) <= columns || room < 8) return whole;
  const [left, right] = [[...a], [...b]];
  const differ = left.findIndex((letter, at) => letter !== right[at]);
  const from = Math.max(0, (differ < 0 ? left.length : differ) - 4);
  const begun = (letters: readonly string[]): string =>
    from > 4 && letters.length > from ? `…${letters.slice(from).join('')}` : letters.join('');
  const [before, after] = [begun(left), begun(right)];
  const half = Math.floor(room / 2);
  const fits = (text: string, other: string): string => {
    const width = Math.max(half, room - displayWidth(other));
    return displayWidth(text) <= width ? text : padTo(text, width);
  };
  return `${fits(before, after)} → ${fits(after, before)}`;
}

const placeOf = (step: StepDiff): string => `${safe(step.service, 40)} ${safe(stepName(step), 80)}`;

const firstText = (first: StepDiff): string =>
  `◆ first divergence: ${placeOf(first)}: ${whatOf(first)}`;

/** Short of its name, where that stands above it. */
function mostText(diff: TraceDiff, most: StepDiff): string {
  const place = most === diff.steps[diff.first] ? '◆ it' : `▲ ${placeOf(most)}`;
  const share = shareText(most, diff.delta ?? 0, 'Δ');
  return `${place} takes ${signed(most.own)} itself${share}${waitText(most, diff.steps)}`;
}

function whatOf({ changed, a, b, attributes }: StepDiff): string {
  if (changed === 'added') return `only in B, ${plural(b?.count ?? 0, 'span')}${failures(b)}`;
  if (changed === 'removed') return `only in A, ${plural(a?.count ?? 0, 'span')}${failures(a)}`;
  const texts = [
    ...(a?.count === b?.count ? [] : [`${a?.count} → ${plural(b?.count ?? 0, 'span')}`]),
    ...(a?.errors === b?.errors ? [] : [`${a?.errors} → ${b?.errors} failed`]),
    ...(attributes.length === 0 ? [] : [`${plural(attributes.length, 'attribute')} changed`]),
  ];
  const waits = b?.waitsFor
    ? [`waits ${formatDuration(b.wait / 1e6)} for rank ${safe(b.waitsFor, 12)}`]
    : [];
  if (texts.length === 0) texts.push('differs in time only');
  return [...texts, ...waits].join(', ');
}

const failures = (side: StepSide | null): string =>
  side && side.errors > 0 ? `, ${side.errors} failed` : '';
