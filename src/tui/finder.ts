/** Go to anything: everything of the case that has a name, found by a few letters of it. */
import type { Note, Overview, TemplateLine } from '../model.ts';
import { isContent } from '../semantics/index.ts';
import { shownTemplate } from './content.ts';
import { type Field, fieldOf, typedInto } from './field.ts';
import { type Matched, soughtIn, tracesFound } from './finder-traces.ts';
import { safe } from './glyphs.ts';
import { filterValue } from './held.ts';
import type { Key } from './keys.ts';
import { cell, column, cut, emptyLine, type Line, line, reversed } from './line.ts';
import { ranked } from './ranking.ts';
import type { Area, Place } from './screen.ts';

/** Something that can be gone to. */
export interface Findable {
  readonly kind:
    | 'cause'
    | 'service'
    | 'operation'
    | 'statement'
    | 'metric'
    | 'attribute'
    | 'note'
    | 'command'
    | 'trace'
    | 'traces';
  readonly text: string;
  /** What else is known of it. */
  readonly detail: string;
  readonly go: Place | { readonly command: string };
}

/** Names that have to be looked up in the case. */
export interface Names {
  readonly statements: readonly Pick<TemplateLine, 'service' | 'template' | 'content'>[];
  readonly metrics: readonly { readonly metric: string; readonly service: string }[];
  readonly attributes: readonly { readonly key: string; readonly value: string }[];
}

export interface Finder {
  readonly field: Field;
  readonly at: number;
  /** The filter that is looked up, or was; null: none. */
  readonly asked: string | null;
  /** What came of it. */
  readonly matched: Matched | null;
}

export const emptyFinder: Finder = { field: fieldOf(''), at: 0, asked: null, matched: null };

/** The filter that is to be looked up; null: none, or it is already. */
export function wantedBy({ field, asked }: Finder): string | null {
  const sought = soughtIn(field.text.trim());
  return sought && 'filter' in sought && sought.filter !== asked ? sought.filter : null;
}

/** With what came of the filter, and the cursor on what it was on. */
export function withMatched(finder: Finder, items: readonly Findable[], matched: Matched): Finder {
  if (matched.filter !== finder.asked) return finder;
  const current = foundBy(items, finder).items[finder.at];
  const next = { ...finder, matched };
  const place = JSON.stringify(current?.go);
  const at = foundBy(items, next).items.findIndex(({ go }) => JSON.stringify(go) === place);
  return { ...next, at: finder.at === 0 ? 0 : Math.max(0, at) };
}

const prefixes: Readonly<Record<string, readonly Findable['kind'][]>> = {
  '>': ['command'],
  '@': ['service'],
  $: ['attribute'],
  '!': ['note'],
};

/** What is known without looking anything up. */
export const findablesIn = ({ diagnosis, services, sides }: Overview): readonly Findable[] => [
  ...diagnosis.causes.map(
    ({ rank, service, faultClass, band }): Findable => ({
      kind: 'cause',
      text: `#${rank} ${service} ${faultClass}`,
      detail: band,
      go: { screen: 'causes', service },
    }),
  ),
  ...services.map(
    ({ service, rank }): Findable => ({
      kind: 'service',
      text: service,
      detail: rank === null ? '' : `cause #${rank}`,
      go: { screen: 'graph', service },
    }),
  ),
  ...sides.operations.map(
    ({ service, operation }): Findable => ({
      kind: 'operation',
      text: operation,
      detail: service,
      go: {
        screen: 'traces',
        filter: `service=${filterValue(service)} name=${filterValue(operation)}`,
      },
    }),
  ),
];

export const findablesOf = ({ statements, metrics, attributes }: Names): readonly Findable[] => [
  ...statements.map(
    ({ service, template, content }): Findable => ({
      kind: 'statement',
      text: shownTemplate({ template, content }, false),
      detail: service,
      go: { screen: 'lines', service, template },
    }),
  ),
  ...metrics.map(
    ({ metric, service }): Findable => ({
      kind: 'metric',
      text: metric,
      detail: service,
      go: { screen: 'metrics', filter: metric },
    }),
  ),
  ...attributes
    .filter(({ key }) => !isContent(key))
    .map(
      ({ key, value }): Findable => ({
        kind: 'attribute',
        text: `${key} = ${value}`,
        detail: '',
        go: { screen: 'traces', filter: `@${key}=${filterValue(value)}` },
      }),
    ),
];

export const findableNotes = (notes: readonly Note[]): readonly Findable[] =>
  notes.map(({ target, body }) => ({
    kind: 'note',
    text: body,
    detail: target,
    go: { screen: 'notes' },
  }));

