/** The text of JSON values that was not handed out yet, and how far it was looked at. */
export class HeldText {
  bytes = Buffer.allocUnsafe(512 * 1024);
  /** First byte of the value being read. */
  start = 0;
  /** Next byte to look at, and its line, from 1. */
  at = 0;
  line = 1;
  end = 0;

  push(chunk: Uint8Array): void {
    this.#makeRoom(chunk.length);
    this.bytes.set(chunk, this.end);
    this.end += chunk.length;
  }

  #makeRoom(count: number): void {
    if (this.end + count <= this.bytes.length) return;
    const live = this.end - this.start;
    const size = Math.max(this.bytes.length, 2 * (live + count));
    const grown = size > this.bytes.length ? Buffer.allocUnsafe(size) : this.bytes;
    this.bytes.copy(grown, 0, this.start, this.end);
    this.bytes = grown;
    this.at -= this.start;
    this.end = live;
    this.start = 0;
  }
}
