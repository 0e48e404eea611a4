/**
 * Which attributes a head holds, for all spans that have it: those of few values among the spans of
 * one name. `http.route` repeats from span to span, `request.id` does not:
 *
 *     head  "GET /cart"  {"http.route":"/cart","server.port":8080}     stored once
 *     span               {"request.id":81723}                          stored with the span
 *
 * Decided while reading, by what came before: the same dump is divided the same way every time.
 */
import { isTelling, layerNames } from '../semantics/index.ts';

/** What is known of one attribute name among the spans of one name. */
export interface KnownName {
  readonly name: string;
  /** As it stands in JSON text, with the colon. */
  readonly text: string;
  /** Whether analysis reads it of every span. */
  readonly telling: boolean;
  /** Values that heads hold; null once they are too many. */
  values: Set<string> | null;
}

/** A longer value is hardly one of few. */
export const longestValue = 256;
/** Span names, and attribute names of each, that are remembered. */
const mostOperations = 10_000;
const mostNames = 1_000;

/** The spans of one name. */
export class Operation {
  readonly #isMapped: (name: string) => boolean;
  readonly #shares: boolean;
  readonly #names = new Map<string, KnownName>();
  /** Heads made of them: the more there are, the fewer values an attribute may have. */
  heads = 0;

  /** Without `shares` no head holds any of them. */
  constructor(isMapped: (name: string) => boolean, shares = true) {
    this.#isMapped = isMapped;
    this.#shares = shares;
  }

  nameOf(name: string): KnownName {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    const made: KnownName = {
      name,
      text: `${JSON.stringify(name)}:`,
      telling: this.#isMapped(name) || isTelling(name),
      values: this.#mayShare(name) ? new Set() : null,
    };
    if (this.#names.size < mostNames) this.#names.set(name, made);
    return made;
  }

  #mayShare(name: string): boolean {
    return this.#shares && (this.#names.size < mostNames || isAlwaysShared(name));
  }

  /** Whether the head holds this value, given as JSON text. */
  isShared(known: KnownName, value: string): boolean {
    if (known.values === null || value.length > longestValue) return false;
    if (known.values.has(value) || isAlwaysShared(known.name)) return true;
    if (known.values.size >= this.#mostValues()) {
      known.values = null;
      return false;
    }
    known.values.add(value);
    return true;
  }

  #mostValues(): number {
    if (this.heads < 32) return 3;
    return this.heads < 128 ? 2 : 1;
  }
}

const isAlwaysShared = (name: string): boolean => layerNames.includes(name);

export class AttributeSharing {
  #operations = new Map<string, Operation>();
  readonly #isMapped: (name: string) => boolean;

  /** `mapped` are names of the user that stand for others. */
  constructor(mapped: readonly string[]) {
    const names = new Set(mapped);
    this.#isMapped = (name) => names.has(name);
  }

  operation(spanName: string): Operation {
    const known = this.#operations.get(spanName);
    if (known !== undefined) return known;
    const made = new Operation(this.#isMapped);
    if (this.#operations.size >= mostOperations) this.#operations = new Map();
    this.#operations.set(spanName, made);
    return made;
  }
}
