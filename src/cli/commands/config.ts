/** `aidebug config`: the settings in force, and where each comes from. */
import type { Command } from 'commander';
import { exitCodes, UserError } from '../../errors.ts';
import { addCommand, type Context, type Run } from '../command.ts';

interface Flags {
  readonly origin?: true;
  readonly db?: string;
}

const examples = `
aidebug config ls
aidebug config ls --origin
aidebug config ls --format json`;

const help = `
A flag goes before AIDEBUG_DB, AIDEBUG_COLOR, AIDEBUG_QUIET and AIDEBUG_ASCII,
these before the project's file (.aidebug/config.yaml or .json, in this folder or
above), that before the user's ($XDG_CONFIG_HOME/aidebug/config.yaml or .json).

  db: postmortem.db
  mapping:                       # your attribute names, as what they stand for
    acme.llm.model: gen_ai.request.model
    acme.team_service: service.name
Exit codes: 0 done · 2 a file that cannot be read, or a wrong value`;

export function declare(program: Command, run: Run): void {
  addCommand(program, 'config', {
    summary: 'show the settings and where they come from',
    formats: ['table', 'json', 'jsonl', 'csv', 'md'],
    examples,
  })
    .argument('[action]', 'ls', 'ls')
    .option('--origin', 'also where each comes from')
    .addHelpText('after', help.replaceAll('\\$', '$'))
    .action(run(config));
}

async function config(context: Context, action: string, flags: Flags): Promise<number> {
  if (action !== 'ls') {
    throw new UserError('usage', `config cannot ${action}`, { hint: 'aidebug config ls' });
  }
  const { loadConfig, settingLines } = await import('../../config.ts');
  const { isRowsFormat, rowsFormats, rowsOf } = await import('../../report/index.ts');
  const given = context.dbGiven ? { db: context.db } : {};
  const lines = settingLines(given, loadConfig(process.cwd(), process.env));
  const columns = ['setting', 'value', ...(flags.origin ? (['origin'] as const) : [])] as const;
  const format = isRowsFormat(context.format) ? context.format : 'table';
  const view = { ...context, kind: 'Settings' };
  await context.printAll(rowsFormats[format](rowsOf(lines, columns), view));
  return exitCodes.done;
}
