/** What the processes recorded, as the files of a labelled case. */
import { logLines, metricLines, traceLines, type UnixTime } from './otlp.ts';
import type { PlatformKind } from './platform.ts';
import type { Random } from './random.ts';
import type { Planned } from './scenarios.ts';
import type { World } from './world.ts';

/** One file of a case; the path is relative to the case's folder. */
export interface SimulatedFile {
  readonly path: string;
  readonly content: string;
}

export interface Facts {
  readonly scenario: string;
  readonly seed: number;
  readonly topologySeed: number | undefined;
  readonly intensity: number;
}

/** Spans that began so long after the baseline belong to the incident. */
const lateMs = 60_000;

export function filesOf(
  { telemetry, timeline }: World,
  kind: PlatformKind,
  plans: readonly Planned[],
  facts: Facts,
  random: Random,
): readonly SimulatedFile[] {
  const unix = unixTime(random.fork('date'));
  const batches = random.fork('batches');
  const early = timeline.baseline[1] + lateMs;
  const baselineTraces = new Set(
    telemetry.spans.filter(({ start }) => start < early).map(({ traceId }) => traceId),
  );
  const inBaseline = telemetry.spans.filter(({ traceId }) => baselineTraces.has(traceId));
  const inIncident = telemetry.spans.filter(({ traceId }) => !baselineTraces.has(traceId));
  const logs = (late: boolean) => telemetry.logs.filter(({ time }) => time > early === late);
  const label = labelOf(`simulated-${kind}`, plans, facts, unix(timeline.onset));
  return [
    { path: 'baseline/traces.jsonl', content: traceLines(inBaseline, unix, batches) },
    { path: 'baseline/logs.jsonl', content: logLines(logs(false), unix, batches) },
    { path: 'incident/traces.jsonl', content: traceLines(inIncident, unix, batches) },
    { path: 'incident/logs.jsonl', content: logLines(logs(true), unix, batches) },
    { path: 'metrics.jsonl', content: metricLines(telemetry.points, unix, batches) },
    { path: 'label.json', content: `${JSON.stringify(label, null, 2)}\n` },
  ];
}

export function labelOf(
  system: string,
  plans: readonly Planned[],
  facts: Facts,
  onset: string,
): object {
  const { scenario, seed, topologySeed, intensity } = facts;
  const run = {
    ...{ system, seed, scenario },
    ...(topologySeed !== undefined && { topology_seed: topologySeed }),
  };
  const [first] = plans;
  if (!first) return { healthy: true, ...run };
  const how = {
    intensity,
    fault_start_unix_nano: onset,
    extra: { onset: onsetOf(plans) },
  };
  if (plans.length === 1) return { ...first.truth, ...run, ...how };
  const truths = plans.map(({ truth }) => truth);
  return {
    root_cause_service: first.truth.root_cause_service,
    root_causes: truths.map((truth) => truth.root_cause_service),
    also_accepted: truths.flatMap((truth) => truth.also_accepted ?? []),
    path: truths.flatMap(({ path }) => path),
    ...run,
    ...how,
    faults: truths.map(({ fault_class, layer, entity }) => ({ fault_class, layer, entity })),
  };
}

/** How what went wrong came: at once, slowly, or of two faults one so and one so. */
function onsetOf(plans: readonly Planned[]): string {
  const gradual = plans.filter(({ isGradual }) => isGradual).length;
  if (gradual === 0) return 'sudden';
  return gradual === plans.length ? 'gradual' : 'mixed';
}

/** Simulated ms on a calendar that starts somewhere in the first half of 2026. */
export function unixTime(random: Random): UnixTime {
  const start = BigInt(Date.UTC(2026, 0, 5)) + BigInt(random.int(0, 180 * 24 * 60)) * 60_000n;
  return (ms) => String(start * 1_000_000n + BigInt(Math.round(ms * 1e6)));
}
