/** Rows that many records share, looked up once each. */

/**
 * Texts as one, so that no two lists of texts give the same: each with its length before it, and
 * null as no text at all.
 */
function joined(parts: readonly unknown[]): string {
  let all = '';
  for (const part of parts) {
    const text = part === null ? '' : String(part);
    all += part === null ? '-' : `${text.length}:${text}`;
  }
  return all;
}

/**
 * Remembers what was looked up for equal lists of texts. Bounded: an attribute that differs in
 * every resource must not make memory grow with the dump; the table still knows them all.
 */
export function remembered<Key extends readonly unknown[], Row>(
  lookUp: (...key: Key) => Row,
): (...key: Key) => Row {
  const known = new Map<string, Row>();
  return (...key) => {
    const identity = joined(key);
    let row = known.get(identity);
    if (row === undefined) {
      row = lookUp(...key);
      if (known.size >= 100_000) known.clear();
      known.set(identity, row);
    }
    return row;
  };
}
