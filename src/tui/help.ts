/** The help: every binding that works here, generated from the bindings themselves. `/` looks for a key or word. */
import { type Field, fieldOf, typedInto } from './field.ts';
import { safe } from './glyphs.ts';
import { type Key, keyLabel } from './keys.ts';
import { cell, column, emptyLine, type Line, line, padded } from './line.ts';
import { type Motion, moved } from './list.ts';
import { type Area, actionOf, type Binding, motions } from './screen.ts';

/** The help while it is open. */
export interface Help {
  /** First line shown. */
  readonly top: number;
  /** What its lines are looked through for; empty: all of them. */
  readonly filter: Field;
  readonly typing: boolean;
}

export const helpWith = (filter: string): Help => ({
  top: 0,
  filter: fieldOf(filter),
  typing: false,
});

interface Helped {
  readonly title: string;
  readonly bindings: readonly Binding[];
}

const keysWidth = 18;

/** All of it, by group: this screen's keys first. With a filter the lines that have it. */
export function helpLines(
  { title, bindings }: Helped,
  everywhere: readonly Binding[],
  filter: string,
): readonly Line[] {
  const wanted = filter.trim();
  const groups = [group(title, bindings, wanted), group('Moving', motions, wanted)];
  const all = [...groups, group('Everywhere', everywhere, wanted)].filter(
    (lines) => lines.length > 0,
  );
  if (all.length === 0) return [line(`no key here is called or does that: ${safe(wanted, 60)}`)];
  return all.flatMap((lines, at) => (at > 0 ? [emptyLine, ...lines] : lines));
}

/** The bindings that have those letters, under their title; empty without any. */
function group(title: string, bindings: readonly Binding[], wanted: string): readonly Line[] {
  const fitting = bindings.filter(({ keys, help }) => {
    const labels = keys.map(keyLabel);
    // A letter alone is a key; else every help would have it.
    if ([...wanted].length === 1) return labels.includes(wanted);
    return [...labels, help].join(' ').toLowerCase().includes(wanted.toLowerCase());
  });
  if (fitting.length === 0 && wanted !== '') return [];
  return [
    line(title, 'bold'),
    ...fitting.map(({ keys, help }) => [
      cell('  '),
      column(keys.map(keyLabel).join(' '), keysWidth, { style: ['cyan'] }),
      cell(help),
    ]),
  ];
}

/** Rows of the help that are seen at once. */
const helpRows = ({ rows }: Area): number => Math.max(1, rows - 2);

export function helpView(lines: readonly Line[], help: Help, area: Area): readonly Line[] {
  const rows = helpRows(area);
  const below = lines.length - help.top - rows;
  const filter = help.filter.text.trim();
  const hint = filter === '' ? '/ looks for a key or word · Esc closes' : 'Esc shows all again';
  return [
    ...padded(lines.slice(help.top, help.top + rows), rows),
    emptyLine,
    line(below > 0 ? `↓ ${below} more lines · ${hint}` : hint, 'dim'),
  ];
}

/** The help after a key; null: closed; undefined: the key is none of its own. `lines`: how many there are. */
export function helpAfter(
  help: Help,
  key: Key,
  lines: number,
  area: Area,
): Help | null | undefined {
  if (help.typing) return typedIn(help, key);
  const motion = actionOf(motions, key);
  if (motion) return { ...help, top: scrolled(help.top, motion, lines, area) };
  if (key.name === '/') return { ...help, typing: true };
  if (key.name === 'escape' && help.filter.text !== '') return helpWith('');
  return ['q', 'escape', '?', 'f1'].includes(key.name) ? null : undefined;
}

function typedIn(help: Help, key: Key): Help {
  if (key.name === 'enter') return { ...help, typing: false };
  if (key.name === 'escape') return helpWith('');
  return { ...help, top: 0, filter: typedInto(help.filter, key) };
}

function scrolled(top: number, motion: Motion, lines: number, area: Area): number {
  const last = Math.max(1, lines - helpRows(area) + 1);
  return moved({ at: top, top }, motion, last, 1).top;
}
