/**
 * The overview as it was found the last time: kept in the case, and believed as long as what it rests
 * on has not changed, neither the content of the case nor aidebug.
 */
import { readFileSync, statSync } from 'node:fs';
import type { Overview, Store, Trend, TrendBin } from '../model.ts';

/** Of the program: its version, and when it was built; who works on it has many of one version. */
function edition(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  return `${version} ${statSync(new URL(import.meta.url)).mtimeMs}`;
}

/** What an overview of the case as it is now is kept under. */
export const overviewName = async (store: Store): Promise<string> =>
  `${edition()} ${await store.contentMark()}`;

/** Histograms are maps, which JSON does not have. */
type Written = Omit<Overview, 'trend'> & {
  readonly trend: Omit<Trend, 'bins'> & {
    readonly bins: readonly (Omit<TrendBin, 'duration'> & {
      readonly duration: readonly [number, number][];
    })[];
  };
};

export function textOfOverview({ trend, ...rest }: Overview): string {
  const bins = trend.bins.map((bin) => ({ ...bin, duration: [...bin.duration] }));
  return JSON.stringify({ ...rest, trend: { ...trend, bins } } satisfies Written);
}

/** Null if none was kept. */
export function overviewInText(text: string | null): Overview | null {
  if (text === null) return null;
  const { trend, ...rest } = JSON.parse(text) as Written;
  const bins = trend.bins.map((bin) => ({ ...bin, duration: new Map(bin.duration) }));
  return { ...rest, trend: { ...trend, bins } };
}
