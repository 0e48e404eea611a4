/**
 * Features → diagnosis. Pure: no clock, no I/O, and the same features give the same answer.
 *
 *     features ─detectors→ evidence ─codebook, fusion→ candidates ─confidence→ verdict
 */
import { grouped } from '../grouping.ts';
import type {
  Band,
  Cause,
  CitedEvidence,
  Diagnosis,
  Evidence,
  Features,
  Nanos,
  PublishedReference,
  Reference,
  Verdict,
  Window,
} from '../model.ts';
import { fewestTelling, posterior } from '../statistics.ts';
import { digits, isoTime, sanitise } from '../text.ts';
import { judged } from './confidence.ts';
import { type Coverage, coverageOf } from './coverage.ts';
import type { Detector } from './detector.ts';
import { detectors as allDetectors } from './detectors/index.ts';
import { hasPeers } from './detectors/slow-peer.ts';
import { exemplarsOf } from './exemplars.ts';
import { type Candidate, type Cited, rank } from './fusion.ts';
import { missingFor, shownIn } from './missing.ts';
import { nextChecks } from './next-checks.ts';
import { propagation } from './path.ts';
import { withoutReactions } from './reaction.ts';
import { repairOf } from './repair.ts';
import { ruledOut } from './ruled-out.ts';
import { withOwnersOfHosts } from './shared-hosts.ts';
import { subjectOf } from './subject.ts';

export { median } from '../statistics.ts';
export { contrast } from './contrast/index.ts';
export type { Detector } from './detector.ts';
export { detectors } from './detectors/index.ts';
export { drift } from './drift/index.ts';
export { telemetryCoverage } from './telemetry/index.ts';

/** Causes come ranked; the verdict is the band of the first. */
export function diagnose(all: Features, using: readonly Detector[] = allDetectors): Diagnosis {
  const features = asCompared(all);
  const found = using.flatMap((detector) => [...detector.detect(features)]);
  const { graph } = features;
  const given = withOwnersOfHosts(found, graph);
  const rows = withoutReactions(given, graph);
  const coverage = coverageOf(features);
  const candidates = rank(rows, coverage);
  const looks = using.filter((detector) => detector.looksAt?.(features) ?? true);
  const publish = publisher(features, coverage, { odd: oddness(given, looks.length), rows: given });
  const causes = candidates.map((candidate, index) => publish.cause(candidate, index + 1));
  const [first] = causes;
  const accused = new Set(
    causes.filter(({ band }) => band !== 'weak').map(({ service }) => service),
  );
  const { plan, impact } = features;
  return {
    verdict: verdictOf(first),
    regime: plan.regime,
    windows: {
      baseline: plan.baseline && publish.window(plan.baseline),
      incident: publish.window(plan.incident),
    },
    onset: first && first.band !== 'weak' ? first.onset : null,
    impact: { ...impact, ...publish.window(impact) },
    dataQuality: dataQuality(features),
    causes,
    ruledOut: ruledOut(features, accused),
  };
}

/** Where no operation has peers, nothing is compared with anything. */
function asCompared(features: Features): Features {
  const { plan } = features;
  if (plan.regime !== 'peers' || hasPeers(features)) return features;
  return { ...features, plan: { ...plan, regime: 'absolute' } };
}

/**
 * How sure one can be that anything is odd about a cause, by the plainest of what speaks for it and
 * of the rows of its service. Each detector looks for another kind of oddness, and in a healthy
 * system one of them sees some now and then: before that row was seen it was as likely as not that
 * something is wrong, and then that it shows in any one of the detectors that had something to look
 * at, which is 1 to 2n − 1 for the one it shows in. A plain symptom that the cause explains counts
 * like a row of its own: where something is surely wrong, a doubtful row is no longer held against
 * nothing being wrong, only against the other causes.
 */
function oddness(rows: readonly Evidence[], detectors: number): (cause: Candidate) => number {
  const services = grouped(rows, ({ service }) => service);
  const least = new Map(
    [...services].map(([service, own]) => [service, Math.min(...own.map(({ p }) => p))]),
  );
  return ({ service, cited }) => {
    const speaking = cited.filter(({ direction }) => direction === 'supports');
    const ps = speaking.map(({ evidence }) => evidence.p);
    const plainest = Math.min(1, least.get(service) ?? 1, ...ps);
    return plainest === 1 ? untested : posterior(plainest, 2 * detectors - 1);
  };
}

