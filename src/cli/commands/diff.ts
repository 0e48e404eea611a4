/** `aidebug diff`: two traces, or two windows, side by side. */
import { type Command, InvalidArgumentError } from 'commander';
import { exitCodes, UserError } from '../../errors.ts';
import type { Diff } from '../../session.ts';
import { addCommand, type Context, type Run } from '../command.ts';

interface Flags {
  readonly failOn?: Condition;
}

const examples = `
aidebug diff 967b810b 7f33e47e
aidebug diff baseline incident
aidebug diff -30m/-15m -15m
aidebug diff monday.db tuesday.db
aidebug diff baseline incident --fail-on 'slower>20%' --format md`;

const help = `
A and B are two traces (the first digits of the id are enough), or two windows:
a label of the case, FROM/TO, or -10m (up to the end of the data). Two case
files (.db) are compared as windows are, all of one with all of the other.

Traces are laid side by side step by step: spans of one service and name below
one step are one step, in a training run those of one rank. = the same but for
time, ~ changed, + only in B, - only in A. Its own time is without that of steps
below it, and without waiting in a collective for the last rank. The first
divergence is the first new failure that none below it accounts for; without
one, the first step with another version or model, or that is there more or less
often than what calls it accounts for. Where one trace takes a third longer and
a step makes up half of that by its own time, what costs nothing gives way to
the first that makes up a tenth.

Windows are laid side by side by operation. ~ marks what takes longer, shorter,
or fails more or less often by more than noise: more than minutes of A differ
among themselves, and than chance at 5 % for all operations together; + and -
what is there on one side only. First comes what fails more often, then what
changed, by its own time for each request of B less that of as many calls in A
(as many as its callers would have made); then what only waits; then the rest.

--fail-on takes slower or slower>20% (B takes longer, by that share: traces by
their duration, windows by the p95 of an operation with 20 or more spans a side)
or failed or failed>1% (B fails more often, by so many percent of all; a trace:
has more failed spans), or changed (traces differ in more than time; of windows
an operation came or went, by more than chance).
Exit codes: 0 done · 1 --fail-on matched · 2 usage · 4 no readable case`;

export function declare(program: Command, run: Run): void {
  addCommand(program, 'diff', {
    summary: 'show what differs between two traces, windows or cases',
    formats: ['table', 'json', 'csv', 'md'],
    examples,
  })
    .argument('<a>', 'a trace, window or case file')
    .argument('<b>', 'what it is compared with, of the same kind')
    // A relative time is no flag.
    .allowUnknownOption()
    .option('--fail-on <condition>', 'exit 1 if B is slower, failed or changed', condition)
    .addHelpText('after', help)
    .action(run(diff));
}

interface Condition {
  readonly what: 'slower' | 'failed' | 'changed';
  /** As a share. */
  readonly above: number;
}

function condition(text: string): Condition {
  const [, what, percent = '0'] = /^(slower|failed)(?:>(\d+(?:\.\d+)?)%)?$/.exec(text) ?? [];
  if (text === 'changed') return { what: 'changed', above: 0 };
  if (what !== undefined) return { what: what as 'slower', above: Number(percent) / 100 };
  throw new InvalidArgumentError('Write slower, slower>20%, failed, failed>1% or changed.');
}

async function diff(context: Context, a: string, b: string, { failOn }: Flags): Promise<number> {
  const flag = [a, b].find((text) => text.startsWith('--'));
  if (flag !== undefined) {
    throw new UserError('usage', `unknown option ${flag}`, { hint: 'aidebug diff --help' });
  }
  const { diffReports, isDiffFormat } = await import('../../report/index.ts');
  const format = isDiffFormat(context.format) ? context.format : 'table';
  const found = await differenceOf(context, a, b);
  await context.printAll(diffReports[format](found, context));
  return failOn && matches(found, failOn) ? exitCodes.conditionFound : exitCodes.done;
}

/** Labels, times and ids of traces have no such end. */
const caseFile = /\.db$/;

async function differenceOf({ db }: Context, a: string, b: string): Promise<Diff> {
  const { diffCases, openSession } = await import('../../session.ts');
  const cases = [a, b].filter((text) => caseFile.test(text));
  if (cases.length === 2) return diffCases(a, b);
  if (cases.length === 1) {
    throw new UserError('usage', `${cases[0]} is a case, the other is not`, {
      hint: 'Compare two case files, or two traces or windows of one (--db).',
    });
  }
  await using session = await openSession(db);
  return await session.diff(a, b);
}

/** Fewer spans have no 95th percentile to speak of. */
const fewestSpans = 20;

function matches(found: Diff, { what, above }: Condition): boolean {
  if (found.of === 'traces') {
    const { a, b, parts } = found.diff;
    if (what === 'changed') return parts;
    if (what === 'failed') return b.errors - a.errors > above * a.spans;
    return grew(a.duration, b.duration, above);
  }
  const { a, b, operations } = found.diff;
  if (what === 'changed')
    return operations.some(({ changed, sure }) => sure && changed !== 'changed');
  if (what === 'failed') return share(b) - share(a) > above;
  return operations.some(
    ({ a: one, b: other }) =>
      one !== null &&
      other !== null &&
      Math.min(one.count, other.count) >= fewestSpans &&
      grew(one.p95, other.p95, above),
  );
}

const share = ({ requests, failed }: { requests: number; failed: number }): number =>
  requests === 0 ? 0 : failed / requests;

const grew = (a: number | null, b: number | null, above: number): boolean =>
  a !== null && b !== null && b > a * (1 + above);
