/** The steps of two traces as lines: what came, went, failed or took longer. */
import type { StepDiff, StepSide, TraceDiff, TracePart } from '../../model.ts';
import { isContent } from '../../semantics/index.ts';
import { formatDuration, plural, wrap } from '../../text.ts';
import { safe } from '../glyphs.ts';
import { cell, cut, type Line, line, padded, type Style } from '../line.ts';
import type { Cursor } from '../list.ts';
import type { Area } from '../screen.ts';
import { type TableColumn, tableLines } from '../table.ts';

interface Chosen {
  readonly all: boolean;
  readonly filter: string;
}

/** Of the difference of the whole: less is said to be no change. */
const leastShare = 0.01;

/** The steps that changed with those above them; or all of them. */
export function stepRows(
  { steps, delta }: TraceDiff,
  { all, filter }: Chosen,
): readonly StepDiff[] {
  const least = Math.abs(delta ?? 0) * leastShare;
  const passes = (step: StepDiff): boolean =>
    (all || step.changed !== 'same' || (least > 0 && Math.abs(step.delta) >= least)) &&
    `${step.service} ${step.name}`.toLowerCase().includes(filter);
  const kept: StepDiff[] = [];
  // From the last to the first: a step is above the one kept before it if its level is less.
  let level = -1;
  for (let at = steps.length - 1; at >= 0; at -= 1) {
    const step = steps[at] as StepDiff;
    if (!passes(step) && step.level >= level) continue;
    if (step.level < level || passes(step)) kept.push(step);
    level = step.level;
  }
  return kept.reverse();
}

interface Shown {
  readonly diff: TraceDiff;
  readonly list: Cursor;
  readonly all: boolean;
}

export function stepView(
  { diff, list, all }: Shown,
  rows: readonly StepDiff[],
  area: Area,
  foot: number,
): readonly Line[] {
  const hidden = diff.steps.length - rows.length;
  const none = all ? 'no step passes the filter' : 'the two do not differ';
  const table = { rows, columns: columnsOf(diff), list, sort: null, none };
  const body = [
    ...headLines(diff, hidden, area.columns),
    ...tableLines(table, { ...area, rows: area.rows - foot - 2 }),
  ];
  if (foot === 0) return body;
  return [
    ...padded(body, area.rows - foot),
    ...stepLines(diff, rows[list.at], area.columns).slice(0, foot),
  ];
}

function headLines({ a, b, delta }: TraceDiff, hidden: number, columns: number): readonly Line[] {
  const part = (name: string, { traceId, spans, errors, duration }: TracePart): string =>
    [
      `${name} ${traceId.slice(0, 8)} ${duration === null ? '?' : formatDuration(duration / 1e6)}`,
      plural(spans, 'span'),
      ...(errors > 0 ? [plural(errors, 'error')] : []),
    ].join(', ');
  const change = delta === null ? '' : `   Δ ${signed(delta)}`;
  const unchanged = hidden > 0 ? `${plural(hidden, 'unchanged step')} hidden (.)` : '';
  return [
    cut([cell(` ${part('A', a)}  →  ${part('B', b)}${change}`, 'bold')], columns),
    line(` ${unchanged}`, 'dim'),
  ];
}

const signed = (ns: number): string =>
  ns === 0 ? '0' : `${ns > 0 ? '+' : '−'}${formatDuration(Math.abs(ns) / 1e6)}`;

const marks = { same: '=', changed: '~', added: '+', removed: '−' } as const;
const styles: Readonly<Record<StepDiff['changed'], readonly Style[]>> = {
  same: ['dim'],
  changed: ['yellow'],
  added: ['green'],
  removed: ['red'],
};

/** Deeper steps are not indented further. */
const deepest = 12;
const barWidth = 12;

function columnsOf(diff: TraceDiff): readonly TableColumn<StepDiff>[] {
  const first = diff.steps[diff.first];
  const time = (side: StepSide | null): string =>
    side === null ? '–' : side.total === null ? '?' : formatDuration(side.total / 1e6);
  return [
    {
      title: '',
      width: 2,
      text: ({ changed }) => marks[changed],
      style: ({ changed }) => styles[changed],
    },
    {
      title: 'step',
      width: 0,
      text: (step) => {
        const failed = (step.b?.errors ?? 0) > 0 ? '✗ ' : '';
        const mark = step === first ? '◆ ' : '';
        return `${' '.repeat(Math.min(step.level, deepest))}${mark}${failed}${safe(step.name, 200)}`;
      },
      style: (step) => (step === first ? ['bold'] : step.changed === 'same' ? ['dim'] : []),
    },
    { title: 'service', width: 18, from: 70, text: ({ service }) => safe(service, 60) },
    {
      title: 'n A→B',
      width: 8,
      align: 'right',
      text: ({ a, b }) => `${a?.count ?? 0}→${b?.count ?? 0}`,
      style: ({ a, b }) => (a?.count === b?.count ? ['dim'] : ['bold']),
    },
    { title: 'A', width: 10, align: 'right', text: ({ a }) => time(a) },
    { title: 'B', width: 10, align: 'right', text: ({ b }) => time(b) },
    { title: 'Δ', width: 10, align: 'right', text: ({ delta }) => signed(delta) },
    { title: '', width: 1, from: 100, text: () => '' },
    {
      title: 'of the whole',
      width: barWidth + 1,
      from: 100,
      text: ({ delta }) => {
        const share = diff.delta ? Math.min(1, Math.abs(delta / diff.delta)) : 0;
        return '█'.repeat(Math.round(share * barWidth)) || (share > 0 ? '▏' : '');
      },
    },
  ];
}

/** Where the two part, and what differs in the step under the cursor. */
function stepLines(diff: TraceDiff, step: StepDiff | undefined, columns: number): readonly Line[] {
  const first = diff.steps[diff.first];
  const parted = first
    ? `◆ first divergence: ${safe(first.service, 40)} ${safe(first.name, 80)}: ${whatOf(first)}`
    : 'no step differs in more than time';
  const changes = (step?.attributes ?? []).map(({ key, a, b }) => {
    if (isContent(key)) return `${safe(key, 60)}  differs (hidden, P in its trace shows)`;
    return `${safe(key, 60)}  ${a === null ? '–' : safe(a, 200)} → ${b === null ? '–' : safe(b, 200)}`;
  });
  return [
    line('─'.repeat(columns), 'dim'),
    ...wrap(parted, columns - 2)
      .slice(0, 2)
      .map((part) => line(` ${part}`, 'bold')),
    ...(step
      ? [cut([cell(` ${safe(step.name, 80)}`, 'bold'), cell(` ${whatOf(step)}`, 'dim')], columns)]
      : []),
    ...changes.map((text) => cut([cell(`   ${text}`)], columns)),
  ];
}

function whatOf({ changed, a, b, attributes }: StepDiff): string {
  if (changed === 'added') return `only in B, ${plural(b?.count ?? 0, 'span')}${failures(b)}`;
  if (changed === 'removed') return `only in A, ${plural(a?.count ?? 0, 'span')}${failures(a)}`;
  const texts = [
    ...(a?.count === b?.count ? [] : [`${a?.count} → ${plural(b?.count ?? 0, 'span')}`]),
    ...(a?.errors === b?.errors ? [] : [`${a?.errors} → ${b?.errors} failed`]),
    ...(attributes.length === 0 ? [] : [`${plural(attributes.length, 'attribute')} changed`]),
  ];
  return texts.length === 0 ? 'differs in time only' : texts.join(', ');
}

const failures = (side: StepSide | null): string =>
  side && side.errors > 0 ? `, ${side.errors} failed` : '';
