/**
 * What a service logs outside of any trace, against what it logged before. Compared are minutes:
 * lines come in bursts, and fifty equal lines of one moment are one observation.
 *
 *     minute        0 1 2 3 4 5 6 7   |  10 11 12 13 14
 *     "flushed"     2 2 2 1 2 2 2 2   |   2                 stopped: 4 of 5 below all before
 *     "disk slow"                     |      4  9 12  8     new warning: 4 of 5 above all before
 *     "retry"       1 . . 1 . 2 . .   |   9  8 12  7  9     more often: 5 of 5 above all before
 *
 * How many minutes lie beyond all of the baseline's is a test by itself (Rosenbaum 1954), and
 * needs no rate that holds in every minute. A line of INFO that is new tells that something was
 * done, not that something went wrong. What is logged within a trace is looked at request by
 * request (`event-transitions.ts`).
 *
 * After: methods "log templates"; S. Rosenbaum, "Tables for a nonparametric test of location",
 * Annals of Mathematical Statistics 25 (1954).
 */
import { byKey, grouped } from '../../grouping.ts';
import {
  type Cohort,
  type Evidence,
  type EvidenceKind,
  type LogFeature,
  type LogMinute,
  severities,
} from '../../model.ts';
import { fatalEventIn } from '../../semantics/index.ts';
import { belief, corrected } from '../../statistics.ts';
import { sanitise } from '../../text.ts';
import { fisherAtLeast, testsThatCount } from '../contingency.ts';
import { type Detector, evidence } from '../detector.ts';

export const logTemplates: Detector = {
  name: 'log-templates',
  *detect({ logs }) {
    const services = grouped(logs, ({ service }) => service);
    const found = byKey(services).flatMap(([, own]) => contrastsOf(own));
    const tests = testsThatCount(found.map(({ least }) => least));
    const kinds = grouped(found, ({ kind, feature }) => JSON.stringify([kind, feature.service]));
    for (const [, alike] of byKey(kinds)) {
      yield* rowOf(
        alike.reduce((best, one) => (one.p < best.p ? one : best)),
        tests,
      );
    }
  },
};

interface Contrast {
  readonly kind: EvidenceKind;
  readonly feature: LogFeature;
  /** Minutes of the incident beyond all of the baseline's, in time order. */
  readonly beyond: readonly Minute[];
  readonly minutes: Readonly<Record<Cohort, readonly Minute[]>>;
  readonly p: number;
  /** The smallest that p could be with as many minutes. */
  readonly least: number;
}

interface Minute {
  readonly at: LogMinute['minute'];
  readonly count: number;
  /** A record of it; null if there is none. */
  readonly example: string | null;
}

/** `own`: the templates of one service. It was seen in minutes in which it logged anything. */
function contrastsOf(own: readonly LogFeature[]): readonly Contrast[] {
  const seen = (cohort: Cohort): readonly LogMinute['minute'][] => {
    const of = own.flatMap(({ minutes }) => minutes.filter((one) => one.cohort === cohort));
    return [...new Set(of.map(({ minute }) => minute))].sort((a, b) => a - b);
  };
  const [baseline, incident] = [seen('baseline'), seen('incident')];
  if (baseline.length === 0 || incident.length === 0) return [];
  return own.filter(isOrdinary).flatMap((feature) => {
    const minutes = {
      baseline: countsOf(feature, 'baseline', baseline),
      incident: countsOf(feature, 'incident', incident),
    };
    const before = minutes.baseline.map(({ count }) => count);
    const [least, most] = [Math.min(...before), Math.max(...before)];
    const contrast = (kind: EvidenceKind, isBeyond: (count: number) => boolean): Contrast => {
      const beyond = minutes.incident.filter(({ count }) => isBeyond(count));
      const sizes = [incident.length, 0, baseline.length] as const;
      return {
        ...{ kind, feature, beyond, minutes },
        p: fisherAtLeast(beyond.length, ...sizes),
        least: fisherAtLeast(incident.length, ...sizes),
      };
    };
    return [
      ...(feature.severity >= severities.warning
        ? [contrast('warning-log', (count) => count > most)]
        : []),
      ...(least > 0 ? [contrast('silent-log', (count) => count < least)] : []),
    ];
  });
}

/** What tells a fatal event is looked at by itself (`fatal-logs.ts`). */
const isOrdinary = ({ template }: LogFeature): boolean => fatalEventIn(template) === null;

function countsOf(
  { minutes }: LogFeature,
  cohort: Cohort,
  all: readonly LogMinute['minute'][],
): readonly Minute[] {
  const own = minutes.filter((one) => one.cohort === cohort);
  const byMinute = new Map(own.map((one) => [one.minute, one]));
  return all.map((at) => {
    const { count = 0, example = null } = byMinute.get(at) ?? {};
    return { at, count, example };
  });
}

function* rowOf(contrast: Contrast, tests: number): Generator<Evidence> {
  const { kind, feature, beyond, minutes } = contrast;
  const { service, template } = feature;
  const p = corrected(contrast.p, tests);
  const mean = (of: readonly Minute[]): number =>
    of.reduce((sum, { count }) => sum + count, 0) / of.length;
  const rate = { baseline: mean(minutes.baseline), incident: mean(minutes.incident) };
  const [less, more] = [rate.baseline, rate.incident].sort((a, b) => a - b) as [number, number];
  // What stopped can only be shown where it still was.
  const shown = kind === 'silent-log' ? [...minutes.baseline].reverse() : beyond;
  const examples = shown.flatMap(({ example }) => (example === null ? [] : [example]));
  yield* evidence({
    kind,
    entity: `service:${service}`,
    service,
    operation: null,
    instance: null,
    strength: belief(p) * (1 - less / more),
    effect: rate,
    n: { baseline: minutes.baseline.length, incident: minutes.incident.length },
    p,
    firstSeen: beyond[0]?.at ?? null,
    summary: `${sanitise(service, 80)} logged “${sanitise(template, 120)}” ${perMinute(rate.incident)}, before ${perMinute(rate.baseline)}: ${kind === 'silent-log' ? 'less' : 'more'} than ever before in ${beyond.length} of ${minutes.incident.length} minutes`,
    refs: examples.slice(0, 5).map((id) => ({ signal: 'log', id })),
    traces: [],
  });
}

const perMinute = (rate: number): string => `${Number(rate.toPrecision(2))} times a minute`;
