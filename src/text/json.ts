/** JSON text taken apart without parsing it: numbers and strings stay as they are written. */

export interface Member {
  readonly key: string;
  /** JSON text. */
  readonly value: string;
}

/** Of an object that was written without white space, as `attributesText` does. */
export function* membersOf(object: string): Generator<Member> {
  for (let at = 1; at < object.length - 1; ) {
    const keyEnd = endOfString(object, at);
    const valueEnd = endOfValue(object, keyEnd + 1);
    const written = object.slice(at, keyEnd);
    const key = written.includes('\\') ? (JSON.parse(written) as string) : written.slice(1, -1);
    yield { key, value: object.slice(keyEnd + 1, valueEnd) };
    at = valueEnd + 1;
  }
}

/** The index after the value that begins at `from`: before the comma or the end of the object. */
function endOfValue(json: string, from: number): number {
  let depth = 0;
  let at = from;
  while (at < json.length) {
    const char = json[at] as string;
    if (depth === 0 && (char === ',' || char === '}')) return at;
    depth += deeper[char] ?? 0;
    at = char === '"' ? endOfString(json, at) : at + 1;
  }
  return at;
}

const deeper: Readonly<Record<string, number>> = { '{': 1, '[': 1, '}': -1, ']': -1 };

/** Two objects of different keys, both with sorted keys, as one with sorted keys. */
export function mergedObject(one: string, other: string): string {
  if (one === '{}') return other;
  if (other === '{}') return one;
  const members = [...membersOf(one), ...membersOf(other)];
  members.sort((a, b) => (a.key < b.key ? -1 : 1));
  return `{${members.map(({ key, value }) => `${JSON.stringify(key)}:${value}`).join(',')}}`;
}

/** The index after the closing quote of the string that opens at `open`. */
export function endOfString(json: string, open: number): number {
  let at = open + 1;
  for (;;) {
    const close = json.indexOf('"', at);
    if (close < 0) return json.length;
    let first = close;
    while (json.charCodeAt(first - 1) === 0x5c) first -= 1;
    // An even number of backslashes escapes itself, not the quote.
    if ((close - first) % 2 === 0) return close + 1;
    at = close + 1;
  }
}
