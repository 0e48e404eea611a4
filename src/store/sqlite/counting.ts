/** Traces that a thread of its own counts, while this one reads the sample and counts the rest. */
import type { Side, TraceCounts } from '../../features/index.ts';
import type { ComparisonPlan } from '../../model.ts';
import { inThreads } from '../../threads.ts';
import type { StoredLine } from './lines.ts';

/** A case, and what is compared in it: told when the thread begins. */
export interface CountingOf {
  readonly path: string;
  readonly plan: ComparisonPlan;
}

/** Traces in time order: their keys, and which of `countedSides` each counts for. */
export interface CountingPart {
  readonly keys: Float64Array;
  readonly sides: Uint8Array;
}

/** What a trace may count for, by number. */
export const countedSides: readonly Side[] = (['baseline', 'incident'] as const).flatMap((cohort) =>
  ([null, 'failed', 'slow'] as const).map((bad) => ({ cohort, bad })),
);

const numberOfSide = ({ cohort, bad }: Side): number =>
  countedSides.findIndex((side) => side.cohort === cohort && side.bad === bad);

/** A trace that takes part in a comparison. */
export interface SidedLine {
  readonly line: StoredLine;
  readonly side: Side;
  /** Whether it is kept whole. */
  readonly isWhole: boolean;
}

/** A thread loads its own file: there is none before the program is built. */
const canCountApart = import.meta.url.endsWith('.js');

/** Spans: fewer are counted before a thread has begun. */
const fewestSpans = 200_000;

/** Spans that are counted while a thread begins. */
const spansToBegin = 50_000;
/** Of a trace that is kept whole this thread reads every span once more: as long as so many are counted. */
const wholeSpan = 5;

/** The first of the traces that are counted apart; behind the last if none are. Both threads are then done at a time. */
export function firstCountedApart(lines: readonly SidedLine[]): number {
  const all = lines.reduce((sum, { line }) => sum + line.spans, 0);
  if (!canCountApart || all < fewestSpans) return lines.length;
  const whole = lines.reduce((sum, { line, isWhole }) => sum + (isWhole ? line.spans : 0), 0);
  const fairShare = (all + wholeSpan * whole - spansToBegin) / 2;
  let apart = 0;
  let first = lines.length;
  while (first > 0 && apart < fairShare) {
    first -= 1;
    apart += (lines[first] as SidedLine).line.spans;
  }
  return first;
}

/** @throws what the thread threw. */
export async function countedApart(
  of: CountingOf,
  lines: readonly SidedLine[],
): Promise<TraceCounts> {
  const part: CountingPart = {
    keys: Float64Array.from(lines, ({ line }) => line.key),
    sides: Uint8Array.from(lines, ({ side }) => numberOfSide(side)),
  };
  const url = new URL('./counting-worker.js', import.meta.url);
  const [counts] = await inThreads<CountingPart, TraceCounts>(url, of, [part], 1, () => {});
  return counts as TraceCounts;
}
