/**
 * Failures of another kind than before, where as many fail as ever: what is usual has ended, or is
 * hidden, and something else has begun.
 *
 *     pay Charge    before   40 of 1000 fail   CardDeclined 38, Timeout 2
 *                   during   41 of 1000 fail   CardDeclined 12, Timeout 2, KeyError 27     KeyError
 *
 * Compared is what failed with what failed, within one root operation, span by span of one name:
 * other requests fail for other reasons. An exception is told by its type, else by the template of
 * its message, else by what its status code stands for. Where nothing failed before there is nothing to compare.
 *
 * After: methods "error origin" (exception type), "attribute contrast" (G-test, exact where counts
 * are small), corrected for all kinds of exception that could have shown (Tarone 1990).
 */
import { byKey, grouped, once } from '../../grouping.ts';
import type { Evidence, Features, SampledTrace } from '../../model.ts';
import { errorSignature, failureOf } from '../../semantics/index.ts';
import { belief, corrected } from '../../statistics.ts';
import { templateOf } from '../../text/log-template.ts';
import { formatShare, plural, sanitise } from '../../text.ts';
import { leastAttainable, moreWithin, testsThatCount } from '../contingency.ts';
import { type Detector, evidence, exemplars } from '../detector.ts';
import { type Origin, originsIn } from '../origins.ts';
import { rootName } from '../requests.ts';

export const exceptionMix: Detector = {
  name: 'exception-mix',
  // Where too few failed on either side no mix could be told from another.
  looksAt: (features) => contrastsIn(features).some(({ least }) => least < 0.05),
  *detect(features) {
    const contrasts = contrastsIn(features);
    const tests = testsThatCount(contrasts.map(({ least }) => least));
    for (const [, alike] of byKey(grouped(contrasts, ({ service }) => service))) {
      yield* rowOf(
        alike.reduce((best, one) => (one.p < best.p ? one : best)),
        tests,
      );
    }
  },
};

const contrastsIn = once((features: Features): readonly Contrast[] => {
  if (features.plan.cohortBy.how === 'health') return [];
  const places = grouped(failuresIn(features), ({ place }) => place);
  return byKey(places).flatMap(([, failures]) => contrastsOf(failures));
});

/** One request that failed at one place: requests are counted, not spans. */
interface Failure {
  readonly origin: Origin;
  readonly cohort: SampledTrace['cohort'];
  /** Who is blamed, and the operation of the span. */
  readonly place: string;
  readonly exception: string;
}

function failuresIn(features: Features): readonly Failure[] {
  return [...originsIn(features)].flatMap(([{ cohort }, origins]) => {
    const firsts = new Map<string, Failure>();
    for (const origin of origins) {
      const { service, span } = origin;
      const place = JSON.stringify([service, span.service, span.name]);
      if (!firsts.has(place))
        firsts.set(place, { origin, cohort, place, exception: exceptionOf(origin) });
    }
    return [...firsts.values()];
  });
}

/** A message holds names and numbers of the request: its template does not. */
function exceptionOf({ span }: Origin): string {
  const told = errorSignature(span);
  return told === null ? failureOf(span) : templateOf(told);
}

interface Contrast {
  readonly service: string;
  readonly exception: string;
  readonly here: readonly Failure[];
  readonly shares: Readonly<Record<SampledTrace['cohort'], number>>;
  readonly all: Readonly<Record<SampledTrace['cohort'], number>>;
  readonly p: number;
  /** The smallest that p could be with as many failures. */
  readonly least: number;
}

const during = (of: readonly Failure[]): readonly Failure[] =>
  of.filter(({ cohort }) => cohort === 'incident');

function contrastsOf(failures: readonly Failure[]): readonly Contrast[] {
  const roots = [...grouped(failures, ({ origin }) => rootName(origin.trace)).values()];
  const comparable = roots.filter((of) => during(of).length > 0 && during(of).length < of.length);
  const all = comparable.flat();
  const size = { incident: during(all).length, baseline: all.length - during(all).length };
  return byKey(grouped(all, ({ exception }) => exception)).map(([exception, having]) => {
    const here = during(having);
    const shares = {
      incident: here.length / size.incident,
      baseline: (having.length - here.length) / size.baseline,
    };
    const strata = comparable.map((of) => {
      const own = of.filter((failure) => failure.exception === exception);
      const [n, k] = [during(of).length, during(own).length];
      return {
        incident: { with: k, of: n },
        baseline: { with: own.length - k, of: of.length - n },
      };
    });
    const least = leastAttainable(having.length, size.incident, size.baseline);
    const { origin } = having[0] as Failure;
    const p = moreWithin(strata);
    return { service: origin.service, exception, here, shares, all: size, p, least };
  });
}

function* rowOf(contrast: Contrast, tests: number): Generator<Evidence> {
  const { service, exception, here, shares, all } = contrast;
  const p = corrected(contrast.p, tests);
  const spans = here.map(({ origin }) => origin.span);
  const [first] = [...spans].sort((a, b) => a.start - b.start || (a.spanId < b.spanId ? -1 : 1));
  if (!first) return;
  yield* evidence({
    kind: 'exception-mix',
    entity: first.service === service ? `operation:${service}/${first.name}` : `service:${service}`,
    service,
    operation: first.name,
    instance: null,
    strength: belief(p) * (shares.incident - shares.baseline),
    effect: shares,
    n: all,
    p,
    firstSeen: first.start,
    summary: `“${sanitise(exception, 120)}” is ${formatShare(shares.incident)} of ${plural(all.incident, 'failure')} of ${sanitise(first.name, 80)}, and was ${formatShare(shares.baseline)} of ${all.baseline}`,
    refs: exemplars(spans, ({ name }) => name),
    traces: [...new Set(here.map(({ origin }) => origin.trace.tree.traceId))].sort(),
  });
}
