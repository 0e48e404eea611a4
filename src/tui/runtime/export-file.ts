/** Rows of a screen as a CSV file where aidebug was started. */
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { UserError } from '../../errors.ts';
import { plain, rowsFormats, rowsOf } from '../../report/index.ts';
import type { Held } from '../held.ts';

/** Files of one name that are tried before it is given up. */
const mostTries = 1_000;

/**
 * Path of the file, as it is said from here, `./case-traces.csv`; it is a new one: `…-2.csv`, …
 * @throws {UserError} if nothing can be written there.
 */
export async function exportRows(
  db: string,
  screen: string,
  rows: readonly Held['facts'][],
): Promise<string> {
  const stem = `${basename(db).replace(/\.\w+$/, '')}-${screen}`;
  const file = await newFile(stem);
  try {
    const [first = {}] = rows;
    const view = { columns: 0, fitted: false, style: plain, terminal: false };
    const lines: string[] = [];
    for await (const line of rowsFormats.csv(rowsOf(rows, Object.keys(first)), view)) {
      lines.push(line);
    }
    await file.handle.writeFile(lines.join(''));
  } finally {
    await file.handle.close();
  }
  return file.path;
}

async function newFile(stem: string) {
  for (let number = 1; number <= mostTries; number += 1) {
    const path = `./${stem}${number > 1 ? `-${number}` : ''}.csv`;
    try {
      return { path, handle: await open(path, 'wx') };
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code !== 'EEXIST') throw new UserError('usage', `nothing is written: ${message}`);
    }
  }
  throw new UserError('usage', `nothing is written: ${stem}-${mostTries}.csv is there already`);
}
