/** `aidebug show`: any screen as text. */
import { type Command, InvalidArgumentError } from 'commander';
import { exitCodes } from '../../errors.ts';
import { addCommand, type Context, type Run } from '../command.ts';

interface Flags {
  readonly plain?: true;
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
aidebug show traces --size 80x24 --keys "> > j enter"`;

const help = `
Screens: the names of the tabs, and what they open: trace ID, log ID.
--keys presses keys first, as they are named in the help of the screens, in
small letters: enter, escape, tab, space, up, ctrl-d, alt-left; others as they
are typed.
Exit codes: 0 done · 2 no such screen, trace or log · 4 no readable case`;

export function declare(program: Command, run: Run): void {
  addCommand(program, 'show', {
    summary: 'print a screen as text, for scripts and screen readers',
    formats: [],
    examples,
  })
    .argument('<screen>', 'incident, causes, graph, traces, logs, metrics, diff, sql, trace, log')
    .argument('[id]', 'of the trace or log, or how it begins')
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

/** Below this width nothing stands side by side. */
const linearColumns = 80;

async function show(
  context: Context,
  screen: string,
  id: string | undefined,
  { plain, size: wanted, keys }: Flags,
): Promise<number> {
  const { placeNamed, shownScreen } = await import('../../tui/show.ts');
  const lines = await shownScreen(placeNamed(screen, id), {
    db: context.db,
    look: plain ? { color: false, ascii: true, bare: true } : lookOf(context),
    columns: wanted?.columns ?? (plain ? linearColumns : context.columns),
    rows: wanted?.rows ?? null,
    keys: keys?.split(/\s+/).filter((key) => key !== '') ?? [],
  });
  await context.print(`${lines.join('\n')}\n`);
  return exitCodes.done;
}

/** Escape codes are for terminals only. */
const lookOf = ({ color, ascii, terminal }: Context) => ({
  color,
  ascii,
  bare: !terminal && !color,
});
