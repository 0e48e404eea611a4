/** `aidebug note`: what people found out, kept in the case. */
import type { Command } from 'commander';
import { exitCodes, UserError } from '../../errors.ts';
import { addCommand, type Context, type Run } from '../command.ts';

interface Flags {
  readonly on?: string;
}

const examples = `
aidebug note add "the pool was halved on Tuesday" --on service:cart
aidebug note
aidebug note rm 2
aidebug note ls --format md`;

const help = `
TARGET is what the note is about, as the screens write it (key c): case,
service:NAME, trace:ID, span:TRACE/SPAN, log:ID, "cause:SERVICE CLASS"; of ids
the first digits are enough.
Exit codes: 0 done · 2 nothing to note, no such note or target
4 no readable case`;

export function declare(program: Command, run: Run): void {
  addCommand(program, 'note', {
    summary: 'add, list or remove notes of the postmortem',
    formats: ['table', 'json', 'jsonl', 'csv', 'md'],
    examples,
  })
    .argument('[action]', 'ls, add TEXT, or rm ID', 'ls')
    .argument('[text...]')
    .option('--on <target>', 'with add: what it is about (default: case)')
    .addHelpText('after', help)
    .action(run(note));
}

async function note(
  context: Context,
  action: string,
  words: readonly string[],
  { on = 'case' }: Flags,
): Promise<number> {
  const { addNote, listNotes, removeNote } = await import('../../session.ts');
  const { isRowsFormat, rowsFormats, rowsOf } = await import('../../report/index.ts');
  if (action === 'add') {
    const now = BigInt(Date.now()) * 1_000_000n;
    const target = await targetIn(context.db, on);
    await addNote(context.db, { target, body: words.join(' '), now });
  } else if (action === 'rm') {
    for (const id of idsIn(words)) await removeNote(context.db, id);
  } else if (action !== 'ls' || words.length > 0) throw misused(`note cannot ${action}`);
  const format = isRowsFormat(context.format) ? context.format : 'table';
  const rows = rowsOf(await listNotes(context.db), ['id', 'created', 'target', 'body']);
  await context.printAll(rowsFormats[format](rows, { ...context, kind: 'Notes' }));
  return exitCodes.done;
}

/** What the note is on; only that the whole case is there needs no look. */
async function targetIn(db: string, on: string): Promise<string> {
  if (on === 'case') return on;
  const { noteTargetIn, openSession } = await import('../../session.ts');
  await using session = await openSession(db);
  return await noteTargetIn(session, on);
}

function idsIn(words: readonly string[]): readonly number[] {
  const wrong = words.find((word) => !/^\d{1,9}$/.test(word));
  if (words.length === 0 || wrong !== undefined) throw misused('rm needs the id of a note');
  return words.map(Number);
}

const misused = (message: string): UserError =>
  new UserError('usage', message, { hint: 'aidebug note --help' });
