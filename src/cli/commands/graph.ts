/** `aidebug graph`: who calls whom. */
import type { Command } from 'commander';
import { exitCodes } from '../../errors.ts';
import { addCommand, type Context, type Run } from '../command.ts';

const examples = `
aidebug graph
aidebug graph --format dot | dot -Tsvg > services.svg
aidebug graph --format json | jq '.data.nodes[] | select(.observed | not).service'`;

const help = `
Services that sent no span are known from their callers, and marked with ?.
Exit codes: 0 done · 2 usage · 4 no readable case`;

export function declare(program: Command, run: Run): void {
  addCommand(program, 'graph', {
    summary: 'show which services call which, with errors and latency',
    formats: ['tree', 'dot', 'mermaid', 'json'],
    examples,
  })
    .addHelpText('after', help)
    .action(run(graph));
}

async function graph(context: Context): Promise<number> {
  const { openSession } = await import('../../session.ts');
  const { graphReports, isGraphFormat } = await import('../../report/index.ts');
  await using session = await openSession(context.db);
  const format = isGraphFormat(context.format) ? context.format : 'tree';
  await context.print(graphReports[format](await session.serviceGraph(), context));
  return exitCodes.done;
}
