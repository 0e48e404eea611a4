/**
 * Who is no longer heard. A process that is gone sends nothing: no error, and no bad value. What
 * came regularly before is due in the incident as well, as long as others are heard:
 *
 *     minute           0 1 2 3 4 5 6 7  |  10 11 12 13 14
 *     cart, cpu        4 4 4 4 4 4 4 4  |   4  4  .  .  .     12 due, none came: silent from 12 on
 *     cart, memory     4 4 4 4 4 4 4 4  |   4  4  .  .  .     2 of 2 series: one row
 *     shop, cpu        4 4 4 4 4 4 4 4  |   4  4  4  4  4     the recording goes on
 *
 * A recording that ends ends for all; a replica that another one follows was replaced; what is
 * reported when there is something to do is silent without traffic, and then only the clock's
 * series count; and a service that answers its callers all the while has lost its telemetry only.
 *
 * After: methods §A12 "silence" (binomial tail of the number due).
 */
import { byKey, grouped } from '../../grouping.ts';
import type { CallCount, Evidence, Features, Nanos, Window } from '../../model.ts';
import { nanos } from '../../model.ts';
import { belief, binomialAtLeast, corrected, median } from '../../statistics.ts';
import { formatNumber, sanitise } from '../../text.ts';
import { demandIn } from '../demand.ts';
import { type Detector, evidence } from '../detector.ts';
import { isOfClock, type Series, type Source, sourcesIn } from '../sources.ts';

export const silence: Detector = {
  name: 'silence',
  *detect(features) {
    if (features.plan.baseline === null) return;
    const sources = sourcesIn(features);
    const silent = silentSources(sources, features);
    const services = grouped(silent, ({ source }) => source.service);
    for (const [service, own] of byKey(services)) yield* rowOfService(service, own, sources);
    yield* silentSeries(sources, new Set(silent.map(({ source }) => source)), features);
  },
};

/** Points of the baseline below which a series is not regular. */
const fewest = 3;
/** Counts as going on when at least half are heard, or come. */
const half = 0.5;

interface Silent {
  readonly source: Source;
  /** From the last that was heard until the recording ends, or it is heard again. */
  readonly quiet: Window;
  readonly p: number;
  readonly due: number;
}

/** Sources of which nothing is heard any more, though it was due. */
function silentSources(sources: readonly Source[], features: Features): readonly Silent[] {
  const demand = demandIn(features);
  const signals = grouped(sources, ({ signal }) => signal);
  const tests = sources.filter(({ series }) => series.some(isRegular)).length;
  const found = sources.flatMap((source) => {
    const others = (signals.get(source.signal) ?? []).filter(
      ({ service }) => service !== source.service,
    );
    const quiet = clipped(source.quiet, others, features.plan.incident);
    // Replicas are measured by their siblings, which demand holds.
    if (quiet === null || (source.signal !== 'spans' && !goOn(others, quiet))) return [];
    const comes = demand(source, quiet);
    const counted = source.series.filter((one) => isRegular(one) && (comes || isOfClock(one)));
    const p = Math.min(1, ...counted.map((one) => chance(one, quiet, features.plan.incident)));
    const due = counted.reduce((sum, one) => sum + dueIn(one, quiet), 0);
    return belief(corrected(p, tests)) === 0
      ? []
      : [{ source, quiet, p: corrected(p, tests), due }];
  });
  return byKey(grouped(found, ({ source }) => JSON.stringify([source.service, source.signal])))
    .map(([, own]) => own)
    .filter((own) => !isReplaced(own, sources) && !stillAnswers(own, sources, features))
    .flat();
}

const isRegular = ({ baseline }: Series): boolean => baseline >= fewest;

const lengthOf = ({ from, to }: Window): number => Math.max(0, to - from);

const dueIn = ({ baseline, watched }: Series, quiet: Window): number =>
  (baseline * lengthOf(quiet)) / lengthOf(watched);

/**
 * That a time so long is without a point, wherever in the incident it lies. Points that come in
 * bursts count as what they are worth: one for each longest pause of the baseline.
 */
function chance({ watched, pause }: Series, quiet: Window, incident: Window): number {
  const [before, silent] = [lengthOf(watched), lengthOf(quiet)];
  if (before === 0 || pause === 0) return 1;
  const tail = (before / (before + silent)) ** (before / pause);
  return corrected(tail, (lengthOf(incident) - silent) / pause + 1);
}

