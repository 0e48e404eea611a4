/** `aidebug query`: SQL over the public views. */
import type { Command } from 'commander';
import { exitCodes } from '../../errors.ts';
import { addCommand, type Context, type Run } from '../command.ts';

const examples = `
aidebug query "SELECT service, spans, errors FROM services"
aidebug query --format json "SELECT * FROM causes" | jq '.data.rows[0]'
echo "SELECT count(*) FROM logs" | aidebug query -`;

const help = `
One statement that only reads. The tables: aidebug schema sql
A query on causes or evidence runs the diagnosis first, if none is stored.
Exit codes: 0 done, also without rows · 2 SQL refused · 4 no readable case`;

export function declare(program: Command, run: Run): void {
  addCommand(program, 'query', {
    summary: 'ask the case in SQL',
    formats: ['table', 'json', 'jsonl', 'csv', 'md'],
    examples,
  })
    .argument('<sql>', 'a SELECT, or - for standard input')
    .addHelpText('after', help)
    .action(run(query));
}

async function query(context: Context, sql: string): Promise<number> {
  const { openSession } = await import('../../session.ts');
  const { isRowsFormat, rowsFormats } = await import('../../report/index.ts');
  await using session = await openSession(context.db);
  const result = await session.query(sql === '-' ? await standardInput() : sql);
  const format = isRowsFormat(context.format) ? context.format : 'table';
  await context.printAll(rowsFormats[format](result, context));
  return exitCodes.done;
}

async function standardInput(): Promise<string> {
  process.stdin.setEncoding('utf8');
  let text = '';
  for await (const chunk of process.stdin) text += chunk;
  return text;
}