/**
 * Where failed requests are held against healthy ones, each failure is a difference by itself: as few
 * as cannot be told from a single odd one name no cause.
 */
function isSingle({ cited }: Candidate, { plan }: Features): boolean {
  if (plan.regime !== 'healthy-traces') return false;
  const speaking = cited.filter(({ direction }) => direction === 'supports');
  const requests = new Set(speaking.flatMap(({ evidence }) => evidence.traces));
  return requests.size > 0 && requests.size < fewestTelling;
}

/** What could be compared with nothing was not tested: it names no cause (agents: right in 0.37 to 0.52). */
const untested = 1 / 3;

const verdictOf = (first: Cause | undefined): Verdict =>
  first === undefined || first.band === 'weak' ? 'no-clear-cause' : first.band;

/** Share of records that no defect touches, two decimals, never rounded up to 1. */
function dataQuality({ records, defects }: Features): Diagnosis['dataQuality'] {
  const touched = defects.reduce((sum, { count }) => sum + count, 0);
  const share = records === 0 ? 0 : Math.max(0, 1 - touched / records);
  return { score: Math.floor(share * 100) / 100, defects };
}

interface Found {
  readonly odd: (cause: Candidate) => number;
  /** All evidence, also what reactions explain. */
  readonly rows: readonly Evidence[];
}

/** Offsets → ISO times, numbers → as many digits as mean something. */
function publisher(features: Features, coverage: Coverage, { odd, rows }: Found) {
  const { failed, slow } = features.impact;
  const repairedBy = repairOf(features);
  const explainedSlow = (service: string): number | null => {
    const explained = repairedBy(service);
    return explained === null ? null : Math.min(slow, Math.round(explained));
  };
  const epoch = BigInt(features.epochNs);
  const shown = shownIn(features);
  const time = (at: Nanos): string => isoTime(epoch + BigInt(Math.round(at)));
  const timeOrNull = (at: Nanos | null): string | null => (at === null ? null : time(at));
  const reference = (ref: Reference): PublishedReference =>
    ref.signal === 'metric' ? { ...ref, at: time(ref.at) } : ref;

  const cited = ({ evidence, direction, weight }: Cited): CitedEvidence => ({
    id: evidence.id,
    kind: evidence.kind,
    direction,
    weight: digits(weight),
    entity: evidence.entity,
    summary: evidence.summary,
    effect: {
      baseline: evidence.effect.baseline === null ? null : digits(evidence.effect.baseline),
      incident: digits(evidence.effect.incident),
    },
    n: evidence.n,
    p: digits(evidence.p),
    firstSeen: timeOrNull(evidence.firstSeen),
    refs: evidence.refs.map(reference),
  });

  return {
    window: ({ from, to }: Window) => ({ from: time(from), to: time(to) }),
    cause(candidate: Candidate, position: number): Cause {
      const { service, entity, operation, instance, layer, faultClass, onset } = candidate;
      const { band, confidence } = judged(candidate.score, features, {
        oddness: isSingle(candidate, features) ? untested : odd(candidate),
        isFirst: position === 1,
      });
      return {
        rank: position,
        service,
        entity,
        operation,
        instance,
        layer,
        faultClass: faultClass.id,
        score: digits(candidate.score),
        confidence: digits(confidence),
        band,
        summary: summaryOf(candidate, band),
        onset: timeOrNull(onset),
        evidence: candidate.cited.map(cited),
        missing: missingFor(candidate, shown),
        explains: {
          failed: Math.min(failed, Math.round(coverage.explainedBy(service))),
          slow: explainedSlow(service),
        },
        path: propagation(candidate, features, rows),
        exemplars: exemplarsOf(candidate, features),
        nextChecks: nextChecks(candidate),
      };
    },
  };
}

/** What its class says of it, where that is shown; of a weak cause, and without a required sign, what was seen. */
function summaryOf({ service, entity, faultClass, lead }: Candidate, band: Band): string {
  const isShown = band !== 'weak' && faultClass.required.some(({ kind }) => kind === lead.kind);
  const subject = subjectOf(service, entity).replace(/,$/, '');
  return sanitise(
    isShown
      ? `${subjectOf(service, entity)} ${faultClass.phrase}: ${lead.summary}`
      : `${subject}: ${lead.summary}`,
    500,
  );
}
