/**
 * The filter language: text → `Filter` tree. Terms side by side all hold.
 *
 *     service=cart status=error dur>5s      fields; `:` is `=`, and there are != < <= > >=
 *     @gen_ai.request.model=emb-*           attributes of a record or of its resource
 *     @gpu.id                               that there is such an attribute
 *     -@http.route:/health  !status=ok      not
 *     "connection refused"                  words anywhere in a record
 *     sev>=warn since:-10m                  relative times count from the end of the data
 *     (a OR b) c                            either
 */
import { UserError } from '../errors.ts';
import type { Comparison, Filter, Listed } from '../model.ts';
import { numberIn } from '../text.ts';
import { durationNeeded, durationNs, type Field, fields, severityOf } from './fields.ts';

const maxLength = 10_000;
const maxNesting = 50;

/**
 * The filter for one kind of list; of an empty text one that everything passes.
 * @throws {UserError} `usage`, with the column of what is wrong (from 1).
 */
export function parseFilter(text: string, of: Listed): Filter {
  if (text.length > maxLength) throw wrong(text, 0, `a filter has at most ${maxLength} characters`);
  const reader = new Reader(text, of);
  const filter = reader.either(0);
  reader.end();
  return filter;
}

/**
 * The same for rows of which these things are known; `durations`, of them, are in nanoseconds.
 * @throws {UserError} as above.
 */
export function parseRowFilter(
  text: string,
  names: readonly string[],
  durations: readonly string[],
): Filter {
  const reader = new Reader(text.slice(0, maxLength), names, durations);
  const filter = reader.either(0);
  reader.end();
  return filter;
}

const operator = /^(?:>=|<=|!=|==|=|:|>|<)/;
/** With a space on both sides of it, as in a programming language. */
const spacedOperator = /^\s+(?:>=|<=|!=|==|=|>|<)\s*(?=\s[^\s()]|$)\s*/;
const bareKey = /^[^\s:=<>!"()]+/;
const bareValue = /^(?:[^\s"()]|\([^\s"()]*\))+/;

class Reader {
  readonly #text: string;
  /** A list, or the names of what is known of each row. */
  readonly #of: Listed | readonly string[];
  readonly #durations: readonly string[];
  #at = 0;

  constructor(text: string, of: Listed | readonly string[], durations: readonly string[] = []) {
    this.#text = text;
    this.#of = of;
    this.#durations = durations;
  }

