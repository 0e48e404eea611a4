/**
 * Lines of kernels, drivers and orchestrators that tell an event nothing passes over: a process
 * killed for want of memory, a GPU that fell off its bus.
 *
 *     minute                           0 1 2 3 4 5 6 7  |  10 11 12 13 14
 *     "Out of memory: Killed process"                   |      1             once is enough
 *     "oom-kill guard checked"         1 1 1 1 1 1 1 1  |   1  1  1  1  1    no more than before
 *
 * Minutes with such a line are held against the share of minutes that had one before, and where none
 * had against one in a hundred, which a service that keeps 99 % of its promises may spend on it. With
 * nothing before (regime `absolute`) that is all there is.
 *
 * After: methods "restarts and out-of-memory"; NVIDIA, "Xid errors"; Kubernetes, reason OOMKilled.
 */
import { byKey, grouped } from '../../grouping.ts';
import type { Cohort, Evidence, Features, LogFeature, LogMinute } from '../../model.ts';
import { fatalEventIn } from '../../semantics/index.ts';
import { belief, binomialAtLeast, corrected } from '../../statistics.ts';
import { sanitise } from '../../text.ts';
import { type Detector, evidence, tolerated } from '../detector.ts';

export const fatalLogs: Detector = {
  name: 'fatal-logs',
  looksAt: ({ logs }) => logs.length > 0,
  *detect(features) {
    const events = byKey(grouped(features.logs, eventKey)).filter(([key]) => key !== ordinary);
    for (const [, lines] of events) yield* rowOf(lines, events.length, features);
  },
};

const ordinary = '';

function eventKey({ service, template }: LogFeature): string {
  const kind = fatalEventIn(template);
  return kind === null ? ordinary : JSON.stringify([service, kind]);
}

function* rowOf(
  lines: readonly LogFeature[],
  tests: number,
  { logs }: Features,
): Generator<Evidence> {
  const [first] = lines;
  const kind = first && fatalEventIn(first.template);
  if (!first || !kind) return;
  const own = logs.filter(({ service }) => service === first.service);
  const [before, during] = [sideOf('baseline', own, lines), sideOf('incident', own, lines)];
  const usual = before.all === 0 ? 0 : before.told / before.all;
  const p = corrected(
    binomialAtLeast(during.told, during.all, Math.min(1, Math.max(tolerated, usual))),
    tests,
  );
  const rate = during.told / Math.max(1, during.all);
  const inTime = during.lines.toSorted((a, b) => a.minute - b.minute);
  yield* evidence({
    kind,
    entity: `service:${first.service}`,
    service: first.service,
    operation: null,
    instance: null,
    strength: during.told === 0 ? 0 : belief(p) * Math.max(0, 1 - usual / rate),
    effect: { baseline: before.all === 0 ? null : usual, incident: rate },
    n: { baseline: before.all, incident: during.all },
    p,
    firstSeen: inTime[0]?.minute ?? null,
    summary: `${sanitise(first.service, 80)} logged “${sanitise(first.template, 120)}” in ${during.told} of ${during.all} minutes${before.all === 0 ? '' : `, in ${before.told} of ${before.all} before`}`,
    refs: inTime.slice(0, 5).map(({ example }) => ({ signal: 'log', id: example })),
    traces: [],
  });
}

interface Side {
  /** Minutes in which the service logged anything, and those in which it told the event. */
  readonly all: number;
  readonly told: number;
  readonly lines: readonly LogMinute[];
}

function sideOf(cohort: Cohort, own: readonly LogFeature[], lines: readonly LogFeature[]): Side {
  const of = (features: readonly LogFeature[]) =>
    features.flatMap(({ minutes }) => minutes.filter((one) => one.cohort === cohort));
  return { all: minutesIn(of(own)), told: minutesIn(of(lines)), lines: of(lines) };
}

const minutesIn = (minutes: readonly LogMinute[]): number =>
  new Set(minutes.map(({ minute }) => minute)).size;
