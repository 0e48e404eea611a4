/** The first bytes of a stream, without taking them from it. */
export interface Peeked {
  /** At least `count` bytes unless the stream is shorter; cut to `count`. */
  readonly head: Uint8Array;
  /** The whole stream, head included. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Closes the stream if it is not read further. */
  close(): Promise<void>;
}

export async function peek(stream: AsyncIterable<Uint8Array>, count: number): Promise<Peeked> {
  const rest = stream[Symbol.asyncIterator]();
  const taken: Uint8Array[] = [];
  let bytes = 0;
  while (bytes < count) {
    const next = await rest.next();
    if (next.done) break;
    taken.push(next.value);
    bytes += next.value.length;
  }
  const close = async (): Promise<void> => {
    await rest.return?.();
  };
  return {
    head: Buffer.concat(taken).subarray(0, count),
    chunks: resume(taken, rest, close),
    close,
  };
}

async function* resume(
  taken: readonly Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
  close: () => Promise<void>,
): AsyncGenerator<Uint8Array> {
  try {
    yield* taken;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    await close();
  }
}
