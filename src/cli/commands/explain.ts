/** `aidebug explain`: which attribute values tell two cohorts of spans or logs apart. */
import { type Command, Option } from 'commander';
import { exitCodes } from '../../errors.ts';
import type { ContrastedSignal, Explanation } from '../../model.ts';
import { addCommand, type Context, countArgument, type Run } from '../command.ts';

interface Flags {
  readonly where: string;
  readonly vs?: string;
  readonly signal?: ContrastedSignal;
  readonly limit?: number;
}

/** Findings for a person; programs get all. */
const shownFindings = 20;

const examples = `
aidebug explain --where 'service=cart status=error' --vs 'service=cart -status=error'
aidebug explain --where 'service=embedder dur>5s' --vs service=embedder
aidebug explain --where label=incident --vs label=baseline --format json
aidebug explain --signal logs --where 'sev>=error' --limit 5`;

const help = `
Filters are those of aidebug traces and logs (aidebug traces --help), here of
single spans or log records, each as one argument. Without --vs the others of
the same signal are compared; what passes both filters counts as --where.
Without --signal it is spans, or logs where only logs have the fields.

Tested is every value of a field (service, instance, name, kind, status, dur,
event; of logs sev, template) and of an attribute of span, log, resource or
event, and pairs of values that differ more than each alone. Numbers of many
values are cut into ranges at tenths. Left out are what the filters name, texts
over 1000 characters, and ids: keys of more than 20 values most of which belong
to one trace alone. Values of exactly the same records are one finding (=).

points is the share in --where less that in the others, in percent; lift how
many times as frequent it is (only: the others have none). The test is the
G-test with Williams' correction, or Fisher's where a cell expects fewer than
five; records of one trace resemble each other, and counts are divided by the
design effect (Rao and Scott). q is the false-discovery rate (Benjamini and
Hochberg) over all that was tested, values and pairs apart. Of a side over
50,000 records that many are compared, whole traces chosen by a hash.

Where a side is empty, or * and ~ are looked for as text, a hint says what may
have been meant.

Exit codes: 0 done, also where nothing differs · 2 wrong filter · 3 a side is
empty or too small to tell · 4 no readable case`;

export function declare(program: Command, run: Run): void {
  addCommand(program, 'explain', {
    summary: 'rank the attribute values that tell two sets of spans or logs apart',
    formats: ['table', 'json', 'jsonl', 'csv', 'md'],
    examples,
  })
    .requiredOption('--where <filter>', 'the records to explain')
    .option('--vs <filter>', 'the records to compare with (default: all others)')
    .addOption(new Option('--signal <signal>', 'what is compared').choices(['spans', 'logs']))
    .option(
      '--limit <n>',
      `findings at most (default: ${shownFindings} for table and md, else all)`,
      countArgument,
    )
    .addHelpText('after', help)
    .action(run(explain));
}

async function explain(context: Context, flags: Flags): Promise<number> {
  const { openSession } = await import('../../session.ts');
  const { explainReports, isRowsFormat } = await import('../../report/index.ts');
  const format = isRowsFormat(context.format) ? context.format : 'table';
  const usual = format === 'table' || format === 'md' ? shownFindings : Number.POSITIVE_INFINITY;
  await using session = await openSession(context.db);
  const { where, vs = null, signal = null, limit = usual } = flags;
  const explanation = await session.explain({ where, versus: vs, signal });
  const shown = { ...explanation, findings: explanation.findings.slice(0, limit) };
  await context.printAll(explainReports[format](shown, context));
  if (shown.findings.length < explanation.total) {
    context.tell(
      `${shown.findings.length} of ${explanation.total} findings shown; --limit N shows more`,
    );
  }
  return statusOf(explanation);
}

const statusOf = ({ outcome }: Explanation): number =>
  outcome === 'empty' || outcome === 'too-few' ? exitCodes.inconclusive : exitCodes.done;
