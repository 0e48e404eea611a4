/**
 * How many of the failed requests each service accounts for.
 *
 * A request accounts to the services at which its failures were born. Many give no reason,
 * because the trace broke: a proxy's 500 with nothing below it. Such a failure at a service is
 * laid to the reasons seen in that service's other failures, in the proportion in which
 * its failures show a reason at all:
 *
 *     web failed 20 times because of cart (seen), 20 times for no reason seen
 *       → half of the latter, 10, are laid to cart
 */
import type { Features, SampledTrace, Span } from '../model.ts';
import { failed } from '../semantics/index.ts';
import { blamedIn, type Origin, originsIn } from './origins.ts';
import { rootOf, weightOf } from './requests.ts';

export interface Coverage {
  /** Failed requests of the incident. */
  readonly failed: number;
  /** How many of them a service accounts for. */
  explainedBy(service: string): number;
  /** Roots of failed requests that a service has no direct part in, in time order. */
  unexplainedBy(service: string): readonly Span[];
  /**
   * The same without the failures that these other services account for and this one has no part
   * in, of those others that account for other requests than it: with it they are two causes.
   */
  beside(service: string, others: readonly string[]): Coverage;
}

interface Failure {
  readonly trace: SampledTrace;
  readonly root: Span;
  /** Services at which a reason was seen. */
  readonly reasons: readonly string[];
  /** Services at which it failed for no reason seen; used only when there is no reason. */
  readonly bare: readonly string[];
  /** All services with a failed span. */
  readonly through: readonly string[];
}

/** A chain of three broken traces is as far as blame is carried. */
const rounds = 3;

/** Two causes may meet in a request by chance: in at most one in ten of those of the rarer one. */
const apart = 0.1;

export function coverageOf(features: Features): Coverage {
  const failures = [...originsIn(features)]
    .filter(([{ cohort, bad }]) => cohort === 'incident' && bad === 'failed')
    .map(([trace, origins]) => failureOfTrace(trace, origins))
    .sort((a, b) => a.root.start - b.root.start || (a.root.traceId < b.root.traceId ? -1 : 1));
  return coverageOfFailures(failures);
}

function coverageOfFailures(failures: readonly Failure[]): Coverage {
  const seen = failures.filter(({ reasons }) => reasons.length > 0);
  const direct = seen.map((failure) => ({ failure, shares: evenly(failure.reasons) }));
  let laid = direct;
  for (let round = 0; round < rounds; round += 1) {
    laid = [...direct, ...layBlame(failures, laid)];
  }
  const explained = new Map<string, number>();
  for (const { failure, shares } of laid) {
    for (const [service, share] of shares) {
      explained.set(service, (explained.get(service) ?? 0) + share * failure.trace.stands);
    }
  }
  return {
    failed: requestsIn(failures),
    explainedBy: (service) => explained.get(service) ?? 0,
    unexplainedBy: (service) =>
      failures
        .filter(({ reasons, bare }) => ![...reasons, ...bare].includes(service))
        .map(({ root }) => root),
    beside(service, others) {
      const own = failures.filter(({ reasons }) => reasons.includes(service));
      const second = others.filter((other) => areApart(failures, own, other));
      const isTheirs = ({ reasons }: Failure): boolean =>
        !reasons.includes(service) && reasons.some((reason) => second.includes(reason));
      return coverageOfFailures(failures.filter((failure) => !isTheirs(failure)));
    },
  };
}

function areApart(failures: readonly Failure[], own: readonly Failure[], other: string): boolean {
  const isTheirs = ({ reasons }: Failure): boolean => reasons.includes(other);
  const [ours, theirs] = [requestsIn(own), requestsIn(failures.filter(isTheirs))];
  const both = requestsIn(own.filter(isTheirs));
  return ours > 0 && theirs > 0 && both <= apart * Math.min(ours, theirs);
}

const requestsIn = (failures: readonly Failure[]): number =>
  weightOf(failures.map(({ trace }) => trace));

type Blame = { readonly failure: Failure; readonly shares: ReadonlyMap<string, number> };

/** Every service at which a reason was seen is a full reason: either could have failed it. */
const evenly = (services: readonly string[]): ReadonlyMap<string, number> =>
  new Map(services.map((service) => [service, 1]));

function failureOfTrace(trace: SampledTrace, origins: readonly Origin[]): Failure {
  const { tree } = trace;
  return {
    trace,
    root: rootOf(trace),
    reasons: blamedIn(origins.filter((origin) => !reasonless(origin))),
    bare: blamedIn(origins.filter(reasonless)),
    through: [...new Set(tree.spans.filter(failed).map(({ service }) => service))],
  };
}

const reasonless = ({ kind, texts }: Origin): boolean =>
  kind === 'bare-error' || (kind === 'callee-failure' && texts.length === 0);

interface Tally {
  total: number;
  readonly by: Map<string, number>;
}

/** Reasons seen in the failures that went through each service, other than the service itself. */
function reasonsByService(laid: readonly Blame[]): ReadonlyMap<string, Tally> {
  const tallies = new Map<string, Tally>();
  for (const { failure, shares } of laid) {
    for (const service of new Set([...failure.through, ...failure.bare])) {
      const tally = tallies.get(service) ?? { total: 0, by: new Map<string, number>() };
      tallies.set(service, tally);
      for (const [reason, share] of shares) {
        if (reason === service) continue;
        tally.total += share * failure.trace.stands;
        add(tally.by, reason, share * failure.trace.stands);
      }
    }
  }
  return tallies;
}

/** One round: failures without a reason take those of the same service's other failures. */
function layBlame(failures: readonly Failure[], laid: readonly Blame[]): Blame[] {
  const reasons = reasonsByService(laid);
  const bareAt = new Map<string, number>();
  const bareFailures = failures.filter(
    (failure) => failure.reasons.length === 0 && failure.bare.length > 0,
  );
  for (const { bare, trace } of bareFailures) {
    for (const service of bare) add(bareAt, service, trace.stands);
  }
  return bareFailures.map((failure) => {
    const shares = new Map<string, number>();
    for (const service of failure.bare) {
      const bare = bareAt.get(service) ?? 0;
      const tally = reasons.get(service);
      const part = 1 / failure.bare.length / ((tally?.total ?? 0) + bare);
      add(shares, service, part * bare);
      for (const [reason, count] of tally?.by ?? []) add(shares, reason, part * count);
    }
    return { failure, shares };
  });
}

const add = (shares: Map<string, number>, service: string, share: number): void => {
  shares.set(service, (shares.get(service) ?? 0) + share);
};
