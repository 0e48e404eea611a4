/** What may stand next on the command line: names of the case, ids that are looked up, fields of filters. */
import { fieldNames, fieldValues } from '../search/index.ts';
import { formatDuration } from '../text.ts';
import { commandNames, commandOf } from './commands.ts';
import { type Field, fieldOf, wordAt } from './field.ts';
import type { Findable } from './finder.ts';
import { counted } from './health.ts';
import { filterValue } from './held.ts';
import type {
  MatchingSpans,
  MatchingTraces,
  Question,
  Reply,
  ScreenName,
  Subjects,
} from './screen.ts';
import { namesAt } from './screens/sql-names.ts';

/** Something that the text can be completed to. */
export interface Candidate {
  readonly text: string;
  /** What stands in the list for it; left out: the text. */
  readonly label?: string;
  /** What else is known of it. */
  readonly detail: string;
}

/** What is known of the case by now. */
export interface Known {
  /** Which is shown: a filter may be of its list. */
  readonly screen: ScreenName;
  readonly items: readonly Findable[];
  /** The last that was looked up, and what came of it. */
  readonly looked: { readonly question: Question; readonly reply: Reply | null } | null;
}

export interface Completion {
  /** UTF-16 index from which a candidate replaces the text. */
  readonly from: number;
  readonly candidates: readonly Candidate[];
  /** In words, where these are some of more, which may begin otherwise. */
  readonly more?: string | undefined;
}

/** More are no choice. */
const mostCandidates = 100;

/** Where the argument begins that is being typed, and of which kind it is; null: a name, or nothing fits. */
function argumentIn(text: string) {
  const [begin = '', name = ''] = /^\s*(\S+)\s+/.exec(text) ?? [];
  const command = begin === '' ? null : commandOf(name);
  if (!command) return null;
  const rest = text.slice(begin.length);
  const isMany = command.arguments.length > 1;
  const before = isMany ? rest.split(/\s+/).length - 1 : 0;
  const kind = command.arguments[before];
  const word = isMany ? (rest.split(/\s+/).at(-1) ?? '') : rest;
  return kind === undefined ? null : { kind, word, from: text.length - word.length };
}

/** What has to be looked up to complete that text; null: nothing. */
export function questionOf(text: string): Question | null {
  const argument = argumentIn(text);
  switch (argument?.kind) {
    case 'trace': {
      const begin = idBegin(argument.word);
      // A whole id needs no completion.
      return begin === null || begin.length === idDigits
        ? null
        : { ask: 'matching', filter: `trace=${begin}*` };
    }
    case 'span': {
      const begin = idBegin(argument.word);
      return begin === null || begin === '' ? null : { ask: 'spans', begin };
    }
    case 'statement':
      return { ask: 'tables' };
    default:
      return null;
  }
}

const idDigits = 32;

/** Whether what is being typed is completed to names of the case. */
export function takesName(text: string): boolean {
  const kind = argumentIn(text)?.kind;
  return kind !== undefined && !['trace', 'span', 'statement'].includes(kind);
}

const idBegin = (word: string): string | null =>
  /^[0-9a-f]{0,32}$/i.test(word) ? word.toLowerCase() : null;

/** What the end of the text can be completed to. */
export function completionOf({ text, at }: Field, known: Known): Completion {
  const written = text.slice(0, at);
  const argument = argumentIn(written);
  if (argument === null) {
    const from = written.length - written.trimStart().length;
    const candidates = commandNames(written.trimStart()).map((name) => ({
      text: name,
      detail: '',
    }));
    return { from, candidates };
  }
  const { kind, word, from } = argument;
  switch (kind) {
    case 'service':
    case 'cause':
      return { from, candidates: named(known.items, kind, word) };
    case 'traces':
    case 'logs':
    case 'metrics':
      return filterTerms(written, kind, known.items);
    case 'filter':
      return filterTerms(written, known.screen, known.items);
    case 'trace':
    case 'span':
      return { from, ...idsIn(known, questionOf(written)) };
    case 'statement': {
      const tables = (answerOf(known, { ask: 'tables' }) ?? []) as Subjects['sql']['tables'];
      const part = wordAt({ text: written, at: written.length });
      const before = `SELECT ${written.slice(from, part.from)}`;
      const names = namesAt(before, part.word, `SELECT ${text.slice(from)}`, tables);
      return { from: part.from, candidates: plain(names) };
    }
  }
}

const plain = (names: readonly string[]): readonly Candidate[] =>
  names.slice(0, mostCandidates).map((text) => ({ text, detail: '' }));

/** Those that begin with the letters; where none does, those that have them. */
function fitting(all: readonly Candidate[], word: string): readonly Candidate[] {
  const letters = word.toLowerCase();
  const begin = all.filter(({ text }) => text.toLowerCase().startsWith(letters));
  const fits =
    begin.length > 0 ? begin : all.filter(({ text }) => text.toLowerCase().includes(letters));
  return fits.slice(0, mostCandidates);
}

