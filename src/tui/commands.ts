/** What can be typed after `:`, and what it does. */

import type { TraceId } from '../model.ts';
import type { Place } from './screen.ts';
import { tops } from './screens/index.ts';

/** What a command line leads to. */
export type Commanded =
  | { readonly go: Place }
  | { readonly help: true }
  | { readonly quit: true }
  | { readonly filter: string }
  | { readonly note: string }
  | { readonly problem: string };

interface Command {
  readonly name: string;
  /** What follows the name; empty: nothing. */
  readonly takes: string;
  run(rest: string): Commanded;
}

const missing = (takes: string): Commanded => ({ problem: `what is missing: ${takes}` });

const commands: readonly Command[] = [
  ...tops.map(
    (screen): Command => ({
      name: screen,
      takes: '',
      run: (rest) =>
        rest === '' || !['traces', 'logs', 'metrics'].includes(screen)
          ? { go: { screen } }
          : { go: { screen, filter: rest } as Place },
    }),
  ),
  {
    name: 'trace',
    takes: 'an id, or how it begins',
    run: (rest) =>
      rest === ''
        ? missing('the id of a trace')
        : { go: { screen: 'trace', traceId: rest.toLowerCase() as TraceId, spanId: null } },
  },
  {
    name: 'service',
    takes: 'a name',
    run: (rest) =>
      rest === '' ? missing('a service') : { go: { screen: 'graph', service: rest } },
  },
  {
    name: 'select',
    takes: 'the rest of a statement',
    run: (rest) => ({ go: { screen: 'sql', sql: `SELECT ${rest}` } }),
  },
  {
    name: 'compare',
    takes: 'two trace ids',
    run(rest) {
      const [a, b] = rest.split(/\s+/) as TraceId[];
      return a && b ? { go: { screen: 'diff', a, b } } : missing('two traces');
    },
  },
  { name: 'filter', takes: 'a filter', run: (rest) => ({ filter: rest }) },
  {
    name: 'note',
    takes: 'a text',
    run: (rest) => (rest === '' ? missing('what to note') : { note: rest }),
  },
  { name: 'notes', takes: '', run: () => ({ go: { screen: 'notes' } }) },
  { name: 'help', takes: '', run: () => ({ help: true }) },
  { name: 'quit', takes: '', run: () => ({ quit: true }) },
];

/** Names that begin like the text, while only the name is typed. */
export const commandNames = (text: string): readonly string[] =>
  /\s/.test(text) ? [] : commands.map(({ name }) => name).filter((name) => name.startsWith(text));

/** All commands, with what they take. */
export const commandList: readonly { readonly name: string; readonly takes: string }[] = commands;

/** A name may be cut where it is told from the others. */
export function commanded(text: string): Commanded {
  const [, name = '', rest = ''] = /^\s*(\S*)\s*(.*)$/s.exec(text) ?? [];
  const exact = commands.find((command) => command.name === name.toLowerCase());
  const fitting = commands.filter((command) => command.name.startsWith(name.toLowerCase()));
  const command = exact ?? (fitting.length === 1 ? fitting[0] : undefined);
  if (name === '' || !command) {
    const names = fitting.map((one) => one.name);
    const hint = fitting.length > 1 && name !== '' ? `: ${names.join(', ')}` : '';
    return { problem: `no such command${hint}` };
  }
  return command.run(rest.trim());
}
