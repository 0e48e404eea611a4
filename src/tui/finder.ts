/** Go to anything: everything of the case that has a name, found by a few letters of it. */
import Fuse from 'fuse.js';
import type { Note, Overview, TemplateLine, TraceId } from '../model.ts';
import { isContent } from '../semantics/index.ts';
import { shownTemplate } from './content.ts';
import { type Field, fieldOf, typedInto } from './field.ts';
import { safe } from './glyphs.ts';
import { filterValue } from './held.ts';
import type { Key } from './keys.ts';
import { cell, column, cut, emptyLine, type Line, line, reversed } from './line.ts';
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
    | 'trace';
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
}

export const emptyFinder: Finder = { field: fieldOf(''), at: 0 };

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

const indexes = new WeakMap<readonly Findable[], Fuse<Findable>>();

/** Best first; without a text all of them, in their order. */
export function foundIn(items: readonly Findable[], { field }: Finder): readonly Findable[] {
  const text = field.text.trim();
  const id = /^#?([0-9a-f]{6,32})$/.exec(text)?.[1];
  const traces: readonly Findable[] =
    id === undefined
      ? []
      : [
          {
            kind: 'trace',
            text: id,
            detail: 'the trace that begins so',
            go: { screen: 'trace', traceId: id as TraceId, spanId: null },
          },
        ];
  const kinds = prefixes[text.slice(0, 1)];
  const wanted = kinds ? text.slice(1).trim() : text;
  const passes = ({ kind }: Findable): boolean => !kinds || kinds.includes(kind);
  if (wanted === '') return items.filter(passes).slice(0, mostFound);
  const index = indexes.get(items) ?? new Fuse(items, fuzzily);
  indexes.set(items, index);
  const found = index.search(wanted, { limit: kinds ? items.length : mostFound });
  return [...traces, ...found.map(({ item }) => item).filter(passes)].slice(0, mostFound);
}

/** Letters may stand anywhere; two in five of them may be wrong or left out. */
const fuzzily = { keys: ['text', 'detail'], ignoreLocation: true, threshold: 0.4 };

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
      return { field, at: field.text === finder.field.text ? finder.at : 0 };
    }
  }
}

export const isFound = (result: Finder | Findable): result is Findable => 'kind' in result;

export function finderView(
  { field, at }: Finder,
  found: readonly Findable[],
  all: number,
  { columns, rows }: Area,
): readonly Line[] {
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
  const none = field.text === '' ? 'nothing is known yet' : 'nothing has such a name';
  return [
    cut([cell(' go to  ', 'bold'), cell(text)], columns),
    line(
      ` ${found.length} of ${all} · > command  @ service  $ attribute  ! note  # trace id`,
      'dim',
    ),
    emptyLine,
    ...(listed.length > 0 ? listed : [line(` ${none}`, 'dim')]),
  ].slice(0, rows);
}
