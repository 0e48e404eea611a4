/** What the records of one scope have in common. */
import type { ResourceRecord, ScopeRecord } from '../../model.ts';
import type { Draft } from '../draft.ts';
import type { Fields } from '../otlp/fields.ts';
import { resourceRecord, scopeRecord } from '../otlp/request.ts';

export interface Surroundings {
  /** The same for equal bytes. */
  readonly id: number;
  readonly resource: ResourceRecord;
  readonly scope: ScopeRecord;
}

/** Resources and scopes remembered by their bytes. */
const mostRemembered = 10_000;

/** What stands around records: a resource, a scope, and a schema URL of each. */
export interface Around {
  /** With the members `resource` and `schemaUrl`. */
  readonly entry: Fields;
  /** With the members `scope` and `schemaUrl`. */
  readonly list: Fields;
}

export const surroundingsOf = (
  draft: Draft,
  { entry, list }: Around,
  id: number,
): Surroundings => ({
  id,
  resource: resourceRecord(draft, entry),
  scope: scopeRecord(draft, list),
});

/**
 * Remembers surroundings by the bytes they are read from (`key`); `decode` gives what they are made
 * of where they are new. Null if it gives null, or if the plain decoder has something to note of
 * them: that is said once for every request.
 */
export function surroundingsReader(
  draft: Draft,
): (key: string, decode: () => Around | null) => Surroundings | null {
  let known = new Map<string, Surroundings>();
  let ids = 0;
  return (key, decode) => {
    const found = known.get(key);
    if (found !== undefined) return found;
    const before = draft.noted;
    const around = decode();
    if (around === null) return null;
    ids += 1;
    const made = surroundingsOf(draft, around, ids);
    if (draft.noted > before) return null;
    if (known.size >= mostRemembered) known = new Map();
    known.set(key, made);
    return made;
  };
}
