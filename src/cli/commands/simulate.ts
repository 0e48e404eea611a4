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
The same scenario, seed and flags give the same bytes. With --count the cases
are DIR/case-0001/…, with seeds from --seed on; without a scenario they take
turns.
--topology-seed holds the system fixed: its services, their names, hosts, calls
and what they record. --seed then draws only load, place and strength of the
fault, distractors and times; without it, --seed draws the system as well.
Intensity is drawn evenly from 0 to 1 (--list says what they mean).
--stream prints the telemetry in the order of its time, without the label.

Exit codes: 0 done · 2 usage, or DIR holds something else`;

export function declare(program: Command, run: Run): void {
  addCommand(program, 'simulate', {
    summary: 'write labelled cases of a simulated AI system with a fault',
    formats: ['table', 'json'],
    examples,
  })
    .argument('[scenario]', 'what goes wrong; without it, the scenarios are listed')
    .option('--list', 'list the scenarios, or the one that is named')
    .option('--class <name>', 'the scenario, by its fault class')
    .option('--count <n>', 'write n cases')
    .option('--seed <n>', 'of the first case, a whole number')
    .option('--topology-seed <n>', 'hold services, names, hosts fixed, whatever --seed')
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
  const { simulate, streamOf } = await import('../../simulate/index.ts');
  const scenario = await scenarioOf(named, flags);
  if (flags.list || (scenario === undefined && saysNothing(flags))) return list(context, scenario);
  const options = optionsOf(flags);
  await checkIntensity(scenario, options);
  if (flags.stream) {
    checkStream(flags);
    const seed = wholeNumber('--seed', flags.seed, seeds);
    await context.printAll(streamOf(simulate(scenario ?? unnamed(), seed, options)));
    return exitCodes.done;
  }
  const cases = (await casesOf(scenario, flags)).map((one) => ({
    ...{ ...one, ...options, gzip: flags.gzip },
  }));
  await write(context, cases);
  const rows = cases.map(({ path, scenario: name, seed }) => [path, name, String(seed)]);
  await print(context, ['case', 'scenario', 'seed'], rows, {
    scenarios: [],
    cases: cases.map(({ scenario: name, seed, path }) => ({ scenario: name, seed, path })),
  });
  return exitCodes.done;
}

const saysNothing = ({ gzip, stream, ...flags }: Flags): boolean =>
  gzip &&
  !stream &&
  [flags.count, flags.seed, flags.topologySeed, flags.intensity, flags.output].every(
    (flag) => flag === undefined,
  );

/** Of all scenarios, or of the one that is named. */
async function list(context: Context, named: string | undefined): Promise<number> {
  const { scenarios: all } = await import('../../simulate/index.ts');
  const scenarios = all.filter(({ name }) => named === undefined || name === named);
  const rows = scenarios.map(({ name, summary, range }) => [name, summary, range ?? '']);
  if (context.format === 'json' || !context.fitted) {
    const titles = ['scenario', 'what happens', 'intensity 0 … 1'];
    await print(context, titles, rows, { scenarios, cases: [] });
    return exitCodes.done;
  }
  const { padTo, wrap } = await import('../../text.ts');
  const { style, columns } = context;
  const width = Math.max(...scenarios.map(({ name }) => name.length)) + 2;
  const beside = (name: string, text: readonly string[]): string =>
    text.map((line, at) => `${padTo(at === 0 ? name : '', width)}${line}\n`).join('');
  for (const { name, summary, range } of scenarios) {
    const how = range === null ? [] : wrap(`intensity: ${range}`, columns - width).map(style.dim);
    await context.print(beside(name, [...wrap(summary, columns - width), ...how]));
  }
  return exitCodes.done;
}

/** What is piped on is not cut. */
async function print(
  { format, fitted, columns, style, ...context }: Context,
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  data: object,
): Promise<void> {
  const { envelope, table } = await import('../../report/index.ts');
  if (format === 'json') return context.print(envelope('Simulate', data));
  const width = fitted ? columns : Number.POSITIVE_INFINITY;
  const lines = table(
    titles.map((title) => ({ title })),
    rows,
    width,
    style,
  );
  return context.print(`${lines.join('\n')}\n`);
}

/** @throws {UserError} `usage` if two are named, or one that there is not. */
async function scenarioOf(named: string | undefined, flags: Flags): Promise<string | undefined> {
  if (named !== undefined && flags.class !== undefined && named !== flags.class) {
    throw new UserError('usage', `two scenarios are named: ${named} and ${flags.class}`, {
      hint: `Leave out one: aidebug simulate ${named} …`,
    });
  }
  const name = named ?? flags.class;
  if (name !== undefined) (await import('../../simulate/index.ts')).checkScenario(name);
  return name;
}

function unnamed(): never {
  throw new UserError('usage', 'no scenario is named', {
    hint: 'Name one of aidebug simulate --list, or write cases of all with --count N.',
  });
}

/** @throws {UserError} `usage` if a flag is about what is written. */
function checkStream({ count, output }: Flags): void {
  const other = count !== undefined ? '--count' : output !== undefined ? '-o' : null;
  if (other === null) return;
  throw new UserError('usage', `--stream prints one case, ${other} writes: give one of the two`, {
    hint: `Leave out ${other}, or --stream.`,
  });
}

/** @throws {UserError} `usage` if nothing of that strength goes wrong in the scenario. */
async function checkIntensity(
  scenario: string | undefined,
  { intensity }: { readonly intensity?: number },
): Promise<void> {
  const { scenarios } = await import('../../simulate/index.ts');
  const range = scenarios.find(({ name }) => name === scenario)?.range;
  if (intensity === undefined || range !== null) return;
  throw new UserError('usage', `in ${scenario} nothing is wrong: it has no --intensity`, {
    hint: 'Leave out --intensity, or name a fault of aidebug simulate --list.',
  });
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
  if (intensity !== undefined && !/^(0|1|0?\.\d+|1\.0+)$/.test(intensity)) {
    throw new UserError('usage', `--intensity ${quoted(intensity)}: not a number from 0 to 1`, {
      hint: 'Write 0 for subtle, 1 for obvious, or what lies between: --intensity 0.5.',
    });
  }
  return {
    ...(intensity !== undefined && { intensity: Number(intensity) }),
    ...(topologySeed !== undefined && {
      topologySeed: wholeNumber('--topology-seed', topologySeed, seeds),
    }),
  };
}

type Case = Pick<CaseRequest, 'scenario' | 'seed' | 'path'>;

/**
 * Cases of the scenario, or of all in turn.
 * @throws {UserError} `usage` if a flag is missing or no number.
 */
async function casesOf(
  scenario: string | undefined,
  { count, seed, output }: Flags,
): Promise<readonly Case[]> {
  const { scenarios } = await import('../../simulate/index.ts');
  if (scenario === undefined && count === undefined) unnamed();
  if (output === undefined) {
    throw new UserError('usage', 'nowhere to write', { hint: 'Name a folder with -o DIR.' });
  }
  const names = scenario === undefined ? scenarios.map(({ name }) => name) : [scenario];
  const first = wholeNumber('--seed', seed, seeds);
  const caseAt = (path: string, at: number): Case => ({
    scenario: names[at % names.length] ?? '',
    seed: first + at,
    path,
  });
  if (count === undefined) return [caseAt(output, 0)];
  return Array.from({ length: wholeNumber('--count', count, counts) }, (_, at) =>
    caseAt(`${output}/case-${String(at + 1).padStart(4, '0')}`, at),
  );
}

interface Range {
  readonly least: number;
  readonly most: number;
  readonly hint: string;
}

const seeds: Range = {
  ...{ least: 0, most: 999_999_999 },
  hint: 'Any number in that range will do: --seed 1.',
};
/** Folders of cases have four digits, so that they sort. */
const counts: Range = {
  ...{ least: 1, most: 9_999 },
  hint: 'For more cases run it again, with the next --seed and another -o.',
};

function wholeNumber(flag: string, text: string | undefined, { least, most, hint }: Range): number {
  const number = Number(text);
  if (text !== undefined && /^\d+$/.test(text) && number >= least && number <= most) return number;
  throw text === undefined
    ? new UserError('usage', `${flag} is missing`, { hint: `Write ${flag} 1.` })
    : new UserError(
        'usage',
        `${flag} ${quoted(text)}: not a whole number from ${least} to ${most}`,
        { hint: hint.replace('--seed 1', `${flag} 1`) },
      );
}

/** As it was typed; quoted where it would not be seen. */
const quoted = (text: string): string => (/^\S+$/.test(text) ? text : JSON.stringify(text));