  /** Terms joined by OR, looser than side by side. */
  either(depth: number): Filter {
    if (depth > maxNesting) throw this.#wrong('parentheses are nested too deep');
    const any: Filter[] = [this.#both(depth)];
    while (this.#takeWord('OR')) {
      if (this.#atClose()) throw this.#wrong('a term is missing after OR');
      any.push(this.#both(depth));
    }
    return any.length === 1 ? (any[0] as Filter) : { any };
  }

  end(): void {
    if (this.#at < this.#text.length) throw this.#wrong('no parenthesis is open');
  }

  #both(depth: number): Filter {
    const all: Filter[] = [];
    for (;;) {
      this.#skipSpace();
      if (this.#atClose() || this.#isWord('OR')) break;
      if (!this.#takeWord('AND')) all.push(this.#term(depth));
    }
    if (all.length === 0 && this.#isWord('OR')) throw this.#wrong('a term is missing before OR');
    return all.length === 1 ? (all[0] as Filter) : { all };
  }

  #term(depth: number): Filter {
    if (/^(-\S|!(?![\s=]|$))/.test(this.#rest())) {
      this.#at += 1;
      return { not: this.#term(depth) };
    }
    if (this.#text[this.#at] === '(') {
      const open = this.#at;
      this.#at += 1;
      const inner = this.either(depth + 1);
      if (this.#text[this.#at] !== ')') throw wrong(this.#text, open, 'this ( is not closed');
      this.#at += 1;
      return inner;
    }
    return this.#text[this.#at] === '@' ? this.#attribute() : this.#field();
  }

  #attribute(): Filter {
    const begin = this.#at;
    this.#at += 1;
    const key = this.#text[this.#at] === '"' ? this.#quoted() : this.#attributeKey();
    if (key === '') throw wrong(this.#text, begin, 'the name of an attribute is missing after @');
    const comparison = this.#operator(true);
    if (comparison === null) return { test: 'attribute', key, comparison: '=', value: null };
    return this.#compared(key, comparison, begin);
  }

  #compared(key: string, comparison: Comparison, begin: number): Filter {
    const valueAt = this.#at;
    const value = this.#value(begin);
    if (this.#durations.includes(key)) {
      const ns = durationNs(value);
      if (ns === null) throw wrong(this.#text, valueAt, `${durationNeeded} (as in ${key}>5s)`);
      return { test: 'attribute', key, comparison, value: ns };
    }
    if (comparison === '=') return { test: 'attribute', key, comparison, value };
    if (comparison === '!=') return { not: { test: 'attribute', key, comparison: '=', value } };
    // Of rows, severities can be compared by their names.
    if (typeof this.#of !== 'string' && severityOf(value) !== null) {
      return { test: 'attribute', key, comparison, value };
    }
    const number = numberIn(value);
    if (number === null) {
      throw wrong(this.#text, valueAt, `a number is needed after ${comparison}`);
    }
    return { test: 'attribute', key, comparison, value: number };
  }

  /** Names of attributes may hold a colon (guid:x-request-id): the last one before the value splits. */
  #attributeKey(): string {
    const [found = ''] = /^[^\s=<>!"()]+/.exec(this.#rest()) ?? [];
    const next = this.#text[this.#at + found.length] ?? ' ';
    const isSplit = '=<>!'.includes(next);
    const colon = isSplit ? -1 : found.indexOf(':');
    const key = colon < 0 ? found : found.slice(0, colon);
    this.#at += key.length;
    return key;
  }

  /** `field` operator value, or words. */
  #field(): Filter {
    const begin = this.#at;
    if (this.#text[begin] === '"') return { test: 'words', text: this.#quoted() };
    const [key = ''] = bareKey.exec(this.#rest()) ?? [];
    this.#at += key.length;
    const field = fields.find(({ names }) => names.includes(key.toLowerCase()));
    const comparison = this.#operator(field !== undefined || this.#isName(key));
    if (comparison === null) {
      this.#at = begin;
      const words = this.#bare();
      if (words === '') throw this.#wrong(`${JSON.stringify(this.#text[begin])} is out of place`);
      return { test: 'words', text: words };
    }
    if (key === '') {
      throw wrong(this.#text, begin, this.#nameless(begin));
    }
    if (typeof this.#of !== 'string') {
      if (this.#isName(key)) return this.#compared(key.toLowerCase(), comparison, begin);
      const names = this.#of.join(', ');
      throw wrong(this.#text, begin, `no column is called ${key}; columns: ${names}`);
    }
    if (!field?.of.includes(this.#of)) throw wrong(this.#text, begin, this.#unknown(key, field));
    const valueAt = this.#at;
    const value = this.#value(begin);
    const negated = comparison === '!=';
    const found = field.read(negated ? '=' : comparison, value);
    if (typeof found === 'string') {
      throw wrong(this.#text, valueAt, `${found} (as in ${field.example})`);
    }
    return negated ? { not: found } : found;
  }

  /** Why no field stands before the sign there. */
  #nameless(begin: number): string {
    const sign = this.#text[begin];
    const [, word] = /([^\s()"]+)\s+$/.exec(this.#text.slice(0, begin)) ?? [];
    if (word === undefined || sign === ':') return `the name of a field is missing before ${sign}`;
    if (typeof this.#of === 'string') return this.#unknown(word, undefined);
    return `no column is called ${word}; columns: ${this.#of.join(', ')}`;
  }

  #isName(key: string): boolean {
    return typeof this.#of !== 'string' && this.#of.includes(key.toLowerCase());
  }

  #unknown(key: string, field: Field | undefined): string {
    const known = fields
      .filter(({ of }) => of.includes(this.#of as Listed))
      .map(({ names }) => names[0]);
    const what = field
      ? `${key} is no field of ${this.#of}, but of ${field.of.join(' and ')}`
      : `no field is called ${key}`;
    return `${what}; fields: ${known.join(', ')}, and @NAME for attributes`;
  }

  #operator(mayBeSpaced: boolean): Comparison | null {
    const spaced = mayBeSpaced ? spacedOperator.exec(this.#rest()) : null;
    const [found] = spaced ?? operator.exec(this.#rest()) ?? [];
    if (found === undefined) return null;
    this.#at += found.length;
    const sign = found.trim();
    return sign === ':' || sign === '==' ? '=' : (sign as Comparison);
  }

  /** `term`: where what it is compared with begins. */
  #value(term: number): string {
    const before = this.#text.slice(term, this.#at).trim();
    const value = this.#text[this.#at] === '"' ? this.#quoted() : this.#bare();
    if (value === '' && this.#text[this.#at - 1] !== '"') {
      throw this.#wrong(`a value is missing after ${before}`);
    }
    return value;
  }

  #bare(): string {
    const [found = ''] = bareValue.exec(this.#rest()) ?? [];
    this.#at += found.length;
    return found;
  }

  /** `\"` and `\\` stand for themselves. */
  #quoted(): string {
    const open = this.#at;
    const [found] = /^"((?:[^"\\]|\\.)*)"/s.exec(this.#rest()) ?? [];
    if (found === undefined) throw wrong(this.#text, open, 'this " is not closed');
    this.#at += found.length;
    return found.slice(1, -1).replace(/\\(.)/gs, '$1');
  }

  #rest(): string {
    return this.#text.slice(this.#at);
  }

  #skipSpace(): void {
    this.#at += /^\s*/.exec(this.#rest())?.[0].length ?? 0;
  }

  #atClose(): boolean {
    this.#skipSpace();
    return this.#at >= this.#text.length || this.#text[this.#at] === ')';
  }

  #isWord(word: string): boolean {
    this.#skipSpace();
    return (
      this.#text.startsWith(word, this.#at) &&
      /^[\s()]|^$/.test(this.#text.slice(this.#at + word.length))
    );
  }

  #takeWord(word: string): boolean {
    const found = this.#isWord(word);
    if (found) this.#at += word.length;
    return found;
  }

  #wrong(message: string): UserError {
    return wrong(this.#text, this.#at, message);
  }
}

function wrong(text: string, at: number, message: string): UserError {
  const rest = text.slice(at, at + 60);
  return new UserError('usage', `filter, column ${at + 1}: ${message}`, {
    hint: rest === '' ? 'That is its end.' : `There it says: ${rest}`,
  });
}
