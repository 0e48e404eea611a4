/** What is under the cursor, as what can be taken from it: id, row, JSON, Markdown, SQL, command. */
import type { Log } from '../model.ts';
import { shownLog } from './content.ts';
import { safe } from './glyphs.ts';

/** A value of a row that is taken. */
type Fact = string | number | boolean | null;

export interface Held {
  /** In words: "trace 4bf92f35". Harmless already. */
  readonly what: string;
  /** What a note on it is about. */
  readonly target: string;
  /** Null: it has none. */
  readonly id: string | null;
  /** What is known of it, by name; times in the names' units. */
  readonly facts: Readonly<Record<string, Fact>>;
  /** A statement that returns it. */
  readonly sql: string;
  /** Arguments of `aidebug` that show it; null: none do. */
  readonly command: readonly string[] | null;
}

/** A log record, wherever it stands. `revealed`: with what people and models said. */
export function heldLog(log: Log, revealed: boolean): Held {
  const { id, service, severityText, traceId, spanId } = log;
  const { body } = shownLog(log, revealed);
  return {
    what: `log record ${id}`,
    target: `log:${id}`,
    id,
    facts: { id, service, severity: severityText, body, traceId, spanId },
    sql: `SELECT * FROM logs WHERE id = ${sqlText(id)}`,
    command: ['show', 'log', id],
  };
}

export interface Taking {
  readonly key: string;
  readonly name: string;
  readonly text: string;
}

/** Everything that can be taken of it. `db`: path of the case. */
export function takingsOf(held: Held, db: string): readonly Taking[] {
  const { id, facts, sql, command } = held;
  return [
    ...(id === null ? [] : [{ key: 'i', name: 'id', text: id }]),
    { key: 'r', name: 'row', text: Object.values(facts).map(plain).join('\t') },
    { key: 'j', name: 'JSON', text: JSON.stringify(facts, null, 2) },
    { key: 'm', name: 'Markdown', text: markdownOf(facts) },
    { key: 's', name: 'SQL', text: sql },
    ...(command === null
      ? []
      : [
          {
            key: 'c',
            name: 'command',
            text: ['aidebug', ...command, '--db', db].map(shellWord).join(' '),
          },
        ]),
  ];
}

/** On one line: a row stays one. */
const plain = (value: Fact): string => (value === null ? '' : safe(String(value), 4_000));

const markdownOf = (facts: Held['facts']): string =>
  [
    `| ${Object.keys(facts).map(inTable).join(' | ')} |`,
    `|${' --- |'.repeat(Object.keys(facts).length)}`,
    `| ${Object.values(facts)
      .map((value) => inTable(plain(value)))
      .join(' | ')} |`,
    '',
  ].join('\n');

/** Telemetry in a cell: shown as it is, never as markup. */
const inTable = (text: string): string => safe(text, 1_000).replace(/[\\`*_[\]|<>&#@!~]/g, '\\$&');

/** For a POSIX shell. */
const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${safe(word).replaceAll("'", "'\\''")}'`;

/** A text in SQL. */
export const sqlText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** A value of the filter language. */
export const filterValue = (text: string): string =>
  /^[\w./-]+$/.test(text) ? text : JSON.stringify(text);
