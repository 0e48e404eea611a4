/**
 * The spans of one trace in a few bytes each, linked: what every analysis of all spans reads,
 * instead of the rows.
 *
 *     kind of pack, count, key of the first span, first start (8 bytes)       of a linked pack
 *       head, place of the parent, start, duration, key, id (8 bytes)         each span, by start
 *     JSON text of what few spans have
 *
 * Numbers are unsigned LEB128; starts and keys count from the first. A trace that needs the rules
 * of `linkTrace` (two spans of one id, a cycle, a time that cannot be used) is packed unlinked.
 */
import type { Attributes } from '../model.ts';

/**
 * A span on its way into a pack: words of 32 bits. Ids and times are two words each; of an id the
 * high one comes first, of a time the low one, as `BigInt64Array` has it in memory.
 */
export const spanWords = 12;
export const word = {
  trace: 0,
  key: 1,
  head: 2,
  /** Bits: 1 telling attributes of its own, 2 links. */
  marks: 3,
  id: 4,
  parent: 6,
  start: 8,
  end: 10,
} as const;

/** The high word of `noTime`: no time of our days has it. */
const noTimeWord = 0x8000_0000;

/** What few spans have, by the place of the span in the pack. */
export interface PackTail {
  /** Telling attributes that the head does not hold. */
  readonly attributes?: Readonly<Record<number, Attributes>>;
  readonly links?: Readonly<Record<number, readonly (readonly [trace: string, span: string])[]>>;
}

export const linked = 1;
const unlinked = 2;

const none = -1;
const orphan = -2;
const twoTo32 = 2 ** 32;

/** The places of the spans of `words` by start, then id. */
function placesByStart(words: Uint32Array): Uint32Array {
  const count = words.length / spanWords;
  const places = new Uint32Array(count);
  for (let next = 0; next < count; next += 1) {
    let at = next;
    // Mostly sorted already: spans of one service come in the order of their ends.
    for (; at > 0 && comesAfter(words, places[at - 1] as number, next); at -= 1) {
      places[at] = places[at - 1] as number;
    }
    places[at] = next;
    if (next - at > 10_000) return sortedPlaces(words, count);
  }
  return places;
}

function sortedPlaces(words: Uint32Array, count: number): Uint32Array {
  const places = Uint32Array.from({ length: count }, (_, index) => index);
  return places.sort((a, b) => {
    if (comesAfter(words, a, b)) return 1;
    return comesAfter(words, b, a) ? -1 : 0;
  });
}

/** Whether the span at place `a` comes after that at `b`. Times without a value come last. */
function comesAfter(words: Uint32Array, a: number, b: number): boolean {
  const one = a * spanWords;
  const other = b * spanWords;
  const starts = compared(words, one + word.start + 1, other + word.start + 1, -1);
  if (starts !== 0) return starts > 0;
  const ids = compared(words, one + word.id, other + word.id, 1);
  if (ids !== 0) return ids > 0;
  return (words[one + word.key] as number) > (words[other + word.key] as number);
}

/** Numbers of two words; the low one stands `step` behind the high one. */
function compared(words: Uint32Array, a: number, b: number, step: number): number {
  const high = (words[a] as number) - (words[b] as number);
  return high === 0 ? (words[a + step] as number) - (words[b + step] as number) : high;
}

/** Places of the parents, `none` or `orphan`; null if the trace must be linked by its rules. */
function parentsOf(words: Uint32Array, places: Uint32Array): Int32Array | null {
  const parents = new Int32Array(places.length);
  const find = places.length > 24 ? finderById(words, places) : searcherById(words, places);
  for (let place = 0; place < places.length; place += 1) {
    const at = (places[place] as number) * spanWords;
    const own = find(words[at + word.id] as number, words[at + word.id + 1] as number);
    if (own !== place || !isTimed(words, at)) return null;
    const above = parentAt(words, at, find);
    if (above === place) return null;
    parents[place] = above;
  }
  return hasCycle(parents) ? null : parents;
}

function parentAt(words: Uint32Array, at: number, find: Find): number {
  const high = words[at + word.parent] as number;
  const low = words[at + word.parent + 1] as number;
  if (high === 0 && low === 0) return none;
  const above = find(high, low);
  return above < 0 ? orphan : above;
}

/** Both times are there, and the end is not before the start. */
function isTimed(words: Uint32Array, at: number): boolean {
  const startHigh = words[at + word.start + 1] as number;
  const endHigh = words[at + word.end + 1] as number;
  if (startHigh === noTimeWord || endHigh === noTimeWord) return false;
  if (startHigh !== endHigh) return endHigh > startHigh;
  return (words[at + word.end] as number) >= (words[at + word.start] as number);
}

/** The place of an id; -1 if there is none. */
type Find = (high: number, low: number) => number;

/** Few spans are compared faster than hashed. */
function searcherById(words: Uint32Array, places: Uint32Array): Find {
  return (high, low) => {
    for (let place = 0; place < places.length; place += 1) {
      const at = (places[place] as number) * spanWords + word.id;
      if (words[at + 1] === low && words[at] === high) return place;
    }
    return -1;
  };
}

