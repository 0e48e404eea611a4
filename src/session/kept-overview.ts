/**
 * The overview as it was found the last time: kept in the case, and believed as long as what it rests
 * on has not changed, neither the content of the case nor aidebug.
 */
import { statSync } from 'node:fs';
import type { Overview, Store } from '../model.ts';
import { packageVersion } from '../package.ts';

/** Of the program: its version, and when it was built; who works on it has many of one version. */
function edition(): string {
  return `${packageVersion()} ${statSync(new URL(import.meta.url)).mtimeMs}`;
}

/** What an overview of the case as it is now is kept under. */
export const overviewName = async (store: Store): Promise<string> =>
  `${edition()} ${await store.contentMark()}`;

export const textOfOverview = (overview: Overview): string => JSON.stringify(overview);

/** Null if none was kept. */
export const overviewInText = (text: string | null): Overview | null =>
  text === null ? null : (JSON.parse(text) as Overview);
