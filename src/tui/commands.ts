/** What can be typed after `:`, and what it does. */

import type { SpanId, TraceId } from '../model.ts';
import { isLanguage } from './language.ts';
import type { Place, ScreenName } from './screen.ts';
import { tops } from './screens/index.ts';

/** What a command line leads to. */
export type Commanded =
  | { readonly go: Place }
  /** Empty: all of it. */
  | { readonly help: string }
  | { readonly quit: true }
  | { readonly filter: string }
  | { readonly note: string }
  /** The span whose id begins so; where it is has to be looked up. */
  | { readonly span: string }
  | { readonly problem: string };

/** What an argument is, for its completion: a name or id of the case, a filter of that list, SQL. */
type Argument =
  | 'service'
  | 'cause'
  | 'trace'
  | 'span'
  | 'traces'
  | 'logs'
  | 'metrics'
  /** Of the screen that is shown. */
  | 'filter'
  | 'statement';

interface Command {
  readonly name: string;
  /** What follows the name; empty: nothing. */
  readonly takes: string;
  /** True: it may be left out. */
  readonly alone?: true;
  /** What can be completed of what follows; one takes all of the text. */
  readonly arguments: readonly Argument[];
  run(rest: string): Commanded;
}

const missing = (takes: string): Commanded => ({ problem: `what is missing: ${takes}` });

/** Screens that more than their name can be said of. */
const taking: Readonly<Partial<Record<ScreenName, Pick<Command, 'takes' | 'arguments' | 'run'>>>> =
  {
    causes: {
      takes: 'a service that is a cause',
      arguments: ['cause'],
      run: (service) => ({ go: { screen: 'causes', service } }),
    },
    graph: {
      takes: 'a service',
      arguments: ['service'],
      run: (service) => ({ go: { screen: 'graph', service } }),
    },
    traces: {
      takes: 'a filter',
      arguments: ['traces'],
      run: (filter) => ({ go: { screen: 'traces', filter } }),
    },
    logs: {
      takes: 'a filter',
      arguments: ['logs'],
      run: (filter) => ({ go: { screen: 'logs', filter } }),
    },
    metrics: {
      takes: 'a filter',
      arguments: ['metrics'],
      run: (filter) => ({ go: { screen: 'metrics', filter } }),
    },
    diff: { takes: 'two trace ids', arguments: ['trace', 'trace'], run: compared },
    sql: {
      takes: 'a statement',
      arguments: [],
      run: (sql) => ({ go: { screen: 'sql', sql } }),
    },
  };

/** What tells apart what of it failed, or what passes the filter; empty: of all that failed. */
export const explained = (of: string): Place =>
  of === ''
    ? { screen: 'explain' }
    : isLanguage(of)
      ? { screen: 'explain', where: of }
      : { screen: 'explain', service: of };

function compared(rest: string): Commanded {
  const [a, b] = rest.split(/\s+/) as TraceId[];
  return a && b ? { go: { screen: 'diff', a, b } } : missing('two traces');
}

const commands: readonly Command[] = [
  ...tops.map((screen): Command => {
    const { run, ...more } = taking[screen] ?? { takes: '', arguments: [] };
    const go = { screen } as Place;
    return {
      name: screen,
      alone: true,
      ...more,
      run: (rest) => (rest === '' || !run ? { go } : run(rest)),
    };
  }),
  {
    name: 'trace',
    takes: 'an id, or how it begins',
    arguments: ['trace'],
    run: (rest) =>
      rest === ''
        ? missing('the id of a trace')
        : { go: { screen: 'trace', traceId: rest.toLowerCase() as TraceId, spanId: null } },
  },
  {
    name: 'span',
    takes: 'an id, or how it begins',
    arguments: ['span'],
    run(rest) {
      const [, traceId, spanId] = /^([0-9a-f]+)\/([0-9a-f]+)$/i.exec(rest.toLowerCase()) ?? [];
      if (traceId !== undefined && spanId !== undefined) {
        const ids = { traceId: traceId as TraceId, spanId: spanId as SpanId };
        return { go: { screen: 'trace', ...ids } };
      }
      if (/^[0-9a-f]{1,16}$/i.test(rest)) return { span: rest.toLowerCase() };
      return missing('the id of a span: hex digits');
    },
  },
  {
    name: 'service',
    takes: 'a name',
    arguments: ['service'],
    run: (rest) =>
      rest === '' ? missing('a service') : { go: { screen: 'graph', service: rest } },
  },
  {
    name: 'explain',
    takes: 'a service, or a filter',
    alone: true,
    arguments: ['traces'],
    run: (rest) => ({ go: explained(rest) }),
  },
  {
    name: 'select',
    takes: 'the rest of a statement',
    arguments: ['statement'],
    run: (rest) => ({ go: { screen: 'sql', sql: `SELECT ${rest}` } }),
  },
  { name: 'compare', takes: 'two trace ids', arguments: ['trace', 'trace'], run: compared },
  {
    name: 'filter',
    takes: 'a filter',
    arguments: ['filter'],
    run: (rest) => ({ filter: rest }),
  },
  {
    name: 'note',
    takes: 'a text',
    arguments: [],
    run: (rest) => (rest === '' ? missing('what to note') : { note: rest }),
  },
  { name: 'notes', takes: '', arguments: [], run: () => ({ go: { screen: 'notes' } }) },
  {
    name: 'help',
    takes: 'a key or word to look for',
    alone: true,
    arguments: [],
    run: (rest) => ({ help: rest }),
  },
  { name: 'quit', takes: '', arguments: [], run: () => ({ quit: true }) },
];

/** Names that begin like the text, while only the name is typed. */
export const commandNames = (text: string): readonly string[] =>
  /\s/.test(text) ? [] : commands.map(({ name }) => name).filter((name) => name.startsWith(text));

/** All commands, with what they take. */
export const commandList: readonly Pick<Command, 'name' | 'takes' | 'alone'>[] = commands;

/** The command of that name, or whose name alone begins so; null: none, or several. */
export function commandOf(name: string): Command | null {
  const begin = name.toLowerCase();
  const fitting = commands.filter((command) => command.name.startsWith(begin));
  const exact = fitting.find((command) => command.name === begin);
  return exact ?? (fitting.length === 1 ? (fitting[0] ?? null) : null);
}

/** A name may be cut where it is told from the others. */
export function commanded(text: string): Commanded {
  const [, name = '', rest = ''] = /^\s*(\S*)\s*(.*)$/s.exec(text) ?? [];
  const command = name === '' ? null : commandOf(name);
  if (command) return command.run(rest.trim());
  const names = name === '' ? [] : commandNames(name.toLowerCase());
  return {
    problem: `no such command: ${names.length > 0 ? names.join(', ') : `${name} · Tab lists them`}`,
  };
}
