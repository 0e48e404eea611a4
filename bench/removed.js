/**
 * Labelled cases without any telemetry of their culprit: a likely cause may then be the culprit
 * itself, which its callers know, or one of these, and nobody else.
 *
 *     npm run removed -- CASE…
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { aidebug } from './aidebug.js';

const signals = ['resourceSpans', 'resourceLogs', 'resourceMetrics'];

const serviceOf = ({ resource }) =>
  resource?.attributes?.find(({ key }) => key === 'service.name')?.value.stringValue;

/** A line of the dump without what the service sent. */
function without(line, service) {
  const request = JSON.parse(line);
  for (const signal of signals) {
    if (request[signal])
      request[signal] = request[signal].filter((of) => serviceOf(of) !== service);
  }
  return JSON.stringify(request);
}

function copyWithout(from, to, service) {
  for (const path of readdirSync(from, { recursive: true })) {
    if (!/\.jsonl(\.gz)?$/.test(path)) continue;
    const bytes = readFileSync(join(from, path));
    const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
    const lines = text.split('\n').filter(Boolean);
    const copy = join(to, path.replace(/\.gz$/, ''));
    mkdirSync(dirname(copy), { recursive: true });
    writeFileSync(copy, lines.map((line) => `${without(line, service)}\n`).join(''));
  }
}

/** Who calls the service, by the whole case. */
function callersOf(db, service) {
  const sql = `SELECT caller FROM edges WHERE callee = '${service.replaceAll("'", "''")}'`;
  const { data } = JSON.parse(aidebug('query', sql, '--format', 'json', '--db', db));
  return data.rows.map(({ caller }) => caller);
}

/** Without its spans a service is called as its callers call it: `CartService` is `cartservice`. */
const nameOf = (service) => service.toLowerCase();

let wrong = 0;
for (const path of process.argv.slice(2)) {
  const label = JSON.parse(readFileSync(join(path, 'label.json'), 'utf8'));
  const service = label.root_cause_service;
  const folder = mkdtempSync(join(tmpdir(), 'aidebug-removed-'));
  try {
    const whole = join(folder, 'whole.db');
    aidebug('import', path, '--db', whole);
    copyWithout(path, join(folder, 'case'), service);
    const db = join(folder, 'removed.db');
    aidebug('import', join(folder, 'case'), '--db', db);
    const { data } = JSON.parse(aidebug('causes', '--format', 'json', '--db', db));
    const likely = data.causes.filter(({ band }) => band === 'likely').map(({ service: of }) => of);
    const allowed = new Set([service, ...callersOf(whole, service)].map(nameOf));
    const others = likely.filter((of) => !allowed.has(nameOf(of)));
    if (others.length > 0) wrong += 1;
    process.stdout.write(
      `${basename(path)}: ${data.verdict}, likely: ${likely.join(' ') || 'none'}`,
    );
    process.stdout.write(others.length > 0 ? ' WRONG\n' : '\n');
  } finally {
    rmSync(folder, { recursive: true });
  }
}
process.stdout.write(`${wrong} of ${process.argv.length - 2} wrong\n`);
