/** Growing columns of a batch. */

/** Not from the pool of small buffers: a column is handed to another thread whole. */
export const ownBytes = (bytes: number): Buffer => Buffer.from(new ArrayBuffer(bytes));

/** The new column with what the old one holds. */
export function enlarged<Column extends { set(old: Column): void }>(
  old: Column,
  to: Column,
): Column {
  to.set(old);
  return to;
}

/** UTF-8 text one after another. */
export class TextColumn {
  bytes: Buffer;
  end = 0;

  constructor(bytes: number) {
    this.bytes = ownBytes(bytes);
  }

  /** Room for so many bytes at `end`. */
  reserve(bytes: number): void {
    if (this.end + bytes <= this.bytes.length) return;
    this.bytes = enlarged(this.bytes, ownBytes(2 * (this.end + bytes)));
  }

  write(text: string): void {
    if (text === '') return;
    this.reserve(text.length * 3);
    this.end += this.bytes.write(text, this.end);
  }

  /** Bytes that are UTF-8 already. */
  copy(from: Uint8Array, begin: number, end: number): void {
    this.reserve(end - begin);
    this.bytes.set(from.subarray(begin, end), this.end);
    this.end += end - begin;
  }

  whole(): Buffer {
    return this.bytes.subarray(0, this.end);
  }
}
