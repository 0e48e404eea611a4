/** What is typed after `/`: a term of the filter language, or words that are looked for as they are. */

/** Comparisons, attributes, quotes, negation and groups are the filter language. */
export const isLanguage = (filter: string): boolean =>
  /[=<>:@"()]|(^|\s)[-!]\w|\bOR\b/.test(filter);
