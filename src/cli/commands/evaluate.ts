/** `aidebug evaluate`: how right the answers are on cases whose cause is known. */
import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { exitCodes, UserError } from '../../errors.ts';
import { addCommand, type Context, namesArgument, type Run } from '../command.ts';

interface Flags {
  readonly label: boolean;
  readonly without?: readonly string[];
  readonly method?: readonly string[];
  readonly workers?: string;
}

const examples = `
aidebug evaluate cases
aidebug evaluate cases --method all --format md
aidebug evaluate --without metrics,logs cases
aidebug evaluate cases --no-label --format json | jq .data.methods`;

const help = `
A case is a folder with label.json, baseline/, incident/ and metrics.jsonl, as
aidebug simulate writes them; they are found at any depth. A rank counts
distinct services, and equal scores count against the answer. A case that is
reached in several ways counts once. Names take commas, or the flag is repeated.

Methods: aidebug (the default), baro (largest deviation of a metric), ochiai
(spectrum of traces), microrank (the same weighted by PageRank), deepest-error,
self-time; or all. A row is a case and a method; what a method does not say is
null, or –.

Exit codes: 0 done · 2 usage · 4 no labelled case, or one cannot be read`;

export function declare(program: Command, run: Run): void {
  addCommand(program, 'evaluate', {
    summary: 'measure the answers on labelled cases, beside simple rules',
    formats: ['table', 'json', 'jsonl', 'csv', 'md'],
    examples,
  })
    .argument('<dir...>', 'folders of labelled cases')
    .option('--no-label', 'do not tell which window is the incident')
    .option('--without <names>', 'leave out: traces, logs, metrics or a detector', namesArgument)
    .option('--method <names>', 'methods to measure, or all', namesArgument)
    .option('--workers <n>', 'cases at once (default: one a processor)')
    .addHelpText('after', help)
    .action(run(evaluateCases));
}

async function evaluateCases(
  context: Context,
  folders: readonly string[],
  { label, without = [], method = ['aidebug'], workers }: Flags,
): Promise<number> {
  const { evaluate, methodNames } = await import('../../evaluate/index.ts');
  const { evaluationReports, isRowsFormat } = await import('../../report/index.ts');
  const evaluation = await evaluate({
    folders,
    labelled: label,
    without,
    methods: method.includes('all') ? methodNames : [...new Set(method)],
    workers: workers === undefined ? availableParallelism() : workerCount(workers),
    onProgress: (done, all) => {
      if (done % 10 === 0 || done === all) context.tell(`${done} of ${all} cases`);
    },
  });
  const format = isRowsFormat(context.format) ? context.format : 'table';
  await context.printAll(evaluationReports[format](evaluation, context));
  return exitCodes.done;
}

function workerCount(text: string): number {
  if (/^[1-9]\d{0,2}$/.test(text)) return Number(text);
  throw new UserError('usage', `--workers ${text}: not a whole number from 1`, {
    hint: 'Give the number of cases to work on at once.',
  });
}
