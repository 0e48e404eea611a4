/**
 * Which attributes a head holds, for all spans that have it: those of few values. `http.route`
 * repeats from span to span, `request.id` does not:
 *
 *     head  {"http.route":"/cart","thread.name":"worker-3"}      stored once
 *     span  {"request.id":81723}                                 stored with the span
 *
 * Decided while reading, by what came before: the same dump is divided the same way every time.
 */
import { isTelling, layerNames } from '../semantics/index.ts';

/** What is known of one attribute name. */
export interface KnownName {
  readonly name: string;
  /** As it stands in JSON text, with the colon. */
  readonly text: string;
  /** Whether analysis reads it of every span. */
  readonly telling: boolean;
  /** Values seen; null once they are too many to be shared. */
  values: Set<string> | null;
}

/** A longer value is hardly one of few. */
const longestValue = 256;
/** Names remembered; those that come later belong to their spans. */
const mostNames = 20_000;

export class AttributeSharing {
  readonly #names = new Map<string, KnownName>();
  readonly #mapped: ReadonlySet<string>;
  /** Heads made so far: the more there are, the fewer values a name may have. */
  heads = 0;

  /** `mapped` are names of the user that stand for others. */
  constructor(mapped: readonly string[]) {
    this.#mapped = new Set(mapped);
  }

  nameOf(name: string): KnownName {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    const always = layerNames.includes(name);
    const made: KnownName = {
      name,
      text: `${JSON.stringify(name)}:`,
      telling: this.#mapped.has(name) || isTelling(name),
      values: always || this.#names.size < mostNames ? new Set() : null,
    };
    if (this.#names.size < mostNames) this.#names.set(name, made);
    return made;
  }

  /** Whether the head holds this value, given as JSON text. */
  isShared(known: KnownName, value: string): boolean {
    if (known.values === null || value.length > longestValue) return false;
    if (known.values.has(value)) return true;
    if (layerNames.includes(known.name)) return true;
    if (known.values.size >= this.#mostValues()) {
      known.values = null;
      return false;
    }
    known.values.add(value);
    return true;
  }

  #mostValues(): number {
    if (this.heads < 4_000) return 64;
    return this.heads < 20_000 ? 16 : 4;
  }
}
