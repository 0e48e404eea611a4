/** What is the same for all spans that are alike, found once for all of them. */
import type { SpanView } from '../model.ts';

/** Every finder has a place of its own in `Span.alike`: a list is read faster than a map. */
let places = 0;

/** `find` must give the same for spans that are alike: of attributes it may read those that set spans apart (`setsApart`). */
export function ofAlike<Found>(find: (span: SpanView) => Found): (span: SpanView) => Found {
  const place = places;
  places += 1;
  return (span) => {
    const { alike } = span;
    if (alike === undefined) return find(span);
    let found = alike[place] as Found | undefined;
    if (found === undefined) {
      found = find(span);
      alike[place] = found;
    }
    return found;
  };
}
