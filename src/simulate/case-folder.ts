/** Writing a case to disk, reproducibly to the byte. */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { UserError } from '../errors.ts';
import type { SimulatedFile } from './index.ts';

/**
 * Writes `files` under `dir`; with `gzip`, telemetry becomes `.jsonl.gz` (level 9, and zlib's
 * header holds no time, so equal content gives equal bytes). A previous case there is replaced.
 * @throws {UserError} `usage` if `dir` holds anything that is not a file of a case.
 */
export async function writeCase(
  dir: string,
  files: readonly SimulatedFile[],
  options: { gzip?: boolean } = {},
): Promise<void> {
  const previous = await filesIn(dir);
  const foreign = previous.find((path) => !isCaseFile(path));
  if (foreign !== undefined) {
    throw new UserError('usage', `${dir} is not empty: it holds ${foreign}`, {
      hint: 'Name an empty or new folder, or one that holds a simulated case only.',
    });
  }
  for (const path of previous) await rm(join(dir, path));
  for (const { path, content } of files) {
    const packed = options.gzip === true && path.endsWith('.jsonl');
    const target = join(dir, packed ? `${path}.gz` : path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, packed ? gzipSync(content, { level: 9 }) : content);
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
