/**
 * What every command is made of. Only light imports here and in `commands/`: what an action needs
 * it imports when it runs, so that `--help` starts as fast as node does.
 */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Style } from '../report/index.ts';

/** What an action may know of the outside world. */
export interface Context {
  /** Path of the case. */
  readonly db: string;
  /** True if `--db` names it. */
  readonly dbGiven: boolean;
  readonly format: string;
  readonly quiet: boolean;
  readonly style: Style;
  /** Whether colours may be used. */
  readonly color: boolean;
  /** Terminal columns that a table may take. */
  readonly columns: number;
  /** Whether that width is known; where it is not, rows are piped on and not cut. */
  readonly fitted: boolean;
  /** True if standard output is a terminal: text must then be harmless in every format. */
  readonly terminal: boolean;
  /** Draw screens with ASCII only. */
  readonly ascii: boolean;
  /** Attribute names of the user → those of the semantic conventions. */
  readonly mapping: Readonly<Record<string, string>>;
  /** Writes data to standard output. Rejects when the reader has gone (EPIPE). */
  print(text: string): Promise<void>;
  /** The same, piece by piece. */
  printAll(pieces: Iterable<string> | AsyncIterable<string>): Promise<void>;
  /** A message on standard error; none with `--quiet`. */
  tell(line: string): void;
  /** A warning on standard error, in any case. */
  warn(line: string): void;
}

/** The work of a command; resolves to its exit status. */
export type Work<Arguments extends readonly unknown[]> = (
  context: Context,
  ...args: Arguments
) => Promise<number>;

/** Makes a commander action of the work: its arguments, then its flags. */
export type Run = <Arguments extends readonly unknown[]>(
  work: Work<Arguments>,
) => (...args: unknown[]) => Promise<void>;

/** A file of `commands/`. */
export interface CommandModule {
  declare(program: Command, run: Run): void;
}

/** The flags of every command; those of `aidebug` itself may stand before the command. */
export function addCommonOptions(command: Command, formats: readonly string[]): Command {
  const format = new Option(
    '--format <name>',
    formats[0] ? `how to print (default: ${formats[0]})` : 'how to print',
  );
  return command
    .option('--db <path>', 'the case (default: $AIDEBUG_DB, else .aidebug/case.db)')
    .addOption(formats[0] ? format.choices(formats) : format)
    .option('-q, --quiet', 'no progress and no hints on standard error')
    .addOption(
      new Option('--color <when>', 'colours (default: auto)').choices(['auto', 'always', 'never']),
    );
}

/** Of an option that takes a count. */
export function countArgument(text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new InvalidArgumentError('A whole number from 0 is needed.');
}

/** Of an option that takes names: several with commas, or by being repeated. */
export const namesArgument = (text: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  ...text.split(',').map((name) => name.trim()),
];

/** A command below `aidebug`, with the flags that all have. The first format is the default. */
export function addCommand(
  program: Command,
  usage: string,
  { summary, formats, examples }: { summary: string; formats: readonly string[]; examples: string },
): Command {
  const command = program.command(usage).summary(summary);
  return addCommonOptions(command, formats).description(
    `${summary}\n\nExamples:\n${examples
      .trim()
      .split('\n')
      .map((line) => `  ${line.trim()}`)
      .join('\n')}`,
  );
}

export const exitCodesHelp = `
The flags above may also follow the command. Standard output carries data only.
Exit codes: 0 done · 1 condition found (--fail-on) · 2 usage · 3 inconclusive
(--require-cause) · 4 unreadable input or case · 5 something skipped (--strict)
70 bug`;
