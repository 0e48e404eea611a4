/** `aidebug simulate`: labelled cases of a distributed AI system with a known fault. */
import type { Command } from 'commander';
import { exitCodes, UserError } from '../../errors.ts';
import { addCommand, type Context, type Run } from '../command.ts';

interface Flags {
  readonly list?: true;
  readonly count?: string;
  readonly seed?: string;
  readonly output?: string;
  readonly gzip: boolean;
}

interface Case {
  readonly scenario: string;
  readonly seed: number;
  readonly path: string;
}

const examples = `
aidebug simulate --list
aidebug simulate stale-data --seed 5 -o case
aidebug simulate --count 20 --seed 1 -o cases`;

const help = `
The same scenario and seed give the same bytes. With --count N the cases are
DIR/case-0001/…, with seeds N, N+1, …; without a scenario they take turns.
Exit codes: 0 done · 2 usage, or DIR holds something else`;

export function declare(program: Command, run: Run): void {
  addCommand(program, 'simulate', {
    summary: 'write labelled cases of a simulated AI system with a fault',
    formats: ['table', 'json'],
    examples,
  })
    .argument('[scenario]', 'what goes wrong; without it, the scenarios are listed')
    .option('--list', 'list the scenarios')
    .option('--count <n>', 'write n cases')
    .option('--seed <n>', 'of the first case, a whole number')
    .option('-o, --output <dir>', 'where to write')
    .option('--no-gzip', 'write plain .jsonl files')
    .addHelpText('after', help)
    .action(run(simulateInto));
}

async function simulateInto(
  context: Context,
  scenario: string | undefined,
  flags: Flags,
): Promise<number> {
  const { scenarios, simulate, writeCase } = await import('../../simulate/index.ts');
  const { envelope, table } = await import('../../report/index.ts');
  if (flags.list || (scenario === undefined && flags.count === undefined)) {
    const rows = scenarios.map(({ name, summary }) => [name, summary]);
    const titles = [{ title: 'scenario' }, { title: 'what happens' }];
    await context.print(
      context.format === 'json'
        ? envelope('Simulate', { scenarios, cases: [] })
        : `${table(titles, rows, context.columns, context.style).join('\n')}\n`,
    );
    return exitCodes.done;
  }
  const names = scenario === undefined ? scenarios.map(({ name }) => name) : [scenario];
  const cases = casesOf(names, flags);
  for (const { scenario: name, seed, path } of cases) {
    await writeCase(path, simulate(name, seed), { gzip: flags.gzip });
    context.tell(`wrote ${path} (${name}, seed ${seed})`);
  }
  const rows = cases.map(({ path, scenario: name, seed }) => [path, name, String(seed)]);
  const titles = [{ title: 'case' }, { title: 'scenario' }, { title: 'seed' }];
  await context.print(
    context.format === 'json'
      ? envelope('Simulate', { scenarios: [], cases })
      : `${table(titles, rows, context.columns, context.style).join('\n')}\n`,
  );
  return exitCodes.done;
}

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
