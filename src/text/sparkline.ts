/** Numbers as a row of bars, one column each. */

/** Lowest first. */
export const levels = '▁▂▃▄▅▆▇█';
/** The same where nothing but ASCII can be shown. */
const asciiLevels = '_.:-=+*#';

/** Null is blank; the least is the lowest bar, the most the highest. */
export function sparkline(
  values: readonly (number | null)[],
  { from, to, ascii = false }: { from?: number; to?: number; ascii?: boolean } = {},
): string {
  const known = values.filter((value) => value !== null);
  const low = from ?? known.reduce((least, value) => Math.min(least, value), known[0] ?? 0);
  const high = to ?? known.reduce((most, value) => Math.max(most, value), low);
  const bars = ascii ? asciiLevels : levels;
  const top = bars.length - 1;
  return values
    .map((value) => {
      if (value === null) return ' ';
      const share = high > low ? (value - low) / (high - low) : 0;
      // Anything above the least is told from it.
      const level = value > low ? Math.max(1, Math.round(share * top)) : 0;
      return bars[Math.max(0, Math.min(top, level))];
    })
    .join('');
}
