/** `aidebug import`: dumps into a case. */
import type { Command } from 'commander';
import { exitCodes, UserError } from '../../errors.ts';
import type { FileSummary } from '../../model.ts';
import type { ImportResult } from '../../session.ts';
import { addCommand, type Context, type Run } from '../command.ts';

interface Flags {
  /** False: `--no-label`. */
  readonly label?: string | false;
  readonly new?: true;
  readonly since?: string;
  readonly until?: string;
  readonly strict?: true;
  readonly dryRun?: true;
}

const examples = `
aidebug import dump.json
aidebug import --new dumps/
aidebug import --label baseline monday.jsonl.gz
collector | aidebug import --label incident -`;

const help = `
Of a folder, files below baseline/ or incident/ get that label, others none.
T is ISO 8601, UTC where no zone is given; a span counts by its start.
Exit codes: 0 something was read (what was not is said) · 2 usage · 4 nothing
could be read · 5 with --strict: a file was unreadable, or a record skipped, bad
or cut off`;

export function declare(program: Command, run: Run): void {
  addCommand(program, 'import', {
    summary: 'read dumps of OpenTelemetry data into the case',
    formats: ['table', 'json'],
    examples,
  })
    .argument('<dump...>', 'files, folders (read recursively), or - for standard input')
    .option('--label <label>', 'name these imports: baseline, incident, or any [a-z0-9-]+')
    .option('--no-label', 'give no label, whatever the folder is called')
    .option('--new', 'start a fresh case')
    .option('--since <T>', 'leave out what is before T')
    .option('--until <T>', 'leave out what is at T or later')
    .option('--strict', 'exit 5 if anything was skipped')
    .option('--dry-run', 'read and count everything, keep nothing')
    .addHelpText('after', help)
    .action(run(importInto));
}

async function importInto(
  context: Context,
  dumps: readonly string[],
  flags: Flags,
): Promise<number> {
  const label = labelOf(flags.label);
  const { importDumps } = await import('../../session.ts');
  const { progressOn } = await import('../progress.ts');
  const progress = progressOn(process.stderr, context.quiet);
  const result = await importDumps(context.db, dumps, {
    label,
    mapping: context.mapping,
    fresh: flags.new ?? false,
    since: flags.since,
    until: flags.until,
    dryRun: flags.dryRun ?? false,
    onProgress: progress.show,
  }).finally(progress.end);
  await report(context, result);
  return flags.strict && !isComplete(result) ? exitCodes.skipped : exitCodes.done;
}

/** Undefined: by its folder; null: none. */
function labelOf(flag: string | false | undefined): string | null | undefined {
  if (flag === undefined) return undefined;
  if (flag === false) return null;
  if (/^[a-z0-9-]+$/.test(flag)) return flag;
  throw new UserError('usage', `${flag}: not a label`, {
    hint: 'Use lower-case letters, digits and hyphens, such as baseline or incident.',
  });
}

async function report(context: Context, result: ImportResult): Promise<void> {
  const { envelope, importText } = await import('../../report/index.ts');
  const { sanitise } = await import('../../text.ts');
  const { aidebugOn } = await import('../pasteable.ts');
  const unreadable = result.unreadable.map(({ path, error: { code, message } }) => ({
    path,
    code,
    message,
  }));
  const { files, totals, warnings } = result;
  for (const warning of warnings) context.warn(warning);
  for (const { message } of unreadable) context.warn(`not imported: ${sanitise(message)}`);
  if (context.format === 'json') {
    await context.print(envelope('Import', { files, totals, warnings, unreadable }));
  } else {
    await context.print(importText(result, context));
  }
  context.tell(`next: ${aidebugOn(context.db)} causes`);
}

/** Nothing skipped, bad, cut off or unreadable. */
function isComplete({ files, unreadable }: ImportResult): boolean {
  const isLossy = ({ skipped, defects }: FileSummary): boolean =>
    skipped > 0 || defects.some(({ code }) => code === 'bad-record' || code === 'truncated-input');
  return unreadable.length === 0 && !files.some(isLossy);
}
