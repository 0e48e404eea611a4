/** `aidebug schema`: what can be queried, and what JSON output looks like. */
import type { Command } from 'commander';
import { exitCodes, UserError } from '../../errors.ts';
import { addCommand, type Context, type Run } from '../command.ts';

const examples = `
aidebug schema sql
aidebug schema json Causes`;

const help = `
sql prints the public views, as runnable SQL with a comment a column.
json prints the JSON Schema (2020-12) of the output of that kind.
Exit codes: 0 done · 2 usage`;

export function declare(program: Command, run: Run): void {
  addCommand(program, 'schema', {
    summary: 'print the tables to query, or the shape of JSON output',
    formats: ['table', 'json'],
    examples,
  })
    .argument('<what>', 'sql or json')
    .argument('[kind]', 'of json: Import, Causes, Explain, Drift, Query, Graph, Trace, Simulate, …')
    .addHelpText('after', help)
    .action(run(schema));
}

async function schema(context: Context, what: string, kind: string | undefined): Promise<number> {
  const { envelope, jsonSchema, schemaKinds } = await import('../../report/index.ts');
  if (what === 'sql' && kind === undefined) {
    const { viewsSql } = await import('../../session.ts');
    const sql = viewsSql();
    await context.print(context.format === 'json' ? envelope('Schema', { sql }) : sql);
    return exitCodes.done;
  }
  const found = what === 'json' && kind !== undefined ? jsonSchema(kind) : null;
  if (found === null) {
    throw new UserError(
      'usage',
      `schema ${[what, kind].filter(Boolean).join(' ')}: no such schema`,
      {
        hint: `Write: aidebug schema sql, or aidebug schema json with one of ${schemaKinds.join(', ')}.`,
      },
    );
  }
  // A schema is a JSON document of its own, in no envelope: validators take it as it is.
  await context.print(`${JSON.stringify(found, null, 2)}\n`);
  return exitCodes.done;
}