/** Names of that kind, each once. */
function named(
  items: readonly Findable[],
  kind: 'service' | 'cause' | 'metric' | 'operation',
  word: string,
): readonly Candidate[] {
  const found = new Map<string, Candidate>();
  for (const one of items) {
    if (one.kind !== kind) continue;
    const text = kind === 'cause' && 'service' in one.go ? (one.go.service ?? '') : one.text;
    const detail = kind === 'cause' ? `${one.text} · ${one.detail}` : one.detail;
    if (!found.has(text)) found.set(text, { text, detail });
  }
  return fitting([...found.values()], word);
}

function answerOf({ looked }: Known, question: Question | null): unknown {
  if (!looked?.reply || JSON.stringify(looked.question) !== JSON.stringify(question)) return null;
  return 'answer' in looked.reply ? looked.reply.answer : null;
}

/** Ids that were looked up. */
function idsIn(known: Known, question: Question | null): Omit<Completion, 'from'> {
  const answer = answerOf(known, question);
  if (answer === null) return { candidates: [] };
  if (question?.ask === 'spans') {
    const { spans, more } = answer as MatchingSpans;
    const candidates = spans.map(({ traceId, spanId, service, name }) => ({
      text: `${traceId}/${spanId}`,
      label: spanId,
      detail: `${service} ${name}, in trace ${traceId.slice(0, 8)}`,
    }));
    return { candidates, more: more ? 'there are more' : undefined };
  }
  const { traces, total } = answer as MatchingTraces;
  const candidates = traces.map(({ traceId, service, name, durationMs, failed }) => ({
    text: traceId,
    detail: [
      service,
      name,
      durationMs === null ? '?' : formatDuration(durationMs),
      ...(failed ? ['✗ failed'] : []),
    ].join(' '),
  }));
  const more = total > traces.length ? `the longest of ${counted(total, 'trace')}` : undefined;
  return { candidates, more };
}

/** What the filter of a screen can compare. Screens without names here: services at least. */
function fieldsOf(screen: ScreenName): readonly string[] {
  switch (screen) {
    case 'traces':
      return fieldNames('traces');
    case 'lines':
      return fieldNames('logs');
    case 'logs':
      return ['service', 'level', 'statement', 'count', 'change'];
    case 'metrics':
      return ['metric', 'service', 'instance', 'layer', 'unit', 'moved'];
    default:
      return ['service'];
  }
}

/** The last term of a filter: a field, or the value of one that has names. */
function filterTerms(text: string, of: ScreenName, items: readonly Findable[]): Completion {
  const [token = ''] = /(?:"[^"]*"?|[^\s"])*$/.exec(text) ?? [];
  const term = token.replace(/^[-!]/, '');
  const from = text.length - term.length;
  const [, name, sign = '', value = ''] = /^(\w+)(=|:|!=)(.*)$/s.exec(term) ?? [];
  if (name !== undefined) {
    const word = value.replace(/^"/, '');
    const candidates = fitting(valuesOf(name, items), word);
    return { from: from + name.length + sign.length, candidates };
  }
  if (term.startsWith('@')) {
    const attributes = items.flatMap(({ kind, go }) =>
      kind === 'attribute' && 'filter' in go ? [{ text: go.filter ?? '', detail: '' }] : [],
    );
    return { from, candidates: fitting(attributes, term) };
  }
  const fields = fieldsOf(of).map((field) => ({ text: `${field}=`, detail: '' }));
  const begin = fields.filter((field) => field.text.startsWith(term.toLowerCase()));
  const metrics = of === 'metrics' && term !== '' ? named(items, 'metric', term) : [];
  return { from, candidates: [...begin, ...metrics] };
}

const namedBy: Readonly<Record<string, 'service' | 'metric' | 'operation'>> = {
  service: 'service',
  svc: 'service',
  metric: 'metric',
  name: 'operation',
  operation: 'operation',
  op: 'operation',
};

/** Values that the field can have, as a filter writes them. */
function valuesOf(field: string, items: readonly Findable[]): readonly Candidate[] {
  const kind = namedBy[field];
  if (kind === undefined) return plain(fieldValues(field));
  return named(items, kind, '').map((one) => ({ ...one, text: filterValue(one.text) }));
}

/** The text with the candidate in the place of its end. */
export const filledIn = ({ text, at }: Field, from: number, candidate: string): Field => {
  const before = text.slice(0, from) + candidate;
  return { ...fieldOf(before + text.slice(at)), at: before.length };
};

/** What all candidates begin with. */
export const sharedIn = (candidates: readonly Candidate[]): string =>
  candidates
    .map(({ text }) => text)
    .reduce((shared, text) => {
      let length = 0;
      while (length < shared.length && shared[length] === text[length]) length += 1;
      return shared.slice(0, length);
    });
