/** Names and values in two columns: how details of a record are written on every screen. */
import type { AttributeValue } from '../model.ts';
import { wrap } from '../text.ts';
import { safe } from './glyphs.ts';
import { cell, column, type Line, line } from './line.ts';

/** A value longer than this is cut: nobody reads on, and it would be wrapped at every key. */
const longestValue = 2_000;
const mostAttributes = 200;

/** `name  value`, the value wrapped below itself. */
export function factLines(
  name: string,
  value: string,
  columns: number,
  width = 12,
): readonly Line[] {
  const room = Math.max(8, columns - width - 1);
  const parts = wrap(safe(value, longestValue), room);
  return (parts.length === 0 ? [''] : parts).map((part, at) => [
    column(at === 0 ? safe(name, 80) : '', width, { style: ['dim'] }),
    cell(' '),
    cell(part),
  ]);
}

/** Attributes by name, each as `name value`, where they fit on one line, else one below the other. */
export function attributeLines(
  attributes: Readonly<Record<string, unknown>>,
  columns: number,
): readonly (readonly Line[])[] {
  const names = Object.keys(attributes).sort();
  const shown = names.slice(0, mostAttributes).map((name) => {
    const value = valueText(attributes[name] as AttributeValue);
    return attribute(safe(name, 120), safe(value, longestValue), columns);
  });
  const left = names.length - shown.length;
  return left > 0 ? [...shown, [line(`… ${left} more`, 'dim')]] : shown;
}

function attribute(name: string, value: string, columns: number): readonly Line[] {
  const whole = wrap(`${name} ${value}`, columns);
  // On several lines, those after the first are indented.
  const [first = '', ...rest] = whole.length > 1 ? wrap(`${name} ${value}`, columns - 2) : whole;
  // The name is dimmed as far as it stands on the first line.
  const cutAt = Math.min(name.length, first.length);
  return [
    [cell(first.slice(0, cutAt), 'dim'), cell(first.slice(cutAt))],
    ...rest.map((part) => line(`  ${part}`)),
  ];
}

export const valueText = (value: AttributeValue | undefined): string =>
  typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
