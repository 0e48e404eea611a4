/** Bytes that are expected at some place, compared four at once. */
export interface Pattern {
  readonly words: Uint32Array;
  /** The last bytes, fewer than four. */
  readonly rest: Uint8Array;
  readonly length: number;
}

export function patternOf(bytes: Uint8Array, from = 0, to = bytes.length): Pattern {
  const length = to - from;
  const view = new DataView(bytes.buffer, bytes.byteOffset + from, length);
  const words = new Uint32Array(length >> 2);
  for (let i = 0; i < words.length; i += 1) words[i] = view.getUint32(i * 4, true);
  return {
    words,
    rest: Uint8Array.prototype.slice.call(bytes, from + words.length * 4, to),
    length,
  };
}

/** Whether the bytes at `at` are those of the pattern; `end` is where bytes end. */
export function matches(view: DataView, at: number, end: number, pattern: Pattern): boolean {
  if (at + pattern.length > end) return false;
  const { words, rest } = pattern;
  let next = at;
  for (let i = 0; i < words.length; i += 1) {
    if (view.getUint32(next, true) !== words[i]) return false;
    next += 4;
  }
  for (let i = 0; i < rest.length; i += 1) if (view.getUint8(next + i) !== rest[i]) return false;
  return true;
}

/** Short runs are copied faster byte by byte. Gives where the copy ends. */
export function copy(
  from: Uint8Array,
  begin: number,
  end: number,
  to: Uint8Array,
  at: number,
): number {
  if (end - begin > 64) {
    to.set(from.subarray(begin, end), at);
    return at + end - begin;
  }
  let next = at;
  for (let i = begin; i < end; i += 1) {
    to[next] = from[i] as number;
    next += 1;
  }
  return next;
}
