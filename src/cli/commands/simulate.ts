/** `aidebug simulate`: labelled cases of a distributed AI system with a known fault. */
import { basename, dirname } from 'node:path';
import type { Command } from 'commander';
import { exitCodes, UserError } from '../../errors.ts';
import type { CaseRequest } from '../../simulate/cases.ts';
import { addCommand, type Context, type Run } from '../command.ts';

interface Flags {
  readonly list?: true;
  readonly class?: string;
  readonly count?: string;
  readonly seed?: string;
  readonly topologySeed?: string;
  readonly intensity?: string;
  readonly output?: string;
  readonly stream?: true;
  readonly gzip: boolean;
}

const examples = `
aidebug simulate --list
aidebug simulate stale-data --seed 5 -o case
aidebug simulate --class gpu-fault --seed 3 --intensity 0.2 -o case
aidebug simulate --count 40 --seed 1 -o cases
aidebug simulate rate-limit --seed 2 --stream | head`;

const help = `
The same scenario, seed and flags give the same bytes. With --count N the cases
are DIR/case-0001/…, with seeds N, N+1, …; without a scenario they take turns.
--topology-seed fixes names, services and styles while --seed goes on. Intensity
is drawn evenly from 0 to 1 (docs/simulator.md says what they mean).
--stream prints the telemetry in the order of its time, without the label.

Exit codes: 0 done · 2 usage, or DIR holds something else`;

export function declare(program: Command, run: Run): void {
  addCommand(program, 'simulate', {
    summary: 'write labelled cases of a simulated AI system with a fault',
    formats: ['table', 'json'],
    examples,
  })
    .argument('[scenario]', 'what goes wrong; without it, the scenarios are listed')
    .option('--list', 'list the scenarios')
    .option('--class <name>', 'the scenario, by its fault class')
    .option('--count <n>', 'write n cases')
    .option('--seed <n>', 'of the first case, a whole number')
    .option('--topology-seed <n>', 'of the system, the same in all cases')
    .option('--intensity <x>', 'how strong the fault is, 0 to 1')
    .option('-o, --output <dir>', 'where to write')
    .option('--stream', 'print the telemetry of one case in the order of its time')
    .option('--no-gzip', 'write plain .jsonl files')
    .addHelpText('after', help)
    .action(run(simulateInto));
}

async function simulateInto(
  context: Context,
  named: string | undefined,
  flags: Flags,
): Promise<number> {
  const { scenarios, simulate, streamOf } = await import('../../simulate/index.ts');
  const { envelope, table } = await import('../../report/index.ts');
  const scenario = scenarioOf(named, flags);
  if (flags.list || (scenario === undefined && flags.count === undefined)) {
    const rows = scenarios.map(({ name, summary, range }) => [name, summary, range ?? '']);
    const titles = [{ title: 'scenario' }, { title: 'what happens' }, { title: 'intensity 0 … 1' }];
    await context.print(
      context.format === 'json'
        ? envelope('Simulate', { scenarios, cases: [] })
        : `${table(titles, rows, context.columns, context.style).join('\n')}\n`,
    );
    return exitCodes.done;
  }
  const options = optionsOf(flags);
  if (flags.stream) {
    const seed = wholeNumber('--seed', flags.seed, 0);
    await context.printAll(streamOf(simulate(scenario ?? '', seed, options)));
    return exitCodes.done;
  }
  const names = scenario === undefined ? scenarios.map(({ name }) => name) : [scenario];
  const cases = casesOf(names, flags).map((one) => ({ ...one, ...options, gzip: flags.gzip }));
  await write(context, cases);
  const rows = cases.map(({ path, scenario: name, seed }) => [path, name, String(seed)]);
  const titles = [{ title: 'case' }, { title: 'scenario' }, { title: 'seed' }];
  const listed = cases.map(({ scenario: name, seed, path }) => ({ scenario: name, seed, path }));
  await context.print(
    context.format === 'json'
      ? envelope('Simulate', { scenarios: [], cases: listed })
      : `${table(titles, rows, context.columns, context.style).join('\n')}\n`,
  );
  return exitCodes.done;
}

/** @throws {UserError} `usage` if two are named. */
function scenarioOf(named: string | undefined, flags: Flags): string | undefined {
  if (named !== undefined && flags.class !== undefined && named !== flags.class) {
    throw new UserError('usage', `two scenarios are named: ${named} and ${flags.class}`, {
      hint: `Leave out one: aidebug simulate ${named} …`,
    });
  }
  return named ?? flags.class;
}

async function write(context: Context, cases: readonly CaseRequest[]): Promise<void> {
  const { checkRoom, simulate, writeCase } = await import('../../simulate/index.ts');
  const told = ({ path, scenario, seed }: CaseRequest): void =>
    context.tell(`wrote ${path} (${scenario}, seed ${seed})`);
  const [only] = cases;
  if (only && cases.length === 1) {
    await writeCase(only.path, simulate(only.scenario, only.seed, only), { gzip: only.gzip });
    return told(only);
  }
  const { writeCases } = await import('../../simulate/cases.ts');
  const names = new Set(cases.map(({ path }) => basename(path)));
  await checkRoom(dirname(only?.path ?? ''), names);
  await writeCases(cases, told);
}

function optionsOf({ topologySeed, intensity }: Flags) {
  const strength = intensity === undefined ? undefined : Number(intensity);
  if (strength !== undefined && !(strength >= 0 && strength <= 1)) {
    throw new UserError('usage', `--intensity ${intensity}: not a number from 0 to 1`);
  }
  return {
    ...(strength !== undefined && { intensity: strength }),
    ...(topologySeed !== undefined && {
      topologySeed: wholeNumber('--topology-seed', topologySeed, 0),
    }),
  };
}

type Case = Pick<CaseRequest, 'scenario' | 'seed' | 'path'>;

/** @throws {UserError} `usage` if a flag is missing or no number. */
function casesOf(names: readonly string[], { count, seed, output }: Flags): readonly Case[] {
  if (output === undefined) {
    throw new UserError('usage', 'nowhere to write', { hint: 'Name a folder with -o DIR.' });
  }
  const first = wholeNumber('--seed', seed, 0);
  const caseAt = (path: string, at: number): Case => ({
    scenario: names[at % names.length] ?? '',
    seed: first + at,
    path,
  });
  if (count === undefined) return [caseAt(output, 0)];
  return Array.from({ length: wholeNumber('--count', count, 1) }, (_, at) =>
    caseAt(`${output}/case-${String(at + 1).padStart(4, '0')}`, at),
  );
}

function wholeNumber(flag: string, text: string | undefined, least: number): number {
  const number = Number(text);
  if (text !== undefined && /^\d{1,9}$/.test(text) && number >= least) return number;
  throw new UserError(
    'usage',
    text === undefined ? `${flag} is missing` : `${flag} ${text}: not a whole number from ${least}`,
    {
      hint: `Write ${flag} with a number: ${flag} ${Math.max(1, least)}.`,
    },
  );
}
