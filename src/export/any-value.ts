/**
 * Stored attribute text back into the values of OTLP/JSON. `JSON.parse` would not do: it rounds
 * 64-bit integers and forgets whether a number was written as a double.
 */

/** An object of OTLP/JSON. */
export type Json = Readonly<Record<string, unknown>>;

/** Key values of an attribute object as `import` writes it. */
export function keyValues(text: string): readonly Json[] {
  return text === '{}' ? [] : new ValueReader(text).members();
}

/** One value; `text` is JSON as `import` writes it. */
export const anyValue = (text: string): Json => new ValueReader(text).value();

// One step a run of plain characters: a step each would exhaust the stack of the engine.
const plainText = /"[^"\\]*(?:\\.[^"\\]*)*"/sy;
const numberText = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const wordText = /true|false|null/y;

class ValueReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The object that begins here. */
  members(): readonly Json[] {
    const found: Json[] = [];
    this.#at += 1;
    while (this.#text[this.#at] !== '}') {
      const key = JSON.parse(this.#take(plainText)) as string;
      this.#at += 1;
      found.push({ key, value: this.value() });
      if (this.#text[this.#at] === ',') this.#at += 1;
    }
    this.#at += 1;
    return found;
  }

  value(): Json {
    switch (this.#text[this.#at]) {
      case '"':
        return { stringValue: JSON.parse(this.#take(plainText)) };
      case '[':
        return { arrayValue: { values: this.#elements() } };
      case '{':
        return asObject(this.members());
      case 't':
      case 'f':
        return { boolValue: this.#take(wordText) === 'true' };
      case 'n':
        this.#take(wordText);
        return {};
      default:
        return asNumber(this.#take(numberText));
    }
  }

  #elements(): readonly Json[] {
    const found: Json[] = [];
    this.#at += 1;
    while (this.#text[this.#at] !== ']') {
      found.push(this.value());
      if (this.#text[this.#at] === ',') this.#at += 1;
    }
    this.#at += 1;
    return found;
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const [found] = pattern.exec(this.#text) ?? [];
    if (found === undefined) throw new Error(`no value at ${this.#at} of stored attributes`);
    this.#at += found.length;
    return found;
  }
}

/** Import writes bytes, and doubles that JSON cannot hold, as an object of that one member. */
function asObject(members: readonly Json[]): Json {
  const [only, more] = members;
  const text = (only?.value as Json | undefined)?.stringValue;
  if (only !== undefined && more === undefined) {
    if (only.key === 'bytesValue' && isBase64(text)) return { bytesValue: text };
    if (only.key === 'doubleValue' && isNotFinite(text)) return { doubleValue: text };
  }
  return { kvlistValue: { values: members } };
}

const isBase64 = (text: unknown): boolean =>
  typeof text === 'string' && /^[\w+/-]*={0,2}$/.test(text);

const isNotFinite = (text: unknown): boolean =>
  text === 'NaN' || text === 'Infinity' || text === '-Infinity';

/** A double always has a fraction or an exponent. */
const asNumber = (text: string): Json =>
  /[.eE]/.test(text) ? { doubleValue: Number(text) } : { intValue: text };
