/**
 * What a span does after what: steps of its code that come where they did not come before.
 *
 *     baseline   stock GetStock   start > "found" > "reserved" > end     0 of 36 requests stray
 *     incident   stock GetStock   start > "found" > end                  20 of 41 leave out "reserved"
 *
 * Compared is one operation asked by one caller, so that other traffic is no fault. What strays in
 * either half of the baseline as often is noise (`stray-steps.ts`), a fault that ended is none that
 * began (`recovered.ts`). Of several strays in a request the first explains the others, by as
 * much as it is credible:
 *
 *     order   start > call stock > "sold out" > end       strays, but only after
 *     stock   start > "found" > end                       this: the vote is for stock
 *
 * A callee that several services leave out at once is what they have in common.
 *
 * After: event patterns of Nezha (Yu et al., ESEC/FSE 2023); methods "event-transition contrast",
 * hard cases 1, 2 and 6.
 */
import { byKey, grouped } from '../../grouping.ts';
import type {
  Evidence,
  EvidenceKind,
  Features,
  Reference,
  SampledTrace,
  Span,
} from '../../model.ts';
import { formatShare, sanitise } from '../../text.ts';
import { type Detector, evidence, spanReference } from '../detector.ts';
import { end, type Numberings, numberings, type Run, runOf, type Step } from '../executions.ts';
import { type OddReader, type OddStray, oddReader } from '../stray-steps.ts';
import { isError } from '../usual-steps.ts';

export const eventTransitions: Detector = {
  name: 'event-transitions',
  *detect(features) {
    const numbers = numberings();
    const runs = comparable(features).map((trace) => runOf(trace, features.graph, numbers));
    const votes = votesOf(runs, oddReader(runs, numbers));
    const own = votes.filter(({ odd }) => odd.isOwn);
    const blamed = own.map((vote) => ({ vote, ...blameOf(vote, own, numbers) }));
    const groups = grouped(blamed, ({ kind, service, vote: { operation } }) =>
      JSON.stringify([kind, service, kind === 'abandoned-callee' ? '' : operation]),
    );
    for (const [, group] of byKey(groups)) yield* rowOf(group, numbers);
  },
};

/** In time order. Logs that one side lacks altogether were not recorded there: left out. */
function comparable({ sample }: Features): readonly SampledTrace[] {
  const logging = new Set(sample.filter(({ logs }) => logs.length > 0).map(({ cohort }) => cohort));
  const traces = [...sample].sort(
    (a, b) => startOf(a) - startOf(b) || (a.tree.traceId < b.tree.traceId ? -1 : 1),
  );
  return logging.size === 2 ? traces : traces.map((trace) => ({ ...trace, logs: [] }));
}

const startOf = ({ tree }: SampledTrace): number => tree.spans[0]?.start ?? 0;

/** What one odd stray explains. */
interface Vote {
  readonly odd: OddStray;
  readonly kind: EvidenceKind;
  readonly service: string;
  readonly operation: string;
  /** Requests of the incident with it, and how many of them it came first in. */
  seen: number;
  first: number;
  /** Where it came first, or nearly, in time order. */
  readonly moments: Moment[];
}

interface Moment {
  readonly trace: SampledTrace;
  readonly step: Step;
}

/** Each request has one vote. A stray takes the share that is its weight of what is left. */
function votesOf(runs: readonly Run[], oddOf: OddReader): readonly Vote[] {
  const votes = new Map<OddStray, Vote>();
  for (const { trace, steps } of runs) {
    if (trace.cohort !== 'incident') continue;
    const met = new Set<OddStray>();
    let left = 1;
    for (const step of steps) {
      const odd = oddOf(step);
      if (odd === null || met.has(odd)) continue;
      met.add(odd);
      const vote = votes.get(odd) ?? newVote(odd, { trace, step });
      votes.set(odd, vote);
      vote.seen += trace.stands;
      vote.first += trace.stands * left;
      if (left > 0.5) vote.moments.push({ trace, step });
      left *= 1 - odd.weight;
    }
  }
  return [...votes.values()];
}

