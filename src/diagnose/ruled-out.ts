/** Services that look guilty and are not: they failed, but each failure came from below. */
import type { Features } from '../model.ts';
import { failed } from '../semantics/index.ts';
import { formatShare, plural } from '../text.ts';
import { blamedIn, originsIn } from './origins.ts';

const limit = 5;
/** Failed less than this share by itself: the rest was carried. */
const ownShare = 0.5;

/** `accused`: services that the answer names as likely or possible causes. */
export function ruledOut(
  features: Features,
  accused: ReadonlySet<string>,
): readonly { readonly service: string; readonly why: string }[] {
  return [...failuresByService(features)]
    .filter(([service, { failed: all, own }]) => !accused.has(service) && own < ownShare * all)
    .sort(([a, m], [b, n]) => n.failed - m.failed || (a < b ? -1 : 1))
    .slice(0, limit)
    .map(([service, { failed: all, own }]) => ({
      service,
      why: `${plural(all, 'failed span')}, ${own === 0 ? 'all' : formatShare(1 - own / all)} of them carried from a failed call below`,
    }));
}

interface Failures {
  failed: number;
  /** Born at the service itself. */
  own: number;
}

function failuresByService(features: Features): ReadonlyMap<string, Failures> {
  const failures = new Map<string, Failures>();
  for (const [{ tree, cohort, bad }, origins] of originsIn(features)) {
    if (cohort !== 'incident' || bad === null) continue;
    const born = new Set(origins.map(({ span }) => span));
    const blamed = blamedIn(origins);
    for (const span of tree.spans) {
      if (!failed(span)) continue;
      const count = failures.get(span.service) ?? { failed: 0, own: 0 };
      failures.set(span.service, count);
      count.failed += 1;
      if (born.has(span) && blamed.includes(span.service)) count.own += 1;
    }
  }
  return failures;
}
