/** `aidebug show`: any screen as text. */
import { type Command, InvalidArgumentError } from 'commander';
import { exitCodes } from '../../errors.ts';
import { addCommand, type Context, type Run } from '../command.ts';

interface Flags {
  readonly plain?: boolean;
  readonly size?: Size;
  readonly keys?: string;
}

interface Size {
  readonly columns: number;
  readonly rows: number;
}

const examples = `
aidebug show incident
aidebug show causes --plain
aidebug show trace 4bf92f35
aidebug show metric http.server.request.duration cart
aidebug show traces --format json
aidebug show traces --size 80x24 --keys "> > j enter"`;

const help = `
Screens: the names of the tabs, notes, and what they open: trace ID, log ID,
metric NAME with the service where several have it, explain with a service or
a filter: which attribute values tell its failures from the rest.
--format json and the others print the rows of a screen that is a list.
--keys presses keys first, as they are named in the help of the screens, in
small letters: enter, escape, tab, space, up, ctrl-d, alt-left; others as they
are typed.
--plain is 200 columns wide, if --size does not say otherwise.
Exit codes: 0 done · 2 no such screen, trace, log, metric or key, no rows
4 no readable case`;

export function declare(program: Command, run: Run): void {
  addCommand(program, 'show', {
    summary: 'print a screen as text or its rows, for scripts and screen readers',
    formats: ['text', 'json', 'jsonl', 'csv', 'md', 'table'],
    examples,
  })
    .argument(
      '<screen>',
      `incident, causes, graph, traces, logs, metrics, diff, sql, notes, explain, trace, log, metric`,
    )
    .argument('[id]', 'of the trace or log, or how it begins; name of the metric')
    .argument('[service]', 'of the metric')
    .option('--plain', 'ASCII, no colours, everything below each other')
    .option('--size <columns>x<rows>', 'as a terminal of that size shows it, with its frame', size)
    .option('--keys <keys>', 'what to press first, with spaces between')
    .addHelpText('after', help)
    .action(run(show));
}

function size(text: string): Size {
  const [, columns, rows] = /^(\d{1,4})x(\d{1,4})$/.exec(text) ?? [];
  if (columns !== undefined) return { columns: Number(columns), rows: Number(rows) };
  throw new InvalidArgumentError('Write COLUMNSxROWS, as 80x24.');
}

/** Of plain text: room for whole rows, with all their columns. */
const plainColumns = 200;

async function show(
  context: Context,
  screen: string,
  id: string | undefined,
  service: string | undefined,
  { plain = false, size: wanted, keys = '' }: Flags,
): Promise<number> {
  const { keysNamed, shownRows, shownScreen, targetNamed } = await import('../../tui/show.ts');
  const target = targetNamed(screen, id, service);
  const shown = {
    db: context.db,
    look: plain ? { color: false, ascii: true, bare: true } : lookOf(context),
    columns: wanted?.columns ?? (plain ? plainColumns : context.columns),
    rows: wanted?.rows ?? null,
    linear: plain,
    keys: keysNamed(keys),
  };
  if (context.format !== 'text') {
    await context.printAll(shownRows(target, context.format, shown));
    return exitCodes.done;
  }
  const lines = await shownScreen(target, shown);
  await context.print(`${lines.join('\n')}\n`);
  return exitCodes.done;
}

/** Escape codes are for terminals only. */
const lookOf = ({ color, ascii, terminal }: Context) => ({
  color,
  ascii,
  bare: !terminal && !color,
});
