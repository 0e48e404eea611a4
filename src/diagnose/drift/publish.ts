/** What was found → what is printed: times as ISO 8601, numbers with the digits that mean something. */
import {
  type Cohort,
  type DriftOutcome,
  type DriftSignal,
  type Features,
  minuteOf,
  type Nanos,
  nanos,
  type Reference,
} from '../../model.ts';
import { signalOf } from '../../semantics/index.ts';
import { digits, isoTime } from '../../text.ts';
import type { Marked, Measured } from './minutes.ts';
import type { Observation, Series } from './series.ts';
import { shapeOf } from './shape.ts';
import { amountsOf } from './slices.ts';

/** A signal as it was found. */
export interface Draft {
  readonly series: Series;
  readonly measured: Measured;
  readonly q: number;
  readonly outcome: DriftOutcome;
  readonly run: readonly Marked[];
  readonly mix: DriftSignal['mix'];
}

export const nameOf = (name: string, part: string): string =>
  part === '' ? name : `${name} (${part})`;

export function publisher({ epochNs, plan }: Features) {
  const epoch = BigInt(epochNs);
  const time = (at: Nanos): string => isoTime(epoch + BigInt(Math.round(at)));
  const reference = (of: Reference) => (of.signal === 'metric' ? { ...of, at: time(of.at) } : of);
  const exampleIn = ({ series, measured, run }: Draft, cohort: Cohort) => {
    const own = series.observations.filter((one) => one.cohort === cohort);
    const inRun = cohort === 'incident' && run[0] ? run[0].at : null;
    const near = inRun === null ? own : own.filter(({ at }) => minuteOf(at) >= inRun);
    const wanted = cohort === 'incident' ? measured.is : measured.was;
    const found = nearest(near.length > 0 ? near : own, wanted, measured.category);
    if (!found) return null;
    const { example } = found;
    if ('traceId' in example) {
      const { traceId, spanId } = example;
      return { signal: 'span', traceId, spanId } as const;
    }
    return reference({
      ...{ signal: 'metric', metric: series.name, service: series.service, at: example.at },
    });
  };
  return {
    time,
    reference,
    window: ({ from, to }: { from: Nanos; to: Nanos }) => ({ from: time(from), to: time(to) }),
    signal(draft: Draft, slices: DriftSignal['slices'], rank: number): DriftSignal {
      const { series, measured, q, outcome, run, mix } = draft;
      const { name, part, service, entity, origin, unit, layer, kind } = series;
      const known = signalOf(name);
      const { was, is, category, effect, distances } = measured;
      const numeric = category === null && is !== was ? Math.sign(is - was) : measured.sign;
      const direction = numeric < 0 ? 'down' : 'up';
      return {
        ...{ rank, outcome, layer, name: nameOf(name, part), service, entity, origin, unit },
        kind: series.report !== null && kind === 'level' ? 'published' : kind,
        test: measured.test,
        effect: { ...effect, value: digits(effect.value) },
        distances: {
          psi: digitsOrNull(distances.psi),
          jensenShannon: digitsOrNull(distances.jensenShannon),
          shift: digitsOrNull(distances.shift),
        },
        ...{ baseline: digits(was), incident: digits(is), category, direction },
        worse: known && category === null ? known.worse === direction : null,
        ...{ n: measured.n, p: digits(measured.p), q: digits(q), minutes: run.length },
        onset: run[0] ? time(nanos(Math.max(run[0].at, plan.incident.from))) : null,
        slices: slices.map((slice) => ({
          ...slice,
          baseline: digitsOrNull(slice.baseline),
          incident: digits(slice.incident),
          elsewhere: {
            baseline: digitsOrNull(slice.elsewhere.baseline),
            incident: digitsOrNull(slice.elsewhere.incident),
          },
          q: digits(slice.q),
        })),
        mix: mix && { ...mix, within: digits(mix.within), total: digits(mix.total) },
        trend: trendOf(series, measured).map(({ at, value, cohort }) => {
          return { at: time(at), value: digits(value), window: cohort };
        }),
        distribution: shapeOf(series),
        examples: {
          baseline: exampleIn(draft, 'baseline'),
          incident: exampleIn(draft, 'incident'),
        },
      };
    },
  };
}

const digitsOrNull = (value: number | null): number | null =>
  value === null ? null : digits(value);

/** The observation that shows best what the window is like. */
function nearest(
  side: readonly Observation[],
  wanted: number,
  category: string | null,
): Observation | undefined {
  if (category !== null) return side.find(({ value }) => value === category) ?? side[0];
  const apart = ({ value }: Observation): number => Math.abs((value as number) - wanted);
  return side.reduce<Observation | undefined>(
    (best, one) => (best === undefined || apart(one) < apart(best) ? one : best),
    undefined,
  );
}

/** Means of the minutes, by time. */
function trendOf(series: Series, measured: Measured) {
  const { observations, of } = amountsOf(series, measured);
  const minutes = new Map<string, { cohort: Cohort; at: Nanos; sum: number; weight: number }>();
  for (const one of observations) {
    const at = minuteOf(one.at);
    const key = `${one.cohort} ${at}`;
    const minute = minutes.get(key) ?? { cohort: one.cohort, at, sum: 0, weight: 0 };
    minutes.set(key, minute);
    minute.sum += of(one) * one.count * one.weight;
    minute.weight += one.count * one.weight;
  }
  return [...minutes.values()]
    .sort((a, b) => a.at - b.at || (a.cohort < b.cohort ? -1 : 1))
    .map(({ cohort, at, sum, weight }) => ({ cohort, at: nanos(at), value: sum / weight }));
}
