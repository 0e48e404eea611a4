/** Writing a case to disk, reproducibly to the byte. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { UserError } from '../errors.ts';
import type { SimulatedFile } from './index.ts';

/**
 * Writes `files` under `dir`; with `gzip`, telemetry becomes `.jsonl.gz` (level 9, and zlib's
 * header holds no time, so equal content gives equal bytes). A simulated case there is replaced.
 * @throws {UserError} `usage` if `dir` holds anything else, or cannot be written.
 */
export async function writeCase(
  dir: string,
  files: readonly SimulatedFile[],
  options: { gzip?: boolean } = {},
): Promise<void> {
  try {
    await removePrevious(dir);
    for (const { path, content } of files) {
      const packed = options.gzip === true && path.endsWith('.jsonl');
      const target = join(dir, packed ? `${path}.gz` : path);
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, packed ? gzipSync(content, { level: 9 }) : content);
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof UserError || code === undefined) throw error;
    throw new UserError('usage', `${dir}: a case cannot be written here (${code})`, {
      hint: 'Name an empty or new folder with -o.',
      cause: error,
    });
  }
}

/**
 * Refuses a folder for several cases that holds a case itself, or cases besides those of `names`:
 * whoever reads it would take them together.
 * @throws {UserError} `usage`
 */
export async function checkRoom(dir: string, names: ReadonlySet<string>): Promise<void> {
  const entries = await readdir(dir).catch(noFolder);
  const other = entries.find(
    (name) => name === 'label.json' || (/^case-\d+$/.test(name) && !names.has(name)),
  );
  if (other === undefined) return;
  throw new UserError('usage', `${dir} holds ${other}: these cases would mix with it`, {
    hint: 'Name an empty or new folder with -o.',
  });
}

/** Only what the simulator made itself may go: recorded cases have the same layout. */
async function removePrevious(dir: string): Promise<void> {
  const previous = await filesIn(dir);
  const foreign = previous.find((path) => !isCaseFile(path)) ?? previous[0];
  const own = previous.every(isCaseFile) && (await isSimulated(join(dir, 'label.json')));
  if (foreign !== undefined && !own) {
    throw new UserError('usage', `${dir} is not empty: it holds ${foreign}`, {
      hint: 'Name an empty or new folder, or one that holds a simulated case only.',
    });
  }
  for (const path of previous) await rm(join(dir, path));
}

/** Labels of simulated cases name their scenario and seed. */
async function isSimulated(label: string): Promise<boolean> {
  try {
    const { scenario, seed } = JSON.parse(await readFile(label, 'utf8')) as Record<string, unknown>;
    return typeof scenario === 'string' && typeof seed === 'number';
  } catch {
    return false;
  }
}

const isCaseFile = (path: string): boolean =>
  /^(label\.json|metrics\.jsonl(\.gz)?|(baseline|incident)\/(traces|logs)\.jsonl(\.gz)?)$/.test(
    path,
  );

/** Paths of all files under `dir`, with forward slashes; none if it does not exist. */
async function filesIn(dir: string, under = ''): Promise<string[]> {
  const entries = await readdir(join(dir, under), { withFileTypes: true }).catch(noFolder);
  const paths: string[] = [];
  for (const entry of entries) {
    const path = under === '' ? entry.name : `${under}/${entry.name}`;
    if (entry.isDirectory()) paths.push(...(await filesIn(dir, path)));
    else paths.push(path);
  }
  return paths;
}

function noFolder(error: unknown): [] {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
  throw error;
}
