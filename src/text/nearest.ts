/** Which known word was meant by an unknown one. */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** The nearest of the names; null if none is near. */
export function nearestOf(word: string, names: readonly string[]): string | null {
  // Loaded when something was misspelt: every command reads settings as it starts.
  const { closest, distance } =
    require('fastest-levenshtein') as typeof import('fastest-levenshtein');
  const nearest = closest(word, names);
  // More than a third of the letters wrong is another word.
  return distance(word, nearest) <= Math.max(1, nearest.length / 3) ? nearest : null;
}
