/** `aidebug imports`: what the case was made of, and taking parts of it back. */
import { type Command, Option } from 'commander';
import { exitCodes, UserError } from '../../errors.ts';
import { addCommand, type Context, type Run } from '../command.ts';

interface Flags {
  readonly none?: true;
}

const examples = `
aidebug imports
aidebug imports label 2 incident
aidebug imports label monday.jsonl.gz --none
aidebug imports rm 3`;

const help = `
An import is named by its id, or by its path or the end of it. rm keeps what
another import brought too. The result is always the list as it is then.
Exit codes: 0 done · 2 no or several such imports · 4 no readable case`;

export function declare(program: Command, run: Run): void {
  addCommand(program, 'imports', {
    summary: 'list, label or remove the imports of the case',
    formats: ['table', 'json', 'jsonl', 'csv', 'md'],
    examples,
  })
    .argument('[action]', 'ls, rm IMPORT..., or label IMPORT LABEL', 'ls')
    .argument('[import...]')
    .addOption(new Option('--none', 'with label: take the label away'))
    .addHelpText('after', help)
    .action(run(imports));
}

async function imports(
  context: Context,
  action: string,
  names: readonly string[],
  { none }: Flags,
): Promise<number> {
  const { editImports, listImports } = await import('../../session.ts');
  const { isRowsFormat, rowsFormats, rowsOf } = await import('../../report/index.ts');
  if (action === 'rm') {
    if (names.length === 0) throw misused('rm needs an import');
    await editImports(context.db, async (store) => {
      for (const name of names) await store.removeImport(name);
    });
  } else if (action === 'label') {
    const [name, label, more] = names;
    const isWhole = more === undefined && (label === undefined) === (none === true);
    if (name === undefined || !isWhole)
      throw misused('label needs an import and a label or --none');
    if (label !== undefined && !/^[a-z0-9-]+$/.test(label)) {
      throw misused(`${label}: a label is made of a-z, 0-9 and -`);
    }
    await editImports(context.db, (store) => store.labelImport(name, label ?? null));
  } else if (action !== 'ls' || names.length > 0) throw misused(`imports cannot ${action}`);
  const format = isRowsFormat(context.format) ? context.format : 'table';
  const rows = rowsOf(await listImports(context.db), [
    'id',
    'path',
    'label',
    'format',
    'spans',
    'logs',
    'metricPoints',
    'duplicates',
    'skipped',
    ...(format === 'table' ? [] : (['sha256'] as const)),
  ]);
  await context.printAll(rowsFormats[format](rows, { ...context, kind: 'Imports' }));
  return exitCodes.done;
}

const misused = (message: string): UserError =>
  new UserError('usage', message, { hint: 'aidebug imports --help' });
