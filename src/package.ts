/** What is shipped beside the program: wherever in the package the built file with this stands. */
import { existsSync, readFileSync } from 'node:fs';

const root = rootAbove(new URL(import.meta.url));

function rootAbove(file: URL): URL {
  const folder = new URL('./', file);
  if (existsSync(new URL('package.json', folder)) || folder.pathname === '/') return folder;
  return rootAbove(new URL('..', folder));
}

/** `path` begins at the root of the package. */
export const packageFile = (path: string): URL => new URL(path, root);

export function packageVersion(): string {
  const manifest = readFileSync(packageFile('package.json'), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
