/** What is known of an attribute from the spans before. */
import type { KnownName, Operation } from '../attribute-sharing.ts';
import type { OwnName } from './own-attributes.ts';
import type { Pattern } from './pattern.ts';

/** A value that heads hold, of one name. */
export interface SharedValue {
  readonly id: number;
  readonly name: KnownName;
  /** As JSON text. */
  readonly text: string;
}

/** Values of one record, in the order in which they stood. */
export class SharedValues {
  readonly #values: SharedValue[] = [];
  count = 0;

  clear(): void {
    // A shorter array would be made anew each time.
    this.count = 0;
  }

  add(value: SharedValue): void {
    this.#values[this.count] = value;
    this.count += 1;
  }

  idAt(index: number): number {
    return (this.#values[index] as SharedValue).id;
  }

  sorted(): readonly SharedValue[] {
    return this.#values.slice(0, this.count).sort((a, b) => (a.name.name < b.name.name ? -1 : 1));
  }
}

/** An attribute of one name and kind of value, as it is written. */
export interface Slot extends OwnName {
  readonly operation: Operation;
  readonly kind: number;
  /** From the brace to where the value begins, quotes included. */
  readonly begin: Pattern;
  readonly quoted: boolean;
  readonly values: { readonly rest: Pattern; readonly value: SharedValue }[];
  /** The last list that had it. */
  list: number;
}
