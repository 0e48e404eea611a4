/**
 * How much of a minute users lose: requests from outside that failed, that took more than twice
 * what the slowest twentieth of their route usually takes, and, of those that got an answer, the
 * part by which the model is less often right than it usually is. 0: as usual; 1: nothing is left.
 */
import { healthyMinutes } from './detection.ts';
import type { MinuteOfTelemetry } from './minutes.ts';

const server = 2;

/** By minute from the first one after the healthy ones. */
export function lostOf(minutes: readonly MinuteOfTelemetry[]): readonly number[] {
  const healthy = minutes.slice(0, healthyMinutes);
  const limits = slowLimits(healthy);
  const usual = servedIn(healthy, limits);
  const usualRight = accuracyIn(healthy);
  return minutes.slice(healthyMinutes).map((minute) => {
    const served = servedIn([minute], limits);
    const right = accuracyIn([minute]);
    const answers = usual === null || served === null ? 1 : Math.min(1, served / usual);
    const quality = usualRight === null || right === null ? 1 : Math.min(1, right / usualRight);
    return 1 - answers * quality;
  });
}

type Root = MinuteOfTelemetry['spans'][number];

const rootsOf = (minutes: readonly MinuteOfTelemetry[]): readonly Root[] =>
  minutes.flatMap(({ spans }) =>
    spans.filter(({ kind, parentSpanId }) => kind === server && parentSpanId === ''),
  );

const slower = 2;

function slowLimits(minutes: readonly MinuteOfTelemetry[]): ReadonlyMap<string, number> {
  const times = new Map<string, number[]>();
  for (const { name, start, end } of rootsOf(minutes)) {
    const known = times.get(name);
    if (known) known.push(end - start);
    else times.set(name, [end - start]);
  }
  const limitOf = (all: number[]): number =>
    slower * (all.sort((a, b) => a - b)[Math.floor(0.95 * (all.length - 1))] as number);
  return new Map([...times].map(([route, all]) => [route, limitOf(all)]));
}

/** Share of requests that were answered in time; null if there was none. */
function servedIn(
  minutes: readonly MinuteOfTelemetry[],
  limits: ReadonlyMap<string, number>,
): number | null {
  const roots = rootsOf(minutes);
  const good = roots.filter(
    ({ error, name, start, end }) => !error && end - start <= (limits.get(name) ?? Infinity),
  );
  return roots.length === 0 ? null : good.length / roots.length;
}

/** What feedback says of answers that users got; what training says of its own is another matter. */
const feedback = /^model\.(online_|feedback\.)accuracy$/;

/** Mean of the accuracy that is reported; null if none is. */
function accuracyIn(minutes: readonly MinuteOfTelemetry[]): number | null {
  const values = minutes.flatMap(({ points }) =>
    points.flatMap(({ metric, reading }) =>
      reading.kind === 'gauge' && feedback.test(metric) ? [reading.value] : [],
    ),
  );
  return values.length === 0 ? null : values.reduce((sum, one) => sum + one, 0) / values.length;
}
