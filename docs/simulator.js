/**
 * Draws one case of every scenario for docs/simulator.md: what a careful person would see.
 *
 *     npm run simulator
 */
import { writeFileSync } from 'node:fs';
import { grouped } from '../dist/grouping.js';
import { scenarios, simulate } from '../dist/simulate/index.js';

const bars = '▁▂▃▄▅▆▇█';
const bucketMs = 20_000;

const linesOf = (files, path) =>
  (files.find((file) => file.path === path)?.content ?? '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
const attributesOf = (list) =>
  Object.fromEntries(list.map(({ key, value }) => [key, Object.values(value)[0]]));
const ms = (ns) => Number(BigInt(ns) / 1000n) / 1000;
const windows = ['baseline', 'incident'];

/** Spans with their service, of both windows. */
function spansOf(files) {
  return windows.flatMap((window) =>
    linesOf(files, `${window}/traces.jsonl`).flatMap(({ resourceSpans }) =>
      resourceSpans.flatMap(({ resource, scopeSpans }) => {
        const own = attributesOf(resource.attributes);
        return scopeSpans.flatMap(({ spans }) =>
          spans.map((span) => {
            const attributes = attributesOf(span.attributes);
            return {
              service: own['service.name'],
              name: span.name,
              peer: String(attributes['server.address'] ?? attributes['net.peer.name'] ?? ''),
              kind: span.kind,
              time: ms(span.startTimeUnixNano),
              took: ms(span.endTimeUnixNano) - ms(span.startTimeUnixNano),
              failed: span.status.code === 2,
              values: Object.entries({ 'service.version': own['service.version'], ...attributes }),
            };
          }),
        );
      }),
    ),
  );
}

/** Lines of both windows with their service; what differs from line to line in them is cut. */
function logsOf(files) {
  return windows.flatMap((window) =>
    linesOf(files, `${window}/logs.jsonl`).flatMap(({ resourceLogs }) =>
      resourceLogs.flatMap(({ resource, scopeLogs }) => {
        const service = attributesOf(resource.attributes)['service.name'];
        return scopeLogs.flatMap(({ logRecords }) =>
          logRecords.map((record) => ({
            service,
            time: ms(record.timeUnixNano),
            text: (record.body.stringValue ?? '').replace(/[\w.-]*\d[\w.-]*/g, '#'),
          })),
        );
      }),
    ),
  );
}

function pointsOf(files) {
  return linesOf(files, 'metrics.jsonl').flatMap(({ resourceMetrics }) =>
    resourceMetrics.flatMap(({ resource, scopeMetrics }) => {
      const own = attributesOf(resource.attributes);
      return scopeMetrics[0].metrics.flatMap((metric) => {
        const { dataPoints } = metric.gauge ?? metric.sum ?? metric.histogram;
        return dataPoints.map((point) => ({
          service: own['service.name'],
          host: own['host.name'],
          name: metric.name,
          counter: metric.sum !== undefined,
          instance: own['service.instance.id'] ?? own['host.name'],
          attributes: JSON.stringify(attributesOf(point.attributes)),
          time: ms(point.timeUnixNano),
          value: point.asDouble ?? Number(point.asInt ?? point.sum / Number(point.count)),
        }));
      });
    }),
  );
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const quantile = (values, q) => values.toSorted((a, b) => a - b)[Math.floor(q * values.length)];
const median = (values) => quantile(values, 0.5);

/** Values by bucket of time; null where there is none. */
function bucketed(items, [from, to], read) {
  const count = Math.ceil((to - from) / bucketMs);
  const buckets = Array.from({ length: count }, () => []);
  for (const item of items) buckets[Math.floor((item.time - from) / bucketMs)]?.push(item);
  return buckets.map((bucket) => (bucket.length === 0 ? null : read(bucket)));
}

const short = (value) =>
  Math.abs(value) >= 1000
    ? value.toPrecision(3).replace('e+', 'e')
    : String(Number(value.toPrecision(3)));

/** `name  bars ┊ bars  before → after`. */
function row(name, values, onsetAt, unit = '') {
  const known = values.filter((value) => value !== null);
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const bar = (value) =>
    value === null
      ? ' '
      : bars[Math.min(7, Math.floor((8 * (value - least)) / Math.max(most - least, 1e-12)))];
  const before = values.slice(0, onsetAt).filter((value) => value !== null);
  const after = values.slice(onsetAt).filter((value) => value !== null);
  const drawn = values.map(bar);
  drawn.splice(onsetAt, 0, '┊');
  const text =
    before.length > 0 && after.length > 0
      ? `${short(median(before))} → ${short(median(after))}${unit}`
      : '';
  return `${name.slice(0, 46).padEnd(46)} ${drawn.join('')} ${text}`;
}

/** Series by place; of an instance, and over all of them: a release takes one instance for another. */
function seriesOf(points, services) {
  const placeOf = ({ service, name, attributes }) => [service, name, attributes].join(' ');
  const within = points.filter(({ service }) => services.has(service));
  const byInstance = grouped(within, (point) => `${placeOf(point)} ${point.instance}`);
  const ofInstances = [...byInstance.values()].map((own) =>
    own[0].counter
      ? own
          .slice(1)
          .map((point, at) => ({ ...point, value: Math.max(0, point.value - own[at].value) }))
      : own,
  );
  return [...ofInstances, ...grouped(ofInstances.flat(), placeOf).values()].filter(
    (own) => own.length > 0,
  );
}

/** The series of the named services that moved the most, each once by name. */
function movedSeries(points, services, range, onsetAt) {
  const moved = seriesOf(points, services).flatMap((own) => {
    const values = bucketed(own, range, (bucket) => mean(bucket.map(({ value }) => value)));
    const before = values.slice(0, onsetAt).filter((value) => value !== null);
    const after = values.slice(onsetAt).filter((value) => value !== null);
    if (before.length < 5 || after.length < 3) return [];
    const spread = Math.max(
      median(before.map((value) => Math.abs(value - median(before)))),
      1e-3 * Math.abs(median(before)),
      1e-4,
    );
    return [{ own, values, moved: Math.abs(median(after) - median(before)) / spread }];
  });
  const sorted = moved.toSorted((a, b) => b.moved - a.moved).filter((one) => one.moved > 3);
  const names = new Set();
  return sorted.filter(({ own }) => !names.has(own[0].name) && names.add(own[0].name)).slice(0, 4);
}

/** How many `of` these there are, how many failed, how long they took. */
function spanRows(of, spans, range, onsetAt) {
  const failed = (bucket) => 100 * mean(bucket.map((span) => Number(span.failed)));
  const tookOf = ({ took }) => took;
  const p90 = (bucket) => quantile(bucket.map(tookOf), 0.9);
  return [
    row(
      of,
      bucketed(spans, range, (bucket) => bucket.length),
      onsetAt,
    ),
    row('  failed, %', bucketed(spans, range, failed), onsetAt, ' %'),
    row('  p90, ms', bucketed(spans, range, p90), onsetAt, ' ms'),
  ];
}

/** The calls to a service, or where nobody calls it its own spans; then those of its operation. */
function rowsOfRoot(root, entity, spans, range, onsetAt) {
  const isPeer = (peer) => peer === root || peer.startsWith(`${root}.`);
  const calls = spans.filter(({ peer, kind }) => kind === 3 && isPeer(peer));
  const own = spans.filter(({ service }) => service === root);
  const drawn = (of, seen) => (seen.length === 0 ? [] : spanRows(of, seen, range, onsetAt));
  const operation = entity?.startsWith(`operation:${root}/`)
    ? entity.slice(`operation:${root}/`.length)
    : null;
  return [
    ...(calls.length > 0 ? drawn(`calls to ${root}`, calls) : drawn(`spans of ${root}`, own)),
    ...drawn(
      `operation ${operation}`,
      own.filter(
        ({ name }) => `/${name}`.endsWith(`/${operation}`) || name.endsWith(` ${operation}`),
      ),
    ),
  ];
}

/** Steps in which something has to be seen to be more than the number of a run. */
const leastSteps = 3;

/**
 * The value that most spans of the services carry after the onset and none before (a version, a
 * model), and the line of log that is new and most frequent; each if there is one.
 */
function newRows(spans, logs, services, { range, onset, onsetAt }) {
  const newest = (items, keyOf) => {
    const before = new Set(items.filter(({ time }) => time < onset).map(keyOf));
    const added = items.filter((item) => item.time >= onset && !before.has(keyOf(item)));
    const steps = (group) => grouped(group, ({ time }) => Math.floor(time / bucketMs)).size;
    const lasting = [...grouped(added, keyOf)].filter(([, group]) => steps(group) >= leastSteps);
    return lasting.toSorted((a, b) => b[1].length - a[1].length)[0] ?? null;
  };
  const within = (items) => items.filter(({ service }) => services.has(service));
  const carried = within(spans).flatMap((span) =>
    span.values.map(([key, value]) => ({ time: span.time, of: `${key} = ${value}` })),
  );
  const found = [
    ['', newest(carried, ({ of }) => of)],
    ['log: ', newest(within(logs), ({ text }) => text)],
  ];
  return found.flatMap(([what, most]) => {
    if (most === null) return [];
    const counts = bucketed(most[1], range, (bucket) => bucket.length).map((count) => count ?? 0);
    return [row(`${what}${most[0]}`, counts, onsetAt)];
  });
}

function drawingOf(name, seed) {
  const files = simulate(name, seed);
  const label = JSON.parse(files.at(-1).content);
  if (label.healthy) return { label, rows: [] };
  const spans = spansOf(files);
  const points = pointsOf(files);
  const times = [...spans, ...points].map(({ time }) => time);
  const range = [Math.min(...times), Math.max(...times)];
  const onset = ms(label.fault_start_unix_nano);
  const onsetAt = Math.min(
    Math.floor((onset - range[0]) / bucketMs),
    Math.ceil((range[1] - range[0]) / bucketMs),
  );
  const roots = label.root_causes ?? [label.root_cause_service];
  const near = new Set([...roots, ...(label.also_accepted ?? []), 'node-agent']);
  const onPath = label.path.flatMap(({ from, to }) => [from, to]);
  const far = new Set(onPath.filter((service) => !near.has(service)));
  const own = movedSeries(points, near, range, onsetAt);
  const beyond = movedSeries(points, far, range, onsetAt);
  const rows = [
    ...roots.flatMap((root) => rowsOfRoot(root, label.entity, spans, range, onsetAt)),
    ...newRows(spans, logsOf(files), new Set(roots), { range, onset, onsetAt }),
    ...[...own, ...beyond.slice(0, Math.max(0, 2 - own.length))].map((one) =>
      row(`${one.own[0].name} (${one.own[0].service})`, one.values, onsetAt),
    ),
  ];
  return { label, rows };
}

const parts = scenarios.map(({ name, summary, range }, at) => {
  const { label, rows } = drawingOf(name, at + 1);
  const truth = label.healthy
    ? 'Nothing is wrong.'
    : `Seed ${label.seed}. Cause: \`${(label.root_causes ?? [label.root_cause_service]).join('`, `')}\`${label.also_accepted?.length ? ` (as right: \`${label.also_accepted.join('`, `')}\`)` : ''}, ${label.entity ? `\`${label.entity}\`, ` : ''}intensity ${label.intensity}, ${label.extra.onset}.`;
  const drawing = rows.length > 0 ? `\n\`\`\`\n${rows.join('\n')}\n\`\`\`\n` : '';
  return `### ${name}\n\n${summary[0].toUpperCase()}${summary.slice(1)}.${range ? ` Intensity 0 … 1: ${range}.` : ''}\n\n${truth}\n${drawing}`;
});

const head = `# The simulator

\`aidebug simulate\` runs a distributed AI system as a discrete-event model and breaks one mechanism of it. What follows
is made by \`npm run simulator\`: one case of every scenario, with seeds 1, 2, … in turn, in steps of ${bucketMs / 1000} s. The line ┊ is the onset; what comes
before it has a gap between baseline and incident in which spans were not recorded. Numbers are medians before and after.

Labels name one cause. Where nobody could tell from what is recorded whether it is that or its neighbour (a job, or the
database it reads), the neighbour is listed in \`also_accepted\`. Intensities are drawn evenly from 0 (a careful person sees
it) to 1 (nobody misses it). Of what can come slowly or at once, every second does so over 40 to 100 s, and the label says
\`gradual\`; what strikes at once by its nature is always \`sudden\`.

A third of the systems are small (down to five services with spans of their own: parts share a process and call each
other within it), a third large (up to forty with databases and brokers). Every system can have every fault. One to
three events without consequence (a deploy, errors that were there before, a load or a mix of it that changes, memory that
grows far from its limit) fall on any service, whether anything is wrong or not.

Where a fault strikes is drawn again (the rest of the case stays) if the recorded requests that met it are too few for
anyone to decide: fewer than five that failed or were cut short, or fourteen that took longer. Why so many, and how it is
counted, is in \`simulate/faults/plan.ts\`; no answer of aidebug is asked.

## Scenarios

`;
writeFileSync(new URL('./simulator.md', import.meta.url), `${head}${parts.join('\n')}`);
