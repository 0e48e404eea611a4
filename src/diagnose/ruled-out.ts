/** Services that look guilty and are not: they failed, but each failure came from below. */
import type { Features } from '../model.ts';
import { failed } from '../semantics/index.ts';
import { formatShare, plural } from '../text.ts';
import { originsOf } from './detectors/error-origin.ts';
import type { Candidate } from './fusion.ts';

const limit = 5;
/** Failed less than this share by itself: the rest was carried. */
const ownShare = 0.5;

export function ruledOut(
  features: Features,
  candidates: readonly Candidate[],
): readonly { readonly service: string; readonly why: string }[] {
  const failures = new Map<string, { failed: number; own: number }>();
  for (const trace of features.sample) {
    if (trace.cohort !== 'incident' || trace.bad === null) continue;
    const born = new Set(originsOf(trace, features).map(({ span }) => span.spanId));
    const blamed = new Set(originsOf(trace, features).map(({ service }) => service));
    for (const span of trace.tree.spans) {
      if (!failed(span)) continue;
      const count = failures.get(span.service) ?? { failed: 0, own: 0 };
      failures.set(span.service, count);
      count.failed += 1;
      if (born.has(span.spanId) && blamed.has(span.service)) count.own += 1;
    }
  }
  const [first] = candidates;
  return [...failures]
    .filter(([service, { failed: all, own }]) => service !== first?.service && own < ownShare * all)
    .sort(([a, m], [b, n]) => n.failed - m.failed || (a < b ? -1 : 1))
    .slice(0, limit)
    .map(([service, { failed: all, own }]) => ({
      service,
      why: `${plural(all, 'failed span')}, ${formatShare(1 - own / all)} of them carried from a failed call below`,
    }));
}
