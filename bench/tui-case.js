/**
 * The case that the screens are measured on: about ten spans a trace, as `dump.js` writes them; a log
 * record for every tenth span, metrics of every instance, and one trace of 20,000 spans.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { origin, resourceOf, serviceNames, writeDump } from './dump.js';
import { lineWriter } from './files.js';
import { bin } from './measure.js';

const seed = 20;
export const largeTrace = 'f'.repeat(32);
export const largeSpans = 20_000;

/** Of the requests that hold log records one in ten, whole. */
function everyTenth(writer) {
  let seen = 0;
  return {
    write(request) {
      if (seen % 10 === 0) writer.write(request);
      seen += 1;
    },
  };
}

const hex = (number, digits) => number.toString(16).padStart(digits, '0');

/** An agent that works on: steps under the root, each with seven calls, all one after the other. */
function writeLargeTrace(writer) {
  const ms = 1_000_000n;
  const spans = Array.from({ length: largeSpans }, (_, at) => {
    const isStep = at % 8 === 1;
    const parent = isStep ? 0 : at - ((at + 7) % 8);
    const from = origin + BigInt(at) * ms;
    return {
      traceId: largeTrace,
      spanId: hex(at + 1, 16),
      ...(at > 0 && { parentSpanId: hex(parent + 1, 16) }),
      name: at === 0 ? 'long run' : isStep ? 'step' : `call ${at % 8}`,
      kind: 2,
      startTimeUnixNano: String(from),
      endTimeUnixNano: String(
        at === 0 ? from + BigInt(largeSpans) * ms : from + (isStep ? 8n : 1n) * ms,
      ),
      status: at % 97 === 5 ? { code: 2, message: 'upstream failed' } : {},
      attributes: [{ key: 'request.id', value: { intValue: String(at) } }],
    };
  });
  for (const [at, service] of serviceNames.entries()) {
    const own = spans.filter((_, index) => index % serviceNames.length === at);
    writer.write({
      resourceSpans: [
        { resource: resourceOf(service, 0), scopeSpans: [{ scope: {}, spans: own }] },
      ],
    });
  }
}

const metricNames = [
  'process.cpu.utilization',
  'process.memory.usage',
  'queue.length',
  'pool.used',
];
const instances = 4;

/** A point a minute of each instance. */
function writeMetrics(writer, minutes) {
  for (let minute = 0; minute < minutes; minute += 1) {
    const timeUnixNano = String(origin + BigInt(minute) * 60_000_000_000n);
    for (const [at, service] of serviceNames.entries()) {
      for (let instance = 0; instance < instances; instance += 1) {
        const metrics = metricNames.map((name, index) => {
          const asDouble = 0.5 + 0.3 * Math.sin(minute * (index + 1) + at + instance);
          return { name, unit: '1', gauge: { dataPoints: [{ timeUnixNano, asDouble }] } };
        });
        writer.write({
          resourceMetrics: [
            { resource: resourceOf(service, instance), scopeMetrics: [{ scope: {}, metrics }] },
          ],
        });
      }
    }
  }
}

/** Path of the case in that folder, made unless it is there. */
export function caseIn(folder, spans) {
  const db = join(folder, `screens-${spans}.db`);
  if (existsSync(db)) return db;
  const names = ['traces', 'large', 'logs', 'metrics'];
  const paths = names.map((name) => join(folder, `screens-${name}.jsonl`));
  const [traces, large, logs, metrics] = paths.map(lineWriter);
  const count = writeDump({ spans, seed, traceWriters: [traces], logWriters: [everyTenth(logs)] });
  writeLargeTrace(large);
  // Traces begin 30 ms apart.
  writeMetrics(metrics, Math.ceil((count * 0.03) / 60));
  for (const writer of [traces, large, logs, metrics]) writer.close();
  const { status } = spawnSync(process.execPath, [bin, 'import', '--quiet', '--db', db, ...paths], {
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error(`import: exit ${status}`);
  for (const path of paths) rmSync(path);
  return db;
}
