/** `aidebug window`: which windows of the case are compared. */
import type { Command } from 'commander';
import { exitCodes, UserError } from '../../errors.ts';
import { addCommand, type Context, type Run } from '../command.ts';

const examples = `
aidebug window
aidebug window incident 2026-07-12T14:02Z/2026-07-12T14:47Z
aidebug window incident -45m
aidebug window baseline monday
aidebug window incident auto`;

const help = `
SPEC is FROM/TO (ISO 8601, or counted back from the end of the data: -45m/-5m),
-45m (up to the end of the data), a label, trace:ID, or auto: found by aidebug.
What is chosen is kept in the case; --baseline and --incident of causes and open
go before it.
Exit codes: 0 done · 2 no such window, or no data in it · 4 no readable case`;

export function declare(program: Command, run: Run): void {
  addCommand(program, 'window', {
    summary: 'show or choose the windows that are compared',
    formats: ['table', 'json', 'jsonl', 'csv', 'md'],
    examples,
  })
    .argument('[name]', 'baseline or incident')
    .argument('[spec]')
    // -45m is no flag.
    .allowUnknownOption()
    .addHelpText('after', help)
    .action(run(window));
}

async function window(context: Context, name?: string, spec?: string): Promise<number> {
  const { caseWindows, chooseWindow } = await import('../../session.ts');
  const { isRowsFormat, rowsFormats, rowsOf } = await import('../../report/index.ts');
  if (name !== undefined) {
    if ((name !== 'baseline' && name !== 'incident') || spec === undefined) {
      throw new UserError('usage', 'a window is baseline or incident, and has a SPEC', {
        hint: 'aidebug window --help',
      });
    }
    await chooseWindow(context.db, name, spec);
  }
  const rows = rowsOf(await caseWindows(context.db), ['name', 'source', 'spec', 'from', 'to']);
  const format = isRowsFormat(context.format) ? context.format : 'table';
  await context.printAll(rowsFormats[format](rows, { ...context, kind: 'Windows' }));
  return exitCodes.done;
}
