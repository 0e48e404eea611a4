/** Which known word was meant by an unknown one. */
import { closest, distance } from 'fastest-levenshtein';

/** The nearest of the names; null if none is near. */
export function nearestOf(word: string, names: readonly string[]): string | null {
  const nearest = closest(word, names);
  // More than a third of the letters wrong is another word.
  return distance(word, nearest) <= Math.max(1, nearest.length / 3) ? nearest : null;
}