function finderById(words: Uint32Array, places: Uint32Array): Find {
  const byId = new Map<number, Map<number, number>>();
  for (const [place, span] of places.entries()) {
    const at = span * spanWords + word.id;
    const [high, low] = [words[at] as number, words[at + 1] as number];
    const same = byId.get(high) ?? new Map<number, number>();
    byId.set(high, same);
    // The first of those with one id, as the search finds it: the others are then not at home.
    if (!same.has(low)) same.set(low, place);
  }
  return (high, low) => byId.get(high)?.get(low) ?? -1;
}

function hasCycle(parents: Int32Array): boolean {
  // Where every parent comes before its children there is none.
  if (parents.every((parent, place) => parent < place)) return false;
  const walkOf = new Int32Array(parents.length).fill(none);
  for (let start = 0; start < parents.length; start += 1) {
    let place = start;
    while (place >= 0 && walkOf[place] === none) {
      walkOf[place] = start;
      place = parents[place] as number;
    }
    if (place >= 0 && walkOf[place] === start) return true;
  }
  return false;
}

/** Bytes being written; one buffer for all packs, because a pack is copied out of it. */
let scratch = new Uint8Array(64 * 1024);
let written = 0;

function put(value: number): void {
  let rest = value;
  while (rest >= 0x80) {
    scratch[written] = (rest % 0x80) | 0x80;
    written += 1;
    rest = rest < twoTo32 ? rest >>> 7 : Math.floor(rest / 0x80);
  }
  scratch[written] = rest;
  written += 1;
}

/** A word, low byte first. */
function putWord(value: number): void {
  scratch[written] = value & 0xff;
  scratch[written + 1] = (value >>> 8) & 0xff;
  scratch[written + 2] = (value >>> 16) & 0xff;
  scratch[written + 3] = value >>> 24;
  written += 4;
}

/** The most bytes of a span in either kind of pack. */
const mostSpanBytes = 64;

/**
 * The pack of one trace. `tailOf` is asked with the places of marked spans; it gives what they have.
 */
export function packTrace(
  words: Uint32Array,
  tailOf: (places: Uint32Array) => PackTail | null,
): Uint8Array {
  const places = placesByStart(words);
  const needed = (places.length + 1) * mostSpanBytes;
  if (scratch.length < needed) scratch = new Uint8Array(2 * needed);
  written = 0;
  const parents = parentsOf(words, places);
  if (parents === null) putUnlinked(words, places);
  else putLinked(words, places, parents);
  const tail = tailOf(places);
  if (tail === null) return scratch.slice(0, written);
  const text = new TextEncoder().encode(JSON.stringify(tail));
  const pack = new Uint8Array(written + text.length);
  pack.set(scratch.subarray(0, written));
  pack.set(text, written);
  return pack;
}

function putLinked(words: Uint32Array, places: Uint32Array, parents: Int32Array): void {
  const first = (places[0] as number) * spanWords;
  const baseLow = words[first + word.start] as number;
  const baseHigh = words[first + word.start + 1] as number;
  let firstKey = Number.POSITIVE_INFINITY;
  for (let at = word.key; at < words.length; at += spanWords) {
    if ((words[at] as number) < firstKey) firstKey = words[at] as number;
  }
  put(linked);
  put(places.length);
  put(firstKey);
  putWord(baseLow);
  putWord(baseHigh);
  for (let place = 0; place < places.length; place += 1) {
    const at = (places[place] as number) * spanWords;
    const parent = parents[place] as number;
    const start = ns(words, at + word.start, baseLow, baseHigh);
    put(words[at + word.head] as number);
    put(parent + 2);
    put(start);
    put(ns(words, at + word.end, baseLow, baseHigh) - start);
    put((words[at + word.key] as number) - firstKey);
    putWord(words[at + word.id] as number);
    putWord(words[at + word.id + 1] as number);
    if (parent !== orphan) continue;
    putWord(words[at + word.parent] as number);
    putWord(words[at + word.parent + 1] as number);
  }
}

/** A time from a base; exact up to 104 days. */
const ns = (words: Uint32Array, at: number, low: number, high: number): number =>
  ((words[at + 1] as number) - high) * twoTo32 + ((words[at] as number) - low);

function putUnlinked(words: Uint32Array, places: Uint32Array): void {
  put(unlinked);
  put(places.length);
  for (const place of places) {
    const at = place * spanWords;
    put(words[at + word.head] as number);
    put(words[at + word.key] as number);
    for (const part of [word.id, word.parent, word.start, word.end]) {
      putWord(words[at + part] as number);
      putWord(words[at + part + 1] as number);
    }
  }
}

/** Whether two spans of the trace have one id. */
export function repeatsId(words: Uint32Array): boolean {
  const ids = new Set<string>();
  for (let at = word.id; at < words.length; at += spanWords)
    ids.add(`${words[at]} ${words[at + 1]}`);
  return ids.size * spanWords < words.length;
}
