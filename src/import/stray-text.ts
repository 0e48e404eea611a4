/** Text that stands where a JSON value should begin, and begins with neither `{` nor `[`. */

export interface Stray {
  /** `scalar`: a bare value. `odd`: a few bytes that hide nothing. `text`: whatever it is. */
  readonly kind: 'scalar' | 'odd' | 'text';
  /** Of a scalar or of odd bytes all, of text up to the end of its line. */
  readonly length: number;
}

/** Bytes of it that are looked at, and kept. */
export const strayBytes = 160;

const token = /^"[^"\\\n]*"|^[^\s,\]{}[]*/;
const scalar = /^(?:null|true|false|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|"[^"\\]*")$/;
/**
 * Where two values meet, as a damaged line break. White space is what JSON has for it: a vertical
 * tab is a line break with a bit flipped.
 */
const oddBytes = /^[^ \t\r\n"{}[\],]{1,16}(?=\{")/;

/** What begins with `begin`, of which each character is one byte. */
export function strayAt(begin: string): Stray {
  const [odd] = oddBytes.exec(begin) ?? [];
  if (odd !== undefined) return { kind: 'odd', length: odd.length };
  const { length } = (token.exec(begin) as RegExpExecArray)[0];
  if (scalar.test(begin.slice(0, length))) return { kind: 'scalar', length };
  return { kind: 'text', length: begin.split('\n', 1)[0]?.length ?? 0 };
}
