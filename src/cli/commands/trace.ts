/** `aidebug trace`: one trace as a tree. */
import type { Command } from 'commander';
import { exitCodes } from '../../errors.ts';
import { addCommand, type Context, type Run } from '../command.ts';

const examples = `
aidebug trace 4bf92f3577b34da6a3ce929d0e0e4736
aidebug trace 4bf92f35
aidebug trace 4bf92f35 --format json | jq '.data.spans[] | select(.critical)'`;

const help = `
The first digits of the id are enough. Traces of the case:
  aidebug query "SELECT * FROM traces"
Exit codes: 0 done · 2 no such trace, or several · 4 no readable case`;

export function declare(program: Command, run: Run): void {
  addCommand(program, 'trace', {
    summary: 'show one trace as a tree, with its critical path',
    formats: ['tree', 'json'],
    examples,
  })
    .argument('<id>', 'trace id, or how it begins')
    .addHelpText('after', help)
    .action(run(trace));
}

async function trace(context: Context, id: string): Promise<number> {
  const { openSession } = await import('../../session.ts');
  const { isTraceFormat, traceReports } = await import('../../report/index.ts');
  await using session = await openSession(context.db);
  const format = isTraceFormat(context.format) ? context.format : 'tree';
  // Ids are shown cut, and pasted with what cuts them.
  const data = await session.trace(id.replace(/(…|\.\.\.)$/, ''));
  await context.print(traceReports[format](data, context));
  return exitCodes.done;
}
