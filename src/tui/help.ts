/** The help: every binding that works here, generated from the bindings themselves. */
import { keyLabel } from './keys.ts';
import { cell, column, emptyLine, type Line, line, padded } from './line.ts';
import { type Area, type Binding, motions } from './screen.ts';

interface Helped {
  readonly title: string;
  readonly bindings: readonly Binding[];
}

const keysWidth = 18;

/** All of it, by group: this screen's keys first. */
export function helpLines(screen: Helped, everywhere: readonly Binding[]): readonly Line[] {
  return [
    ...group(`${screen.title}`, screen.bindings),
    emptyLine,
    ...group('Moving', motions),
    emptyLine,
    ...group('Everywhere', everywhere),
  ];
}

const group = (title: string, bindings: readonly Binding[]): readonly Line[] => [
  line(title, 'bold'),
  ...bindings.map(({ keys, help }) => [
    cell('  '),
    column(keys.map(keyLabel).join(' '), keysWidth, { style: ['cyan'] }),
    cell(help),
  ]),
];

/** Rows of the help that are seen at once. */
export const helpRows = ({ rows }: Area): number => Math.max(1, rows - 2);

export function helpView(lines: readonly Line[], top: number, area: Area): readonly Line[] {
  const rows = helpRows(area);
  const below = lines.length - top - rows;
  return [
    ...padded(lines.slice(top, top + rows), rows),
    emptyLine,
    line(below > 0 ? `↓ ${below} more lines · Esc closes` : 'Esc closes', 'dim'),
  ];
}
