/**
 * Healthy recordings against themselves: each is cut into two disjoint halves, by a salted hash of
 * the trace id and once by time, and nothing should be named a cause of the second.
 *
 *     npm run halves -- FOLDER… [--cuts 20]      folders that hold a baseline/traces.jsonl.gz
 */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { aidebug } from './aidebug.js';

const { positionals: folders, values } = parseArgs({
  allowPositionals: true,
  options: { cuts: { type: 'string', default: '20' } },
});
const sides = ['baseline', 'incident'];

/** The requests of the dump whose traces lie on a side; empty ones are left out. */
const within = (requests, isThere) =>
  requests.flatMap((request) => {
    const resourceSpans = request.resourceSpans.flatMap((ofResource) => {
      const scopeSpans = ofResource.scopeSpans.flatMap((ofScope) => {
        const spans = ofScope.spans.filter(({ traceId }) => isThere(traceId));
        return spans.length > 0 ? [{ ...ofScope, spans }] : [];
      });
      return scopeSpans.length > 0 ? [{ ...ofResource, scopeSpans }] : [];
    });
    return resourceSpans.length > 0 ? [{ resourceSpans }] : [];
  });

const spansOf = (requests) =>
  requests.flatMap(({ resourceSpans }) =>
    resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
  );

/** Traces that begin before half of them have begun. */
function earlyHalf(requests) {
  const starts = new Map();
  for (const { traceId, startTimeUnixNano } of spansOf(requests)) {
    const start = BigInt(startTimeUnixNano);
    if (!starts.has(traceId) || start < starts.get(traceId)) starts.set(traceId, start);
  }
  const ordered = [...starts].sort(([, a], [, b]) => (a < b ? -1 : 1)).map(([id]) => id);
  const early = new Set(ordered.slice(0, ordered.length / 2));
  return (traceId) => early.has(traceId);
}

const bySalt = (salt) => (traceId) =>
  createHash('sha256').update(`${salt} ${traceId}`).digest()[0] < 128;

function verdictOf(requests, isFirst) {
  const folder = mkdtempSync(join(tmpdir(), 'aidebug-halves-'));
  try {
    for (const side of sides) {
      const half = within(requests, (id) => isFirst(id) === (side === 'baseline'));
      mkdirSync(join(folder, side));
      const lines = half.map((request) => `${JSON.stringify(request)}\n`);
      writeFileSync(join(folder, side, 'traces.jsonl'), lines.join(''));
    }
    const db = join(folder, 'case.db');
    aidebug('import', ...sides.map((side) => join(folder, side)), '--db', db);
    const { data } = JSON.parse(aidebug('causes', '--format', 'json', '--db', db));
    const [first] = data.causes;
    return { verdict: data.verdict, said: first ? `${first.service} ${first.faultClass}` : '' };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

for (const folder of folders) {
  const dump = gunzipSync(readFileSync(join(folder, 'baseline', 'traces.jsonl.gz'))).toString();
  const requests = dump
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  const cuts = [['by time', earlyHalf(requests)]];
  for (let salt = 1; salt <= Number(values.cuts); salt += 1)
    cuts.push([`salt ${salt}`, bySalt(salt)]);
  const counts = {};
  for (const [name, isFirst] of cuts) {
    const { verdict, said } = verdictOf(requests, isFirst);
    counts[verdict] = (counts[verdict] ?? 0) + 1;
    if (verdict !== 'no-clear-cause') process.stdout.write(`  ${name}: ${verdict} ${said}\n`);
  }
  process.stdout.write(`${basename(folder)}: ${JSON.stringify(counts)}\n`);
}
