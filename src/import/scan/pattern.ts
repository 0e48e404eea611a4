/**
 * Bytes that are expected at some place, compared eight at once: as doubles, because of all that
 * are read in one piece these are the longest that cost no object. Equal bytes are equal doubles,
 * but for NaN, and different bytes are different doubles, but for the two zeros: what holds such
 * bytes matches nothing and is read in full each time. Of text that is only what has DEL or NUL.
 */
export interface Pattern {
  readonly doubles: Float64Array;
  /** The last bytes, fewer than eight. */
  readonly rest: Uint8Array;
  readonly length: number;
}

export function patternOf(bytes: Uint8Array, from = 0, to = bytes.length): Pattern {
  const length = to - from;
  const view = new DataView(bytes.buffer, bytes.byteOffset + from, length);
  const doubles = new Float64Array(length >> 3);
  for (let i = 0; i < doubles.length; i += 1) {
    const value = view.getFloat64(i * 8, true);
    doubles[i] = value === 0 ? Number.NaN : value;
  }
  const rest = Uint8Array.prototype.slice.call(bytes, from + doubles.length * 8, to);
  return { doubles, rest, length };
}

/** Whether the bytes at `at` are those of the pattern; `end` is where bytes end. */
export function matches(view: DataView, at: number, end: number, pattern: Pattern): boolean {
  if (at + pattern.length > end) return false;
  const { doubles, rest } = pattern;
  let next = at;
  for (let i = 0; i < doubles.length; i += 1) {
    if (view.getFloat64(next, true) !== doubles[i]) return false;
    next += 8;
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