/** Results that a person looks through. */
const mostFound = 100;

/** What can be opened for what was typed. */
interface Found {
  readonly items: readonly Findable[];
  /** Why it is no filter, where it looks like one; null: it does not. */
  readonly problem: string | null;
}

/** Best first; without a text all of them, in their order. Of the same the same. */
const foundIn = remembered(
  (items: readonly Findable[], text: string, matched: Matched | null): Found => {
    const sought = soughtIn(text);
    const problem = sought && 'problem' in sought ? sought.problem : null;
    const isFilter = sought !== null && 'filter' in sought && !sought.isId;
    const kinds = isFilter ? undefined : prefixes[text.slice(0, 1)];
    const wanted = kinds ? text.slice(1).trim() : text.replace(/^#/, '');
    const named = kinds ? ofKinds(items, kinds) : items;
    if (wanted === '') return { items: named.slice(0, mostFound), problem: null };
    const { found, close } = ranked(named, wanted, mostFound);
    const traces =
      sought && 'filter' in sought && !(kinds && sought.isId) ? tracesFound(sought, matched) : [];
    const before = isFilter || text.startsWith('#') ? 0 : close;
    return {
      items: [...found.slice(0, before), ...traces, ...found.slice(before)].slice(0, mostFound),
      problem,
    };
  },
);

/** The same list for the same kinds: it is indexed once. */
const ofKinds = remembered((items: readonly Findable[], kinds: readonly Findable['kind'][]) =>
  items.filter(({ kind }) => kinds.includes(kind)),
);

/** What was made last of the same is not made again: it is asked for at every key, and drawn. */
function remembered<Args extends readonly unknown[], Result>(make: (...args: Args) => Result) {
  let last: { readonly args: Args; readonly result: Result } | null = null;
  return (...args: Args): Result => {
    if (!last || args.some((arg, at) => arg !== last?.args[at])) {
      last = { args, result: make(...args) };
    }
    return last.result;
  };
}

/** What is found for what stands in the finder. */
export const foundBy = (items: readonly Findable[], { field, matched }: Finder): Found =>
  foundIn(items, field.text.trim(), matched);

/** The finder after a key; what was chosen; or closed (null). */
export function inFinder(
  finder: Finder,
  found: readonly Findable[],
  key: Key,
): Finder | Findable | null {
  const moved = (by: number): Finder => ({
    ...finder,
    at: Math.max(0, Math.min(found.length - 1, finder.at + by)),
  });
  switch (key.name) {
    case 'escape':
      return null;
    case 'enter':
      return found[finder.at] ?? finder;
    case 'up':
    case 'ctrl-p':
      return moved(-1);
    case 'down':
    case 'ctrl-n':
      return moved(1);
    default: {
      const field = typedInto(finder.field, key);
      return { ...finder, field, at: field.text === finder.field.text ? finder.at : 0 };
    }
  }
}

export const isFound = (result: Finder | Findable): result is Findable => 'kind' in result;

export function finderView(
  finder: Finder,
  items: readonly Findable[],
  isReading: boolean,
  { columns, rows }: Area,
): readonly Line[] {
  const { field, at } = finder;
  const { items: found, problem } = foundBy(items, finder);
  const all = isReading ? 'names that are being read …' : String(items.length);
  const room = Math.max(1, rows - 4);
  const top = Math.max(0, Math.min(at - Math.floor(room / 2), found.length - room));
  const text = safe(`${field.text.slice(0, field.at)}▏${field.text.slice(field.at)}`, 200);
  const detailWidth = Math.min(30, Math.floor(columns / 3));
  const listed = found.slice(top, top + room).map((one, index): Line => {
    const current = top + index === at;
    const cells = [
      cell(current ? '▸' : ' '),
      column(one.kind, 11, { style: ['dim'] }),
      column(safe(one.text, 300), columns - 14 - detailWidth),
      cell(' '),
      column(safe(one.detail, 100), detailWidth, { style: ['dim'] }),
    ];
    return current ? reversed(cells, columns) : cut(cells, columns);
  });
  const none =
    problem !== null
      ? safe(problem, 300)
      : field.text === ''
        ? 'nothing is known yet'
        : 'nothing has such a name';
  return [
    cut([cell(' go to  ', 'bold'), cell(text)], columns),
    line(
      ` ${found.length} of ${all} · > command  @ service  $ attribute  ! note  # trace id or filter`,
      'dim',
    ),
    emptyLine,
    ...(listed.length > 0 ? listed : [line(` ${none}`, 'dim')]),
  ].slice(0, rows);
}
