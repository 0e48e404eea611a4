/** Attribute names of the user, read as the names of the semantic conventions they stand for. */
import type { Attributes } from '../model.ts';

/** Name as it is written → name that is meant. */
export type Mapping = Readonly<Record<string, string>>;

/** Adds what mapped attributes stand for; what is there under its own name is not replaced. */
export function renamer(mapping: Mapping): (attributes: Attributes) => Attributes {
  const names = Object.entries(mapping);
  if (names.length === 0) return (attributes) => attributes;
  return (attributes) => {
    const added: Record<string, Attributes[string]> = {};
    for (const [written, meant] of names) {
      const value = attributes[written];
      if (value !== undefined && !(meant in attributes)) added[meant] ??= value;
    }
    return Object.keys(added).length === 0 ? attributes : { ...attributes, ...added };
  };
}