function newVote(odd: OddStray, { trace, step }: Moment): Vote {
  const { service, name: operation } = trace.tree.spans[step.execution.span] as Span;
  // What goes on instead of coming to its end leaves nothing out.
  const goesOn = odd.leftOut === null || odd.leftOut === end;
  const normal = goesOn ? 'new-event' : 'skipped-event';
  const kind = isError(step.execution, step.place) ? 'error-event' : normal;
  return { odd, kind, service, operation, seen: 0, first: 0, moments: [] };
}

const strengthOf = ({ odd, first, seen }: Vote): number => (odd.weight * first) / seen;

// ---------------------------------------------------------------- whom it accuses

interface Blame {
  readonly kind: EvidenceKind;
  readonly service: string;
  readonly strength: number;
}

/**
 * The service that strays; the callee it leaves out, if another service does so as well or the
 * callee strays itself in other requests: that is what these have in common.
 */
function blameOf(vote: Vote, votes: readonly Vote[], { calls }: Numberings): Blame {
  const own = { kind: vote.kind, service: vote.service, strength: strengthOf(vote) };
  const callee = calls.get(vote.odd.leftOut ?? -1)?.callee;
  if (callee === undefined) return own;
  const others = votes.filter(
    ({ odd, service }) =>
      service === callee ||
      (service !== vote.service && calls.get(odd.leftOut ?? -1)?.callee === callee),
  );
  const strength = Math.min(own.strength, Math.max(0, ...others.map(strengthOf)));
  // Two that leave it out make it likely, as likely as the less credible of the two.
  return strength > own.strength / 2
    ? { kind: 'abandoned-callee', service: callee, strength }
    : own;
}

// ---------------------------------------------------------------- rows

/** The strongest stray of an operation speaks for it. */
function* rowOf(
  group: readonly (Blame & { readonly vote: Vote })[],
  { events }: Numberings,
): Generator<Evidence> {
  const textOf = ({ vote: { odd } }: { vote: Vote }): string =>
    JSON.stringify(
      [odd.leftOut, odd.after, odd.done].map((event) => event && events.textOf(event)),
    );
  const [best] = [...group].sort(
    (a, b) => b.strength - a.strength || (textOf(a) < textOf(b) ? -1 : 1),
  );
  if (!best) return;
  const { vote, kind, service, strength } = best;
  const { odd, operation, moments } = vote;
  const isOther = service !== vote.service;
  yield* evidence({
    kind,
    entity: isOther ? `service:${service}` : `operation:${service}/${operation}`,
    service,
    operation: isOther ? null : operation,
    instance: null,
    strength,
    effect: odd.rate,
    n: odd.n,
    p: odd.p,
    firstSeen: moments[0] ? spanOf(moments[0]).start : null,
    summary: `${sanitise(vote.service, 80)} ${sanitise(operation, 80)} ${tellOf(vote, events)} in ${formatShare(odd.rate.incident)} of its requests, before in ${formatShare(odd.rate.baseline)}`,
    refs: referencesOf(moments),
    traces: [...new Set(moments.map(({ trace }) => trace.tree.traceId))].sort(),
  });
}

/** What it did and what it did not, in words. */
function tellOf({ odd: { leftOut, done } }: Vote, { textOf }: Numberings['events']): string {
  const told = (event: number): string => sanitise(textOf(event), 120);
  if (leftOut === null) return `went to ${told(done ?? 0)}`;
  return `left out ${told(leftOut)}${done === null ? '' : ` and went to ${told(done)}`}`;
}

const spanOf = ({ trace, step }: Moment): Span => trace.tree.spans[step.execution.span] as Span;

/** The first spans, and the log record at which the first went astray. */
function referencesOf(moments: readonly Moment[]): readonly Reference[] {
  const spans = moments.slice(0, 4).map((moment) => spanReference(spanOf(moment)));
  const [first] = moments;
  if (!first) return spans;
  const { execution, place } = first.step;
  const log = execution.logs.get(place) ?? execution.logs.get(place - 1);
  return log ? [...spans, { signal: 'log', id: log.id }] : spans;
}
