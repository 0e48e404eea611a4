/** Import and diagnosis of the samples ÷ JSON.parse of their lines, three runs. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { importDumps, openSession } from '../dist/session.js';
import { median, seconds } from './measure.js';

/** `say` prints one line. */
export async function samples(say) {
  const folder = mkdtempSync(join(tmpdir(), 'aidebug-bench-'));
  const root = new URL('../sample-traces/', import.meta.url).pathname;
  for (const name of readdirSync(root)) {
    const sample = join(root, name);
    const lines = readdirSync(sample, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.gz'))
      .flatMap((file) =>
        gunzipSync(readFileSync(join(sample, file)))
          .toString()
          .split('\n'),
      )
      .filter((line) => line !== '');
    const db = join(folder, 'case.db');
    const times = { parse: [], load: [], diagnose: [] };
    for (let i = 0; i < 3; i += 1) {
      times.parse.push(await seconds(() => lines.forEach((line) => void JSON.parse(line))));
      times.load.push(await seconds(() => importDumps(db, [sample], { fresh: true })));
      const session = await openSession(db);
      times.diagnose.push(await seconds(() => session.diagnose()));
      await session[Symbol.asyncDispose]();
    }
    const parse = median(times.parse);
    const ratio = (of) => (median(of) / parse).toFixed(1).padStart(5);
    say(
      `sample  ${name.padEnd(22)} import ÷ JSON.parse ${ratio(times.load)}   diagnosis ÷ JSON.parse ${ratio(times.diagnose)}`,
    );
  }
  rmSync(folder, { recursive: true });
}
