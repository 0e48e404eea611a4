/** The command line: declares the commands, runs one, and turns its outcome into a status. */
import { existsSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { exitCodes, UserError } from '../errors.ts';
import { packageVersion } from '../package.ts';
import {
  addCommonOptions,
  type CommandModule,
  exitCodesHelp,
  type Run,
  type Work,
} from './command.ts';

/** Every command, in the order of the help. To add one: write its file, add its line. */
const commands: Readonly<Record<string, () => Promise<CommandModule>>> = {
  import: () => import('./commands/import.ts'),
  causes: () => import('./commands/causes.ts'),
  diff: () => import('./commands/diff.ts'),
  explain: () => import('./commands/explain.ts'),
  drift: () => import('./commands/drift.ts'),
  open: () => import('./commands/open.ts'),
  show: () => import('./commands/show.ts'),
  graph: () => import('./commands/graph.ts'),
  trace: () => import('./commands/trace.ts'),
  traces: async () => (await import('./commands/list.ts')).traces,
  logs: async () => (await import('./commands/list.ts')).logs,
  metrics: async () => (await import('./commands/list.ts')).metrics,
  export: () => import('./commands/export.ts'),
  imports: () => import('./commands/imports.ts'),
  window: () => import('./commands/window.ts'),
  note: () => import('./commands/note.ts'),
  doctor: () => import('./commands/doctor.ts'),
  config: () => import('./commands/config.ts'),
  query: () => import('./commands/query.ts'),
  schema: () => import('./commands/schema.ts'),
  demo: () => import('./commands/demo.ts'),
  simulate: () => import('./commands/simulate.ts'),
  evaluate: () => import('./commands/evaluate.ts'),
};

/**
 * Runs one command line and resolves to its exit status (design: the command-line contract).
 * Signals keep their default: they end the process at once (130, 143 in a shell), also while
 * SQLite is busy, and a case is consistent at any moment.
 */
export async function main(typed: readonly string[]): Promise<number> {
  const argv = (await meansOpen(typed)) ? ['open', ...typed] : typed;
  process.stdout.on('error', ignoreClosed);
  let status: number = exitCodes.done;
  const run: Run =
    <Arguments extends readonly unknown[]>(work: Work<Arguments>) =>
    async (...all) => {
      // Commander hands over the arguments, the flags, and the command.
      process.stderr.on('error', ignoreClosed);
      const { contextOf } = await import('./context.ts');
      const context = contextOf(all.at(-1) as Command);
      status = await work(context, ...(all.slice(0, -1) as unknown as Arguments));
    };
  const asJson = wantsJson(argv);
  // Help and version keep the promise that JSON output parses: their pieces become one object.
  const help: string[] = [];
  try {
    const program = await declared(argv, run, asJson ? (text) => help.push(text) : null);
    await program.parseAsync(argv, { from: 'user' });
    return status;
  } catch (error) {
    if (help.length > 0) process.stdout.write(json('Help', { text: help.join('') }));
    return explain(error, asJson);
  }
}

/** No command, on a terminal, with a case there: that can only mean to look at it. */
async function meansOpen(argv: readonly string[]): Promise<boolean> {
  const named =
    /^--db=(.+)$/s.exec(argv[0] ?? '')?.[1] ?? (argv[0] === '--db' ? argv[1] : undefined);
  const flags = named === undefined ? 0 : argv[0] === '--db' ? 2 : 1;
  if (argv.length !== flags) return false;
  const { loadConfig, screensOf, settingsOf } = await import('../config.ts');
  const { stdin, stdout, env } = process;
  const terminal = { stdin: stdin.isTTY === true, stdout: stdout.isTTY === true };
  if (screensOf({ ascii: false }, env, terminal).kind !== 'screens') return false;
  const config = loadConfig(process.cwd(), env);
  const flagged = named === undefined ? {} : { db: named };
  return existsSync(settingsOf(flagged, config, env, stdout).db);
}

async function declared(
  argv: readonly string[],
  run: Run,
  writeOut: ((text: string) => void) | null,
): Promise<Command> {
  const program = new Command('aidebug')
    .description('Postmortem debugger: from an OpenTelemetry dump to a ranked, checkable cause.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .configureHelp({
      // Every command has options: saying so leaves no room for what it does.
      subcommandTerm: (command) =>
        `${command.name()} ${command.usage().replace('[options]', '').trim()}`.trim(),
    })
    .enablePositionalOptions()
    .exitOverride();
  if (writeOut) program.configureOutput({ writeOut });
  addCommonOptions(program, []).addHelpText('after', exitCodesHelp);
  // Loading the one command that is meant keeps the start fast; help and typing errors need all.
  const [name = ''] = argv;
  const meant = Object.hasOwn(commands, name) ? [commands[name]] : Object.values(commands);
  for (const load of meant) (await load?.())?.declare(program, run);
  return program;
}

const wantsJson = (argv: readonly string[]): boolean =>
  argv.some(
    (word, at) => word === '--format=json' || (word === '--format' && argv[at + 1] === 'json'),
  );

const json = (kind: string, data: object): string =>
  `${JSON.stringify({ schemaVersion: 1, kind, data })}\n`;

/** `aidebug … | head`: the reader has what it wanted. */
const isClosed = (error: unknown): boolean => (error as NodeJS.ErrnoException)?.code === 'EPIPE';

function ignoreClosed(error: Error): void {
  if (!isClosed(error)) throw error;
}

/** What a failure is called, and the status it ends in. */
interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
  readonly status: number;
  /** For standard error; empty if it has been printed. */
  readonly lines: readonly string[];
}

/** The one place where an error becomes words and an exit status. */
async function explain(error: unknown, asJson: boolean): Promise<number> {
  const isOver = error instanceof CommanderError && error.exitCode === 0;
  if (isOver || isClosed(error)) return exitCodes.done;
  const failure = await failureOf(error);
  for (const line of failure.lines) process.stderr.write(`${line}\n`);
  const { code, message, hint, status } = failure;
  if (asJson) process.stdout.write(json('Error', { code, message, hint }));
  return status;
}

async function failureOf(error: unknown): Promise<Failure> {
  if (error instanceof CommanderError) return wrongUsage(error);
  const { sanitise } = await import('../text.ts');
  if (error instanceof UserError) {
    const message = sanitise(error.message);
    const hint = error.hint === undefined ? null : sanitise(error.hint);
    const lines = [`aidebug: ${message}`, ...(hint === null ? [] : [hint])];
    return { code: error.code, message, hint, status: exitCodes[error.code], lines };
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const lines = stack.split('\n').map((line) => sanitise(line));
  return {
    code: 'bug',
    message: lines[0] ?? '',
    hint: null,
    status: exitCodes.bug,
    lines: ['aidebug: this is a bug', ...lines],
  };
}

/** Commander has printed its message, or the help where no command was given. */
function wrongUsage({ code, message }: CommanderError): Failure {
  return {
    code: 'usage',
    message: code === 'commander.help' ? 'no command given' : message.replace(/^error: /, ''),
    hint: 'aidebug --help',
    status: exitCodes.usage,
    lines: [],
  };
}
