/** The edge: flags, environment and terminal of this run, as the actions see them. */
import type { Command } from 'commander';
import { type CommonFlags, loadConfig, settingsOf } from '../config.ts';
import { UserError } from '../errors.ts';
import { ansi, plain } from '../report/index.ts';
import type { Context } from './command.ts';

/** @throws {UserError} `usage` if the command cannot print in the format asked for. */
export function contextOf(command: Command): Context {
  // Flags after the command win over the same flags before it.
  const flags: CommonFlags = { ...command.parent?.opts(), ...command.opts() };
  const { stdout, stderr, env } = process;
  const config = loadConfig(process.cwd(), env);
  const settings = settingsOf(flags, config, env, stdout);
  const { db, quiet, color, columns, fitted, ascii, mapping } = settings;
  for (const warning of config.warnings) stderr.write(`aidebug: ${warning}\n`);
  return {
    db,
    dbGiven: flags.db !== undefined,
    format: formatOf(command, flags.format),
    quiet,
    style: color ? ansi : plain,
    color,
    columns,
    fitted,
    terminal: stdout.isTTY === true,
    ascii,
    mapping,
    print,
    async printAll(pieces) {
      let waiting = '';
      for await (const piece of pieces) {
        waiting += piece;
        if (waiting.length < writeSize) continue;
        await print(waiting);
        waiting = '';
      }
      if (waiting !== '') await print(waiting);
    },
    tell(line) {
      if (!quiet) stderr.write(`${line}\n`);
    },
    warn(line) {
      stderr.write(`aidebug: ${line}\n`);
    },
  };
}

/** Pieces are gathered to about this many characters before they are written. */
const writeSize = 64 * 1024;

const print = (text: string): Promise<void> =>
  new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });

function formatOf(command: Command, wish: string | undefined): string {
  const option = command.options.find(({ long }) => long === '--format');
  const known = option?.argChoices ?? [];
  if (wish !== undefined && !known.includes(wish)) {
    throw new UserError('usage', `${command.name()} cannot print ${wish}`, {
      hint: `Pass --format with one of: ${known.join(', ')}.`,
    });
  }
  return wish ?? known[0] ?? 'table';
}
