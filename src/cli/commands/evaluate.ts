/** `aidebug evaluate`: how right the answers are on cases whose cause is known. */
import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { exitCodes, UserError } from '../../errors.ts';
import { digits } from '../../text.ts';
import { addCommand, type Context, namesArgument, type Run } from '../command.ts';

interface Flags {
  readonly label: boolean;
  readonly without?: readonly string[];
  readonly method?: readonly string[];
  readonly workers?: string;
  readonly study?: boolean;
  readonly output: string;
  readonly count: string;
  readonly seed?: string;
  readonly healthyHours: string;
  readonly allClasses?: boolean;
  readonly keep?: string;
}

const examples = `
aidebug evaluate cases
aidebug evaluate cases --method all --format md
aidebug evaluate --without metrics,logs cases
aidebug evaluate cases --no-label --format json | jq .data.methods
aidebug evaluate --study
aidebug evaluate --study --all-classes --keep study.jsonl -o study.md`;

const help = `
A case is a folder with label.json, baseline/, incident/ and metrics.jsonl, as
aidebug simulate writes them; they are found at any depth. A rank counts
distinct services, and equal scores count against the answer. A case that is
reached in several ways counts once. Names take commas, or the flag is repeated.

Methods: aidebug (the default), baro (largest deviation of a metric), ochiai
(spectrum of traces), microrank (the same weighted by PageRank), deepest-error,
self-time; or all. A row is a case and a method; what a method does not say is
null, or –.

--study needs no folder: it simulates cases of network failure, data drift and
model degradation on systems of its own seeds, and writes how long they take to
be noticed and repaired, and which share of causes is found, without and with
observability, as a document with a plot. Under an hour on two processors;
with --all-classes, which also runs every fault class apart, some hours.

Exit codes: 0 done · 2 usage · 4 no labelled case, or one cannot be read`;

export function declare(program: Command, run: Run): void {
  addCommand(program, 'evaluate', {
    summary: 'measure the answers on labelled cases, beside simple rules',
    formats: ['table', 'json', 'jsonl', 'csv', 'md'],
    examples,
  })
    .argument('[dir...]', 'folders of labelled cases')
    .option('--no-label', 'do not tell which window is the incident')
    .option('--without <names>', 'leave out: traces, logs, metrics or a detector', namesArgument)
    .option('--method <names>', 'methods to measure, or all', namesArgument)
    .option('--workers <n>', 'cases at once (default: one a processor)')
    .option('--study', 'do the published study again, and write its document')
    .option('-o, --output <file>', 'where the document of --study goes', 'docs/study.md')
    .option('--count <n>', 'cases of each class in --study', '30')
    .option('--seed <n>', 'first seed of --study (default: of seeds used for nothing else)')
    .option('--healthy-hours <n>', 'hours in which --study counts false alarms', '168')
    .option('--all-classes', 'every fault class in --study')
    .option('--keep <file>', 'keep what --study has done in a file, and go on from there')
    .addHelpText('after', help)
    .action(run(evaluateCases));
}

async function evaluateCases(
  context: Context,
  folders: readonly string[],
  flags: Flags,
): Promise<number> {
  if (flags.study) return studied(context, folders, flags);
  if (folders.length === 0) {
    throw new UserError('usage', 'no folder of cases is named', {
      hint: 'Name some: aidebug simulate --count 100 -o cases makes them. Or use --study.',
    });
  }
  const { label, without = [], method = ['aidebug'], workers } = flags;
  const { evaluate, methodNames } = await import('../../evaluate/index.ts');
  const { evaluationReports, isRowsFormat } = await import('../../report/index.ts');
  const evaluation = await evaluate({
    folders,
    labelled: label,
    without,
    methods: method.includes('all') ? methodNames : [...new Set(method)],
    workers: workerCount(workers),
    onProgress: (done, all) => {
      if (done % 10 === 0 || done === all) context.tell(`${done} of ${all} cases`);
    },
  });
  const format = isRowsFormat(context.format) ? context.format : 'table';
  await context.printAll(evaluationReports[format](evaluation, context));
  return exitCodes.done;
}

async function studied(
  context: Context,
  folders: readonly string[],
  flags: Flags,
): Promise<number> {
  const { label, without, method } = flags;
  if (folders.length > 0 || without || method || !label) {
    throw new UserError('usage', '--study makes its own cases and leaves out what it must', {
      hint: 'Give no folders, and none of --without, --method and --no-label.',
    });
  }
  const { firstSeed, study } = await import('../../evaluate/study/index.ts');
  const { output, keep = null, allClasses = false } = flags;
  const { targets } = await study({
    ...{ output, keep, allClasses },
    count: wholeNumber('--count', flags.count),
    seed: flags.seed === undefined ? firstSeed : wholeNumber('--seed', flags.seed),
    healthyHours: wholeNumber('--healthy-hours', flags.healthyHours),
    workers: workerCount(flags.workers),
    onProgress: (done, all) => {
      if (done % 10 === 0 || done === all) context.tell(`${done} of ${all} cases`);
    },
  });
  const { isRowsFormat, rowsFormats, rowsOf } = await import('../../report/index.ts');
  context.tell(`wrote ${output}`);
  const rows = targets.map(({ what, figure, ...rest }) => ({
    ...rest,
    target: what,
    value: figure.value === null ? null : digits(figure.value),
    low: figure.interval && digits(figure.interval[0]),
    high: figure.interval && digits(figure.interval[1]),
    atLeast: rest.atLeast ?? null,
    atMost: rest.atMost ?? null,
    reached: rest.reached === null ? null : rest.reached ? 'yes' : 'no',
  }));
  const columns = ['target', 'atLeast', 'atMost', 'value', 'low', 'high', 'reached'] as const;
  const format = isRowsFormat(context.format) ? context.format : 'table';
  const view = { ...context, kind: 'Study' };
  await context.printAll(rowsFormats[format](rowsOf(rows, columns), view));
  return exitCodes.done;
}

const workerCount = (text: string | undefined): number =>
  text === undefined ? availableParallelism() : wholeNumber('--workers', text);

function wholeNumber(flag: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new UserError('usage', `${flag} ${text}: not a whole number from 1`);
}
