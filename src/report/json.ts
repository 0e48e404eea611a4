/** JSON as it is published: one object with its version and kind. */
import type { Cell } from '../model.ts';

/** Raised when a field is removed or changes its meaning; fields are added without notice. */
const schemaVersion = 1;

/** One line of JSON, with a newline. */
export const envelope = (kind: string, data: unknown): string =>
  `{"schemaVersion":${schemaVersion},"kind":${jsonText(kind)},"data":${jsonText(data)}}\n`;

/**
 * Control, format and separator characters, which JSON.stringify leaves as they are beyond C0:
 * escaped, so that the output is the same data and harmless on a terminal.
 */
const unescaped = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

export const jsonText = (value: unknown): string =>
  JSON.stringify(value).replace(unescaped, (character) =>
    Array.from(
      { length: character.length },
      (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`,
    ).join(''),
  );

/** A cell of a query: integers beyond 2^53 keep their digits, what JSON cannot hold is text. */
export function cellJson(cell: Cell): string {
  if (typeof cell === 'bigint') return String(cell);
  if (typeof cell === 'number' && !Number.isFinite(cell)) return `"${cell}"`;
  return jsonText(cell);
}
