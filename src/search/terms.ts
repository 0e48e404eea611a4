/** Terms of the filter language out of what was found: the way back from a finding to its records. */
import type { ContrastTerm } from '../model.ts';

/**
 * The term as it is typed; null for an attribute of an event, which the language has no word for.
 * A text with `*` in it, which stands for any text there, may let more pass.
 */
export function filterTerm({ of, key, value, range }: ContrastTerm): string | null {
  if (of === 'event') return null;
  const name = of === 'field' ? key : `@${/^[^\s:=<>!"()]+$/.test(key) ? key : quoted(key)}`;
  const number = of === 'field' && key === 'dur' ? durationText : String;
  if (range === null) {
    return `${name}=${typeof value === 'number' ? number(value) : quotedIfNeeded(String(value))}`;
  }
  const { from, below } = range;
  const parts = [
    ...(from === null ? [] : [`${name}>=${number(from)}`]),
    ...(below === null ? [] : [`${name}<${number(below)}`]),
  ];
  return parts.length === 0 ? `${name}` : parts.join(' ');
}

/** Nanoseconds in the largest unit that says them exactly. */
function durationText(ns: number): string {
  const units = [
    ['s', 1e9],
    ['ms', 1e6],
    ['us', 1e3],
  ] as const;
  const found = units.find(([, size]) => {
    const text = String(ns / size);
    return ns >= size && /^\d+(\.\d{1,3})?$/.test(text) && Number(text) * size === ns;
  });
  return found ? `${ns / found[1]}${found[0]}` : `${ns}ns`;
}

const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;

export const quotedIfNeeded = (text: string): string =>
  /^[^\s"()\\]+$/.test(text) ? text : quoted(text);
