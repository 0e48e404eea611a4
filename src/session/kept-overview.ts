/**
 * The overview as it was found the last time: kept in the case, and believed as long as what it rests
 * on has not changed, neither the content of the case nor aidebug.
 */
import { readFileSync, statSync } from 'node:fs';
import type { Overview, Store } from '../model.ts';

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
const mapKey = '\u0000map';

export const textOfOverview = (overview: Overview): string =>
  JSON.stringify(overview, (_, value: unknown) =>
    value instanceof Map ? { [mapKey]: [...value] } : value,
  );

/** Null if none was kept. */
export function overviewInText(text: string | null): Overview | null {
  if (text === null) return null;
  return JSON.parse(text, (_, value: unknown) =>
    typeof value === 'object' && value !== null && mapKey in value
      ? new Map(value[mapKey] as [unknown, unknown][])
      : value,
  ) as Overview;
}
