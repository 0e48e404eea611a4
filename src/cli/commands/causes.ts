/** `aidebug causes`: what broke, where, in which layer, and how we know. */
import { type Command, Option } from 'commander';
import { exitCodes, UserError } from '../../errors.ts';
import type { Band, Cause, Diagnosis, Layer } from '../../model.ts';
import { addCommand, type Context, namesArgument, type Run } from '../command.ts';

interface Flags {
  readonly top?: string;
  readonly layer?: Layer;
  readonly minScore?: string;
  readonly at?: string;
  readonly without?: readonly string[];
  readonly failOn?: Band;
  readonly requireCause?: true;
  readonly baseline?: string;
  readonly incident?: string;
}

const defaultTop = 10;
/** Without `--top`, at least that many services are listed if so many have any evidence. */
const leastServices = 5;

/** Strongest first. */
const bands: readonly Band[] = ['likely', 'possible', 'weak'];
const layers: readonly Layer[] = ['infrastructure', 'data', 'model', 'application'];

const examples = `
aidebug causes
aidebug causes --incident -10m/-2m
aidebug causes --layer model --fail-on likely
aidebug causes --format json | jq '.data.causes[0].service'`;

const help = `
W is a label of the case (baseline, incident), FROM/TO, -10m (up to the end of
the data), trace:ID, or auto (not what aidebug window chose). T, FROM and TO are
ISO 8601, or count back from the end of the data (-10m).

Weights of the evidence add up to the score. Confidence is how often a first
cause of that score was right in simulated cases with a fault; of a later or a
weak cause it is the score. The band is that of the score: likely from 2/3,
possible from 0.35, else weak. If the first cause is weak, the verdict is
no-clear-cause. Band and confidence take no more than a cap: by what was
compared (declared windows 0.99, a change point or healthy requests 0.95, 0.60
while no more than about one request in a hundred fails, peers 0.90, nothing to
compare with 0.80), by how sure it is that the service is odd at all, where
several detectors look for oddness, and by half of the share of broken records
or of traces without their top. A cause explains failures that were born at its
service, and slow requests that its service in its usual time would have made
quick enough.

Exit codes: 0 done · 1 --fail-on matched · 2 usage · 3 --require-cause and no
listed cause is possible or stronger · 4 no readable case`;

export function declare(program: Command, run: Run): void {
  addCommand(program, 'causes', {
    summary: 'rank the likely root causes, with their evidence',
    formats: ['table', 'json', 'jsonl', 'csv', 'md'],
    examples,
  })
    .option('--top <n>', `list at most n causes (default: ${defaultTop})`)
    .addOption(new Option('--layer <layer>', 'list causes of this layer only').choices(layers))
    .option('--min-score <x>', 'list causes from this score, 0 to 1')
    .option('--at <T>', 'the incident begins at T')
    .option(
      '--without <name...>',
      'leave a signal (traces, logs, metrics) or a detector out',
      namesArgument,
    )
    .addOption(
      new Option(
        '--fail-on <band>',
        'exit 1 if a listed cause has this band or a stronger one',
      ).choices(bands),
    )
    .option('--require-cause', 'exit 3 if no cause is clear')
    .option('--baseline <W>', 'the healthy window')
    .option('--incident <W>', 'the window to explain')
    .addHelpText('after', help)
    .action(run(showCauses));
}

/** Diagnoses the case and prints what the flags leave of it. Resolves to the exit status. */
export async function showCauses(context: Context, flags: Flags): Promise<number> {
  const { openSession } = await import('../../session.ts');
  const isListed = listing(flags);
  await using session = await openSession(context.db);
  const { at, baseline, incident, without = [] } = flags;
  const diagnosis = await session.diagnose({ at, baseline, incident, without });
  const listed = listedOf(diagnosis.causes.filter(isListed), flags.top);
  await print(context, { ...diagnosis, causes: listed });
  return statusOf(flags, diagnosis, listed);
}

/** @throws {UserError} `usage` if a number is none. */
function listing({ layer, minScore, top }: Flags): (cause: Cause) => boolean {
  if (top !== undefined && !/^[1-9]\d*$/.test(top)) throw badNumber('--top', top, '1 or more');
  const least = Number(minScore ?? 0);
  if (!(least >= 0 && least <= 1)) throw badNumber('--min-score', minScore ?? '', '0 to 1');
  return (cause) => (layer === undefined || cause.layer === layer) && cause.score >= least;
}

const badNumber = (flag: string, text: string, range: string): UserError =>
  new UserError('usage', `${flag} ${text}: not a number`, { hint: `Give a number, ${range}.` });

function listedOf(causes: readonly Cause[], top: string | undefined): readonly Cause[] {
  if (top !== undefined) return causes.slice(0, Number(top));
  const services = new Set<string>();
  return causes.filter(({ service }, at) => {
    const isListed = at < defaultTop || (services.size < leastServices && !services.has(service));
    if (isListed) services.add(service);
    return isListed;
  });
}

async function print(context: Context, diagnosis: Diagnosis): Promise<void> {
  const { causesReports, isRowsFormat } = await import('../../report/index.ts');
  const { aidebugOn } = await import('../pasteable.ts');
  // The commands to run next name the case that the cause was found in.
  const named = (command: string): string =>
    command.replace(/^aidebug\b/, () => aidebugOn(context.db));
  const causes = diagnosis.causes.map((cause) => ({
    ...cause,
    nextChecks: cause.nextChecks.map(named),
  }));
  const format = isRowsFormat(context.format) ? context.format : 'table';
  await context.printAll(causesReports[format]({ ...diagnosis, causes }, context));
}

function statusOf(flags: Flags, { verdict }: Diagnosis, listed: readonly Cause[]): number {
  const reaches = (band: Band): boolean =>
    listed.some((cause) => bands.indexOf(cause.band) <= bands.indexOf(band));
  if (flags.failOn && reaches(flags.failOn)) return exitCodes.conditionFound;
  const isClear = verdict !== 'no-clear-cause' && reaches('possible');
  return flags.requireCause && !isClear ? exitCodes.inconclusive : exitCodes.done;
}
