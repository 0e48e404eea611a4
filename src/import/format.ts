/** What a dump format is to the importer. To add one: write its module, add it to `formats`. */
import type { Batch } from '../model.ts';

export interface Format {
  /** Kebab-case, as shown in reports: 'otlp-json'. */
  readonly name: string;
  /** Whether this format can read a dump that begins so. Formats are asked in list order. */
  matches(head: Head): boolean;
  /** Batches in input order. Never throws for bad data: that becomes a defect. */
  decode(input: Input, head: Head): AsyncIterable<Batch>;
}

/** The beginning of a dump, decompressed: at most `headBytes`. */
export interface Head {
  readonly bytes: Uint8Array;
  /** The same bytes as text; what is not UTF-8 is replaced. */
  readonly text: string;
  /** Keys of the JSON values in it, as `outline` writes them; empty if it is not JSON. */
  readonly paths: ReadonlySet<string>;
}

/** All bytes of a dump, decompressed. */
export interface Input {
  /** How defects name the dump. */
  readonly name: string;
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Known at the end of `chunks`: why they end before the dump does; null if they do not. */
  damage(): string | null;
  /** Whether records of this time are wanted: unix nanoseconds, null where it is not known. */
  holds(time: bigint | null): boolean;
  /** Attribute names of the user that stand for others. */
  readonly mapped: readonly string[];
}

/** The `holds` of an input from which nothing is left out. */
export const everyTime = (): boolean => true;

export const headBytes = 64 * 1024;

/** Whether there are control characters other than white space and escape: text has none. */
export const isBinary = (bytes: Uint8Array): boolean =>
  bytes.some((byte) => byte < 9 || (byte > 13 && byte < 27));
