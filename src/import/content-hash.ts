/**
 * What tells equal records: 64 bits of SHA-1 over all that a record says. Among a million records
 * a false match has a chance of 3 in 10^8.
 */
import { hash } from 'node:crypto';

let scratch = Buffer.alloc(4096);
const words = new Uint32Array(2);

/** Of the parts one after another: two words, the high one first; good until the next call. */
export function contentWords(...parts: readonly Uint8Array[]): Uint32Array {
  let end = 0;
  for (const part of parts) {
    if (end + part.length > scratch.length) {
      const larger = Buffer.alloc(2 * (end + part.length));
      larger.set(scratch.subarray(0, end));
      scratch = larger;
    }
    scratch.set(part, end);
    end += part.length;
  }
  const digest = hash('sha1', scratch.subarray(0, end), 'buffer');
  words[0] = digest.readUInt32BE(0);
  words[1] = digest.readUInt32BE(4);
  return words;
}

/** Of texts, so that no two lists of texts give the same: each with its length before it. */
export function textDigest(parts: readonly unknown[]): Uint8Array {
  let all = '';
  for (const part of parts) {
    const text = part === null ? '' : String(part);
    all += part === null ? '-' : `${text.length}:${text}`;
  }
  return hash('sha1', all, 'buffer');
}
