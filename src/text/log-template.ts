/**
 * Log templates: a body with its variable parts masked, so that records of one statement are
 * equal. Masking only (the first step of Drain, He et al. 2017); no tree is learned.
 */

/** In this order: a uuid holds hex, a time holds numbers. */
const masks: readonly (readonly [RegExp, string])[] = [
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<uuid>'],
  [/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?/g, '<time>'],
  [/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/g, '<ip>'],
  [/\b0x[0-9a-f]+\b/gi, '<hex>'],
  [/\b(?=[0-9a-f]*\d)[0-9a-f]{8,}\b/gi, '<hex>'],
  [/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, '<text>'],
  [/[-+]?\b\d+(?:\.\d+)?(?:e[-+]?\d+)?/gi, '<n>'],
];

/** Only the start of a huge body tells which statement wrote it. */
const readLength = 500;

/** The template of a log body: at most 500 characters, one line. */
export function templateOf(body: string): string {
  const start = body.slice(0, readLength).replace(/\s+/g, ' ').trim();
  return masks.reduce((text, [pattern, mask]) => text.replace(pattern, mask), start);
}
