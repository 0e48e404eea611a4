/** What is the same for all spans that are alike, found once for all of them. */
import type { Span } from '../model.ts';

export function ofAlike<Found>(find: (span: Span) => Found): (span: Span) => Found {
  const known = new Map<object, Found>();
  return (span) => {
    const { alike } = span;
    if (alike === undefined) return find(span);
    let found = known.get(alike);
    if (found === undefined) {
      found = find(span);
      known.set(alike, found);
    }
    return found;
  };
}