/** The silence as far as the others are still recorded; null if nothing is left of it. */
function clipped(quiet: Window, others: readonly Source[], { to }: Window): Window | null {
  const ends = others.map((other) => (other.quiet.to >= to ? other.quiet.from : to));
  const end = ends.length === 0 ? to : Math.min(to, median(ends));
  return quiet.from >= end ? null : { from: quiet.from, to: nanos(Math.min(quiet.to, end)) };
}

/** Whether at least half of the services are heard for at least half of that time. */
function goOn(others: readonly Pick<Source, 'service' | 'quiet'>[], quiet: Window): boolean {
  const services = grouped(others, ({ service }) => service);
  const heard = [...services.values()].filter((own) =>
    own.some((other) => overlap(other.quiet, quiet) < half * lengthOf(quiet)),
  );
  return heard.length > 0 && heard.length >= half * services.size;
}

const overlap = (a: Window, b: Window): number =>
  Math.max(0, Math.min(a.to, b.to) - Math.max(a.from, b.from));

/** As many replicas have come as have gone. */
function isReplaced(gone: readonly Silent[], sources: readonly Source[]): boolean {
  const known = new Set(gone.map(({ source }) => source.service));
  const own = sources.filter(({ service, instance }) => known.has(service) && instance !== null);
  const old = new Set(own.filter(({ isNew }) => !isNew).map(({ instance }) => instance));
  const fresh = own.filter(({ isNew, instance }) => isNew && !old.has(instance));
  return new Set(fresh.map(({ instance }) => instance)).size >= gone.length;
}

/** All of the service is silent, and still its callers fail no more than before. */
function stillAnswers(
  gone: readonly Silent[],
  sources: readonly Source[],
  { calls }: Features,
): boolean {
  const [first] = gone;
  if (!first || gone.length < siblingsOf(first.source, sources).length) return false;
  const { service } = first.source;
  const asking = calls.filter(
    ({ child, parent }) => child.service === service && parent.service !== service,
  );
  const sum = (of: (call: (typeof asking)[number]) => CallCount, field: keyof CallCount): number =>
    asking.reduce((total, call) => total + of(call)[field], 0);
  const [parents, before] = [
    sum(({ incident }) => incident, 'parents'),
    sum(({ baseline }) => baseline, 'parents'),
  ];
  if (parents === 0 || before === 0) return false;
  const failed = sum(({ incident }) => incident, 'failed');
  // Half a failure more than was seen: none in the baseline is no promise.
  const usual = (sum(({ baseline }) => baseline, 'failed') + half) / before;
  return belief(binomialAtLeast(failed, parents, Math.min(1, usual))) === 0;
}

/** Sources of that signal that the service had before. */
const siblingsOf = (source: Source, sources: readonly Source[]): readonly Source[] =>
  sources.filter(
    ({ service, signal, isNew }) =>
      service === source.service && signal === source.signal && !isNew,
  );

/** One row for all that is silent of a service: of the signal that shows it most plainly. */
function* rowOfService(
  service: string,
  found: readonly Silent[],
  sources: readonly Source[],
): Generator<Evidence> {
  const plainest = found.reduce((best, one) => (one.p < best.p ? one : best));
  const own = found.filter(({ source }) => source.signal === plainest.source.signal);
  const siblings = siblingsOf(plainest.source, sources);
  const series = own.flatMap(({ source }) => source.series);
  const due = own.reduce((sum, one) => sum + one.due, 0);
  const [{ source }] = own as [Silent, ...Silent[]];
  const alone = own.length === 1 && siblings.length > 1 ? source.instance : null;
  yield* evidence({
    kind: 'silence',
    entity: alone === null ? `service:${service}` : `instance:${service}/${alone}`,
    service,
    operation: null,
    instance: alone,
    strength: belief(plainest.p) * (own.length / siblings.length),
    effect: { baseline: due, incident: 0 },
    n: { baseline: series.reduce((sum, { baseline }) => sum + baseline, 0), incident: 0 },
    p: plainest.p,
    firstSeen: firstMissing(plainest.source.series, plainest.quiet),
    summary: `${namesOf(service, own, siblings.length)} stopped: ${formatNumber(Math.round(due))} ${units[source.signal]} were due and none came, while others went on`,
    refs: latestFirst(series)
      .slice(0, 5)
      .flatMap(({ ref }) => ref ?? []),
    traces: [],
  });
}

