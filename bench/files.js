/** Dumps on disk: written as the Collector's file exporter does, read in chunks. */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { encoded } from './protobuf.js';

/** Buffered: a system call a request would be slow. */
function fileWriter(path, bytesOf) {
  const file = openSync(path, 'w');
  let waiting = [];
  let size = 0;
  const flush = () => {
    const bytes = Buffer.concat(waiting);
    // One call need not take everything.
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    waiting = [];
    size = 0;
  };
  return {
    write(request) {
      for (const bytes of bytesOf(request)) {
        waiting.push(bytes);
        size += bytes.length;
      }
      if (size > 4_000_000) flush();
    },
    close() {
      flush();
      closeSync(file);
    },
  };
}

/** JSON Lines: a request a line. */
export const lineWriter = (path) =>
  fileWriter(path, (request) => [Buffer.from(`${JSON.stringify(request)}\n`)]);

/** Protobuf, each request behind its length in four bytes. */
export const frameWriter = (path) =>
  fileWriter(path, (request) => {
    const message = encoded(request);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(message.length);
    return [length, message];
  });

const chunkBytes = 1 << 20;

/**
 * What `cut` takes off the front of the bytes, piece by piece; it gives null until one is whole.
 * A piece is good until the next is asked for: the memory is used again.
 */
function* pieces(path, cut) {
  const file = openSync(path, 'r');
  let memory = Buffer.allocUnsafe(2 * chunkBytes);
  let held = 0;
  for (;;) {
    if (memory.length - held < chunkBytes) memory = Buffer.concat([memory], 2 * memory.length);
    const read = readSync(file, memory, held, chunkBytes, null);
    if (read === 0) break;
    held += read;
    const bytes = memory.subarray(0, held);
    let from = 0;
    for (let piece = cut(bytes, from); piece !== null; piece = cut(bytes, from)) {
      from = piece.next;
      yield bytes.subarray(piece.from, piece.to);
    }
    memory.copyWithin(0, from, held);
    held -= from;
  }
  closeSync(file);
}

/** The lines of a file, as bytes. */
export const lines = (path) =>
  pieces(path, (bytes, from) => {
    const to = bytes.indexOf(10, from);
    return to < 0 ? null : { from, to, next: to + 1 };
  });

/** The messages of a file that `frameWriter` wrote. */
export const frames = (path) =>
  pieces(path, (bytes, at) => {
    const from = at + 4;
    if (bytes.length < from) return null;
    const to = from + bytes.readUInt32BE(at);
    return bytes.length < to ? null : { from, to, next: to };
  });
