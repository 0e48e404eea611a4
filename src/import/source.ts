/** Where the bytes of a dump come from: a file, standard input, or the files of a folder. */
import { createReadStream, type Dirent, existsSync } from 'node:fs';
import { access, constants, readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';
import { UserError } from '../errors.ts';
import { shown } from './shown.ts';

export interface Source {
  /** As given; '-' is standard input. */
  readonly path: string;
  open(): AsyncIterable<Uint8Array>;
  /** Bytes; null if it cannot be known before reading. */
  readonly size: number | null;
}

const readBytes = 256 * 1024;
const labels: readonly string[] = ['baseline', 'incident'];

/**
 * The bytes of one file; '-' is standard input.
 * @throws {UserError} `unreadable` if the file is missing, a directory or may not be read.
 */
export async function fileSource(path: string, stdin?: AsyncIterable<Uint8Array>): Promise<Source> {
  if (path === '-') return { path, size: null, open: () => stdin ?? process.stdin };
  const found = await statusOf(path);
  if (found.isDirectory()) throw unreadable(path, 'is a directory, not a file');
  await access(path, constants.R_OK).catch((error: unknown) => {
    throw unreadable(path, 'may not be read', error);
  });
  return {
    path,
    size: found.isFile() ? found.size : null,
    open: () => createReadStream(path, { highWaterMark: readBytes }),
  };
}

/**
 * The files to import from `path`: itself with a null label if it is a file ('-' too), else all
 * files below it, sorted by path. A file under a folder named `baseline` or `incident` has that
 * label. `label.json` and names that begin with a dot are left out: they are not telemetry.
 * A `path` that is no file and has wildcards (quoted, the shell leaves them alone) is a pattern.
 * @throws {UserError} `unreadable` if `path` is missing, holds no file, or matches none.
 */
export async function listDump(
  path: string,
): Promise<readonly { path: string; label: string | null }[]> {
  if (path === '-') return [{ path, label: null }];
  if (isDynamicPattern(path) && !existsSync(path)) return listPattern(path);
  if (!(await statusOf(path)).isDirectory()) return [{ path, label: null }];
  const found: { path: string; label: string | null }[] = [];
  const name = basename(resolve(path));
  await collect(path, labels.includes(name) ? name : null, new Set(), found);
  if (found.length === 0) throw unreadable(path, 'holds no file to import');
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function listPattern(pattern: string): Promise<{ path: string; label: string | null }[]> {
  const paths = await glob(pattern, {
    absolute: pattern.startsWith('/'),
    expandDirectories: false,
  });
  if (paths.length === 0) throw unreadable(pattern, 'matches no file');
  return paths
    .filter((path) => basename(path) !== 'label.json')
    .sort()
    .map((path) => ({ path, label: labelOfFolder(path) }));
}

/** The label of the outermost folder that has one. */
const labelOfFolder = (path: string): string | null =>
  dirname(path)
    .split('/')
    .find((folder) => labels.includes(folder)) ?? null;

async function collect(
  folder: string,
  label: string | null,
  visited: Set<string>,
  found: { path: string; label: string | null }[],
): Promise<void> {
  // Symbolic links may form a loop.
  const real = await realpath(folder);
  if (visited.has(real)) return;
  visited.add(real);
  for (const entry of await entriesOf(folder)) {
    const path = join(folder, entry.name);
    const kind = entry.isSymbolicLink() ? await stat(path).catch(() => null) : entry;
    if (kind?.isDirectory()) {
      const named = labels.includes(entry.name) ? entry.name : null;
      await collect(path, label ?? named, visited, found);
    } else if (kind === null || kind.isFile()) {
      // A dangling link is listed: reading it says what is wrong.
      found.push({ path, label });
    }
  }
}

/** What is in the folder and may be telemetry. */
async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter(({ name }) => !name.startsWith('.') && name !== 'label.json');
  } catch (error) {
    throw unreadable(folder, 'may not be read', error);
  }
}

async function statusOf(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw unreadable(path, missing ? 'no such file or folder' : 'may not be read', error);
  }
}

function unreadable(path: string, what: string, cause?: unknown): UserError {
  return new UserError('unreadable', `${shown(path)}: ${what}`, { cause });
}
