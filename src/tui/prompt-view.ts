/** The line that is asked for, and what a command can be completed to. */
import { displayWidth, endOf } from '../text.ts';
import { completionIn } from './command-line.ts';
import { commandNames, commandOf } from './commands.ts';
import type { Field } from './field.ts';
import type { Frame, Prompt } from './frame.ts';
import { safe } from './glyphs.ts';
import { cell, column, cut, type Line, line, reversed } from './line.ts';
import type { Area } from './screen.ts';

/** With the cursor in it. */
export const fieldText = ({ text, at }: Field): string =>
  safe(`${text.slice(0, at)}▏${text.slice(at)}`, 5_000);

/** The end of a long text is seen, where it is typed. */
export function promptLine(frame: Frame, { label, field, purpose }: Prompt): Line {
  const { columns } = frame;
  const shown = fieldText(field);
  const room = Math.max(10, columns - displayWidth(label) - 3);
  const hint = purpose.ask === 'command' ? commandHint(field.text) : '';
  return cut([cell(` ${label} `, 'bold'), cell(endOf(shown, room)), cell(hint, 'dim')], columns);
}

/** What may stand there: names, or what follows the name. */
function commandHint(text: string): string {
  const names = commandNames(text);
  if (names.length > 0) return `   Tab: ${names.join(' ')}`;
  const [, name, rest = ''] = /^\s*(\S+)\s+(.*)$/s.exec(text) ?? [];
  const takes = name === undefined ? '' : (commandOf(name)?.takes ?? '');
  return takes === '' || rest !== '' ? '' : `   ${takes}`;
}

/** Candidates that are seen at once. */
const mostSeen = 8;

/** The last lines of the screen, while candidates for a command stand there. */
export function candidateLines(
  frame: Frame,
  prompt: Prompt,
  { columns, rows }: Area,
): readonly Line[] {
  if (prompt.purpose.ask !== 'command' || !/\S\s/.test(prompt.field.text)) return [];
  const { candidates, more } = completionIn(frame, prompt);
  if (candidates.length === 0) {
    return prompt.looked?.reply === null ? [line(' looking …', 'dim')] : [];
  }
  const at = prompt.chosen?.at ?? -1;
  const room = Math.min(mostSeen, Math.max(1, Math.floor(rows / 2)));
  const top = Math.max(0, Math.min(at - Math.floor(room / 2), candidates.length - room));
  const widest = Math.max(
    ...candidates.map(({ text, label = text }) => displayWidth(safe(label, 200))),
  );
  const width = Math.min(widest, Math.max(20, columns - 40));
  const listed = candidates
    .slice(top, top + room)
    .map(({ text, label = text, detail }, index): Line => {
      const current = top + index === at;
      const cells = [
        cell(current ? '▸' : ' '),
        column(safe(label, 200), width, { style: ['cyan'] }),
        cell('  '),
        cell(safe(detail, 200), 'dim'),
      ];
      return current ? reversed(cells, columns) : cut(cells, columns);
    });
  const count = candidates.length > room ? `${candidates.length} fit` : '';
  const tail = ['Tab ↑ ↓ choose', more ?? count].filter((part) => part !== '').join(' · ');
  return [line('─'.repeat(columns), 'dim'), ...listed, line(` ${tail}`, 'dim')];
}
