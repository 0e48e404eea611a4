/** A line of text being typed, with the keys that readline has for it. */
import type { Key } from './keys.ts';

export interface Field {
  readonly text: string;
  /** UTF-16 index before which is typed. */
  readonly at: number;
}

export const fieldOf = (text: string): Field => ({ text, at: text.length });

/** More than anybody types. */
const longest = 4_000;

const graphemes = new Intl.Segmenter();

/** The field after a key; the same one if the key does nothing in it. */
export function typedInto(field: Field, { name, text: letters }: Key): Field {
  const { text, at } = field;
  const cut = (from: number, to: number): Field => ({
    text: text.slice(0, from) + text.slice(to),
    at: from,
  });
  switch (name) {
    case 'left':
    case 'ctrl-b':
      return { text, at: before(text, at) };
    case 'right':
    case 'ctrl-f':
      return { text, at: after(text, at) };
    case 'home':
    case 'ctrl-a':
      return { text, at: 0 };
    case 'end':
    case 'ctrl-e':
      return { text, at: text.length };
    case 'backspace':
      return cut(before(text, at), at);
    case 'ctrl-d':
      return cut(at, after(text, at));
    case 'ctrl-u':
      return cut(0, at);
    case 'ctrl-k':
      return cut(at, text.length);
    case 'ctrl-w':
      return cut(
        text.slice(0, at).search(/\S+\s*$/) < 0 ? at : text.slice(0, at).search(/\S+\s*$/),
        at,
      );
    default:
      return inserted(field, letters);
  }
}

function inserted({ text, at }: Field, letters: string): Field {
  if (letters === '' || text.length + letters.length > longest) return { text, at };
  return { text: text.slice(0, at) + letters + text.slice(at), at: at + letters.length };
}

/** Where the character before begins, and where the one behind ends. */
const before = (text: string, at: number): number =>
  at - ([...graphemes.segment(text.slice(0, at))].at(-1)?.segment.length ?? 0);
const after = (text: string, at: number): number =>
  at + ([...graphemes.segment(text.slice(at))][0]?.segment.length ?? 0);

/** The word that is being typed, for completion: where it begins, and what it is so far. */
export function wordAt({ text, at }: Field): { readonly from: number; readonly word: string } {
  const [word = ''] = /[\p{L}\p{N}_.@$-]*$/u.exec(text.slice(0, at)) ?? [];
  return { from: at - word.length, word };
}

/** The word completed: as far as all candidates agree. */
export function completed(field: Field, candidates: readonly string[]): Field {
  const { from, word } = wordAt(field);
  const [first = word] = candidates;
  const shared = candidates.reduce((common, one) => {
    let length = 0;
    while (length < common.length && common[length] === one[length]) length += 1;
    return common.slice(0, length);
  }, first);
  if (shared.length < word.length) return field;
  const ending = candidates.length === 1 ? ' ' : '';
  return {
    text: `${field.text.slice(0, from)}${shared}${ending}${field.text.slice(field.at)}`,
    at: from + shared.length + ending.length,
  };
}
