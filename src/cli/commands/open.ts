/** `aidebug open`: the case on screens, for reading and moving around in it. */
import { constants } from 'node:os';
import { type Command, Option } from 'commander';
import { exitCodes, UserError } from '../../errors.ts';
import { addCommand, type Context, type Run } from '../command.ts';

interface Flags {
  readonly ascii?: true;
  readonly mouse?: true;
  readonly altScreen?: boolean;
  readonly fresh?: true;
  readonly theme?: 'auto' | 'dark' | 'light';
}

const examples = `
aidebug open
aidebug open --db other.db
aidebug open --ascii`;

const help = `
Keys: ? lists those that work where you are. Enter opens, Esc goes back,
q quits.
Without a terminal, and in CI, use aidebug causes, trace, graph or query.`;

export function declare(program: Command, run: Run): void {
  addCommand(program, 'open', {
    summary:
      'look at the case on screens: incident, causes, graph, traces, logs, metrics, diff, SQL',
    formats: [],
    examples,
  })
    .option('--ascii', 'draw with ASCII characters only')
    .addOption(
      new Option('--theme <background>', 'colours for it (default: auto)').choices([
        'auto',
        'dark',
        'light',
      ]),
    )
    .option('--mouse', 'click rows and tabs, turn the wheel (selecting text then needs Shift)')
    .option('--fresh', 'begin with the first screen, not where the case was left')
    .option('--no-alt-screen', 'leave what was drawn on the screen')
    .addHelpText('after', help)
    .action(run(openCase));
}

/** Shows the screens until the user quits. Resolves to the exit status. */
export async function openCase(
  context: Context,
  { ascii, mouse, altScreen, fresh, theme = 'auto' }: Flags,
): Promise<number> {
  const { stdin, stdout, env } = process;
  const { screensOf, themeOf } = await import('../../config.ts');
  const {
    kind,
    ascii: asciiOnly,
    reason,
  } = screensOf({ ascii: ascii === true || context.ascii }, env, {
    stdin: stdin.isTTY === true,
    stdout: stdout.isTTY === true,
  });
  if (kind === 'refused') {
    throw new UserError('usage', `the screens need a terminal: ${reason}`, {
      hint: 'Ask instead: aidebug show SCREEN, aidebug causes, aidebug trace ID, aidebug graph, aidebug query "SELECT …".',
    });
  }
  if (kind === 'plain') {
    const { shownScreen } = await import('../../tui/show.ts');
    const lines = await shownScreen(
      { place: { screen: 'incident' }, keys: [] },
      {
        db: context.db,
        look: { color: false, ascii: asciiOnly, bare: true },
        columns: context.columns,
        rows: null,
        keys: [],
      },
    );
    await context.print(`${lines.join('\n')}\n`);
    context.tell(`${reason}: go on with aidebug show causes, aidebug trace ID or aidebug query.`);
    return exitCodes.done;
  }
  const { openScreens } = await import('../../tui/open.ts');
  const { signal, kept } = await openScreens({
    db: context.db,
    look: { color: context.color, ascii: asciiOnly, theme: themeOf(theme, env) },
    stdin,
    stdout,
    modes: { alternate: altScreen !== false, mouse: mouse === true },
    fresh: fresh === true,
    throws: env.AIDEBUG_TUI_THROW === '1',
  });
  if (signal) return 128 + constants.signals[signal];
  if (kept) {
    const { aidebugOn } = await import('../pasteable.ts');
    context.tell(`case saved: ${aidebugOn(context.db)} open goes on where you left`);
  }
  return exitCodes.done;
}
