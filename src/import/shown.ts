/** Characters that move a cursor, ring a bell or reorder text, and halves of surrogate pairs: they stay out of messages. */
const unsafe =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\p{Cs}]/gu;

/** `text` on one line, without control characters, cut to `length` characters. */
export function shown(text: string, length = 200): string {
  const cut = text.length > length ? `${text.slice(0, length)}…` : text;
  return cut.replace(unsafe, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Any value found in a dump, for a message: at most 120 characters of it. */
export function shownValue(value: unknown): string {
  if (typeof value === 'string') return `"${shown(value, 120)}"`;
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  return String(value);
}