const units = { metrics: 'points', logs: 'minutes with a record', spans: 'minutes with a span' };

function namesOf(service: string, own: readonly Silent[], siblings: number): string {
  const [{ source }] = own as [Silent, ...Silent[]];
  const count = own.reduce((sum, one) => sum + one.source.series.length, 0);
  const what = source.signal === 'metrics' ? `all ${count} metric series` : `all ${source.signal}`;
  const of =
    own.length < siblings
      ? `${own.length} of ${siblings} instances of ${sanitise(service, 80)} (${sanitise(own.map((one) => one.source.instance).join(', '), 80)})`
      : sanitise(service, 80);
  return `${what} of ${of}`;
}

/** When the next was due after the last that came. */
function firstMissing(series: readonly Series[], { from, to }: Window): Nanos {
  const step = Math.min(
    ...series.map(({ watched, baseline }) => lengthOf(watched) / Math.max(1, baseline)),
  );
  return nanos(Math.min(Math.round(from + step), to));
}

const latestFirst = (series: readonly Series[]): readonly Series[] =>
  [...series].sort((a, b) => b.last - a.last || (a.name < b.name ? -1 : 1));

/** Series that stopped while their source goes on: one row a service. */
function* silentSeries(
  sources: readonly Source[],
  silent: ReadonlySet<Source>,
  features: Features,
): Generator<Evidence> {
  const { incident } = features.plan;
  const demand = demandIn(features);
  const ofMetrics = sources.filter(({ signal }) => signal === 'metrics');
  const all = ofMetrics.flatMap((source) => source.series.map((one) => ({ source, one })));
  const tests = all.filter(({ one }) => isRegular(one)).length;
  const names = grouped(all, ({ one }) => one.name);
  const found = all.flatMap(({ source, one }) => {
    if (!isRegular(one) || silent.has(source)) return [];
    const others = ofMetrics.filter(({ service }) => service !== source.service);
    const quiet = clipped(one.quiet, others, incident);
    if (quiet === null) return [];
    const p = corrected(chance(one, quiet, incident), tests);
    if (belief(p) === 0) return [];
    const same = (names.get(one.name) ?? []).filter(
      (other) => other.source.service !== source.service,
    );
    const alike = same.map((other) => ({ service: other.source.service, quiet: other.one.quiet }));
    const goes = goOn(others, quiet) && (alike.length === 0 || goOn(alike, quiet));
    return goes && (isOfClock(one) || demand(source, quiet)) ? [{ source, one, quiet, p }] : [];
  });
  const lasting = found.filter(({ source, one }) => {
    const own = (names.get(one.name) ?? []).filter(
      (other) => other.source.service === source.service,
    );
    const gone = found.filter(
      (other) => other.one.name === one.name && other.source.service === source.service,
    );
    // Another label, version or replica: the series of a name have changed, and are as many.
    return own.filter((other) => other.one.isNew).length < gone.length;
  });
  for (const [service, own] of byKey(grouped(lasting, ({ source }) => source.service))) {
    const plainest = own.reduce((best, one) => (one.p < best.p ? one : best));
    const due = own.reduce((sum, { one, quiet }) => sum + dueIn(one, quiet), 0);
    const of = all.filter(({ source, one }) => source.service === service && !one.isNew).length;
    yield* evidence({
      kind: 'silent-series',
      entity: `service:${service}`,
      service,
      operation: null,
      instance: null,
      strength: belief(plainest.p),
      effect: { baseline: due, incident: 0 },
      n: { baseline: own.reduce((sum, { one }) => sum + one.baseline, 0), incident: 0 },
      p: plainest.p,
      firstSeen: firstMissing([plainest.one], plainest.quiet),
      summary: `${own.length} of ${of} metric series of ${sanitise(service, 80)} stopped, such as ${sanitise(plainest.one.name, 80)}: ${formatNumber(Math.round(due))} points were due and none came, while its others went on`,
      refs: latestFirst(own.map(({ one }) => one))
        .slice(0, 5)
        .flatMap(({ ref }) => ref ?? []),
      traces: [],
    });
  }
}
