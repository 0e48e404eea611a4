/**
 * The spans of a file, brought together by trace once all of it is read. They wait in memory up to
 * a bound, beyond it in a temporary file, sorted coarsely: memory does not grow with the file.
 */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spanWords, word } from '../../features/index.ts';

/** Traces whose spans are brought together at once: some 2 MB of them. */
const groupBits = 12;
/** Spans that wait in memory, of 48 bytes each. */
const mostWaiting = 400_000;

interface Group {
  words: Uint32Array<ArrayBuffer>;
  used: number;
  /** Where in the file the rest of it lies, in words. */
  readonly spilled: { readonly from: number; readonly length: number }[];
}

export interface SpanGroups {
  /** Room for one more span of the trace: where its words begin in the list that is given. */
  add(trace: number): { readonly words: Uint32Array; readonly at: number };
  /** Every trace once, in the order of their keys: the words of its spans. */
  traces(): Generator<Uint32Array>;
  /** Removes what was written. */
  close(): void;
}

export function spanGroups(): SpanGroups {
  const groups = new Map<number, Group>();
  let waiting = 0;
  let file: SpillFile | null = null;

  const spill = (): void => {
    file ??= spillFile();
    for (const group of groups.values()) {
      if (group.used === 0) continue;
      group.spilled.push(file.write(group.words.subarray(0, group.used)));
      group.used = 0;
      group.words = new Uint32Array(0);
    }
    waiting = 0;
  };
  const place: { words: Uint32Array; at: number } = { words: new Uint32Array(0), at: 0 };
  return {
    add(trace) {
      if (waiting >= mostWaiting) spill();
      waiting += 1;
      const number = trace >>> groupBits;
      let group = groups.get(number);
      if (group === undefined) {
        group = { words: new Uint32Array(0), used: 0, spilled: [] };
        groups.set(number, group);
      }
      if (group.used + spanWords > group.words.length) {
        const larger = new Uint32Array(Math.max(64 * spanWords, 2 * group.words.length));
        larger.set(group.words);
        group.words = larger;
      }
      place.words = group.words;
      place.at = group.used;
      group.used += spanWords;
      return place;
    },
    *traces() {
      const numbers = [...groups.keys()].sort((a, b) => a - b);
      for (const number of numbers) {
        const group = groups.get(number) as Group;
        groups.delete(number);
        const parts = group.spilled.map((part) => (file as SpillFile).read(part));
        parts.push(group.words.subarray(0, group.used));
        yield* byTrace(parts);
      }
    },
    close() {
      file?.remove();
      file = null;
    },
  };
}

interface SpillFile {
  write(words: Uint32Array): { readonly from: number; readonly length: number };
  read(part: { readonly from: number; readonly length: number }): Uint32Array;
  remove(): void;
}

function spillFile(): SpillFile {
  const folder = mkdtempSync(join(tmpdir(), 'aidebug-'));
  const file = openSync(join(folder, 'spans'), 'w+');
  let end = 0;
  return {
    write(words) {
      const from = end;
      end += words.length;
      writeSync(file, new Uint8Array(words.buffer, words.byteOffset, words.byteLength));
      return { from, length: words.length };
    },
    read({ from, length }) {
      const words = new Uint32Array(length);
      const bytes = new Uint8Array(words.buffer);
      for (let at = 0; at < bytes.length; ) {
        at += readSync(file, bytes, at, bytes.length - at, from * 4 + at);
      }
      return words;
    },
    remove() {
      closeSync(file);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Sorted by counting: the keys lie close together. */
function* byTrace(parts: readonly Uint32Array[]): Generator<Uint32Array> {
  const ends = new Uint32Array((1 << groupBits) + 1);
  const mask = (1 << groupBits) - 1;
  for (const words of parts) {
    for (let at = word.trace; at < words.length; at += spanWords) {
      const slot = ((words[at] as number) & mask) + 1;
      ends[slot] = (ends[slot] as number) + spanWords;
    }
  }
  for (let slot = 1; slot < ends.length; slot += 1) {
    ends[slot] = (ends[slot] as number) + (ends[slot - 1] as number);
  }
  const sorted = new Uint32Array(ends.at(-1) as number);
  const next = ends.slice();
  for (const words of parts) {
    for (let at = 0; at < words.length; at += spanWords) {
      const slot = (words[at + word.trace] as number) & mask;
      const to = next[slot] as number;
      for (let i = 0; i < spanWords; i += 1) sorted[to + i] = words[at + i] as number;
      next[slot] = to + spanWords;
    }
  }
  for (let slot = 0; slot + 1 < ends.length; slot += 1) {
    const [from, to] = [ends[slot] as number, ends[slot + 1] as number];
    if (to > from) yield sorted.subarray(from, to);
  }
}
