/** How often a part of the system took part in good and in bad traces. */
import type { SampledTrace } from '../../model.ts';

/** Weighted by the traces that each sampled one stands for. */
export interface Spectrum {
  readonly bad: number;
  readonly good: number;
}

/**
 * A failed or slow trace of the incident. All others are good, also failed ones of the baseline: what
 * fails all the time then counts less, which is to the method's advantage.
 */
export const isBad = ({ cohort, bad }: SampledTrace): boolean =>
  cohort === 'incident' && bad !== null;

/** By service; `of` says how much each service counts in a trace. */
export function spectra(
  sample: readonly SampledTrace[],
  of: (trace: SampledTrace) => ReadonlyMap<string, number>,
): {
  readonly services: ReadonlyMap<string, Spectrum>;
  readonly bad: number;
  readonly good: number;
} {
  const services = new Map<string, { bad: number; good: number }>();
  const all = { bad: 0, good: 0 };
  for (const trace of sample) {
    const side = isBad(trace) ? 'bad' : 'good';
    all[side] += trace.stands;
    for (const [service, weight] of of(trace)) {
      const spectrum = services.get(service) ?? { bad: 0, good: 0 };
      services.set(service, spectrum);
      spectrum[side] += weight * trace.stands;
    }
  }
  return { services, ...all };
}

export const servicesOf = ({ tree }: SampledTrace): ReadonlyMap<string, number> =>
  new Map(tree.spans.map(({ service }) => [service, 1]));

/** Ochiai's coefficient: of bad traces with it, without it, and good ones with it. */
export function ochiaiOf(badWith: number, badWithout: number, goodWith: number): number {
  const product = (badWith + badWithout) * (badWith + goodWith);
  return product > 0 ? badWith / Math.sqrt(product) : 0;
}
