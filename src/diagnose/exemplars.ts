/**
 * Two traces to lay side by side: one that shows the cause, and one of the same kind that went well.
 *
 *     bad    the first trace that the evidence cites; else a bad one in which the service has a part
 *     good   healthy, of the same trace type, else of the same root operation; of median duration,
 *            because the ends of a distribution are odd in other ways
 */
import type { Exemplars, Features, SampledTrace, TraceId } from '../model.ts';
import type { Candidate } from './fusion.ts';
import { rootName, rootOf } from './requests.ts';

/** Ids, null where the sample of the case holds no such trace. */
export function exemplarsOf(candidate: Candidate, { sample }: Features): Exemplars {
  const shown = sample.filter(({ cohort }) => cohort === 'incident');
  const bad = citedTrace(candidate, shown) ?? worstThrough(candidate.service, shown);
  if (bad === null) return { bad: null, good: null };
  const healthy = sample.filter((trace) => trace.cohort === 'baseline' && trace.bad === null);
  const alike = healthy.filter(({ type }) => type === bad.type);
  const root = rootName(bad);
  const related = healthy.filter((trace) => rootName(trace) === root);
  const good = middle(alike.length > 0 ? alike : related);
  return { bad: idOf(bad), good: good && idOf(good) };
}

function citedTrace({ cited }: Candidate, shown: readonly SampledTrace[]): SampledTrace | null {
  const byId = new Map(shown.map((trace) => [idOf(trace), trace]));
  for (const { evidence, direction } of cited) {
    if (direction !== 'supports') continue;
    for (const ref of evidence.refs) {
      const trace = ref.signal === 'span' ? byId.get(ref.traceId) : undefined;
      if (trace) return trace;
    }
  }
  return null;
}

/** Failed before slow, the longest first. */
function worstThrough(service: string, shown: readonly SampledTrace[]): SampledTrace | null {
  const through = shown.filter(
    ({ bad, tree }) => bad !== null && tree.spans.some((span) => span.service === service),
  );
  const failed = through.filter(({ bad }) => bad === 'failed');
  return byDuration(failed.length > 0 ? failed : through).at(-1) ?? null;
}

const middle = (traces: readonly SampledTrace[]): SampledTrace | null =>
  byDuration(traces)[Math.floor((traces.length - 1) / 2)] ?? null;

const byDuration = (traces: readonly SampledTrace[]): readonly SampledTrace[] =>
  [...traces].sort((a, b) => durationOf(a) - durationOf(b) || (idOf(a) < idOf(b) ? -1 : 1));

const idOf = ({ tree }: SampledTrace): TraceId => tree.traceId;

function durationOf(trace: SampledTrace): number {
  const { timed, start, end } = rootOf(trace);
  return timed ? end - start : 0;
}
