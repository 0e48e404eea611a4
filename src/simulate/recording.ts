/** A run recorded without a gap, to be handed out as it came in. */
import { type Facts, labelOf, type SimulatedFile, unixTime } from './case-files.ts';
import { logLines, metricLines, traceLines } from './otlp.ts';
import type { PlatformKind } from './platform.ts';
import type { Random } from './random.ts';
import type { Planned } from './scenarios.ts';
import type { LogRecord, PointRecord, SpanRecord, Telemetry } from './telemetry.ts';
import type { World } from './world.ts';

/** Times in ms since the recording began. */
export interface Recording {
  /** As `label.json`. */
  readonly label: string;
  /** When the fault strikes; of a healthy run, where one would. */
  readonly onset: number;
  readonly end: number;
  /** Everything that runs, also what sends nothing of its own. */
  readonly services: readonly string[];
  /** Bytes that a process may hold, by its id. */
  readonly memoryLimits: ReadonlyMap<string, number>;
  /** Records by the time at which they came in: spans when they end. */
  readonly spans: readonly Timed<SpanRecord>[];
  readonly logs: readonly Timed<LogRecord>[];
  readonly points: readonly Timed<PointRecord>[];
  /** What came in from `from` on and before `to`, as OTLP/JSON. */
  files(from: number, to: number): readonly SimulatedFile[];
  /** Unix nanoseconds of a time, decimal. */
  unix(ms: number): string;
}

interface Timed<Kind> {
  readonly at: number;
  readonly record: Kind;
}

export function recordingOf(
  { telemetry, timeline, services }: World,
  kind: PlatformKind,
  plans: readonly Planned[],
  facts: Facts,
  random: Random,
): Recording {
  const unix = unixTime(random.fork('date'));
  const [start] = timeline.baseline;
  const timed = arrivals(telemetry, start);
  return {
    label: JSON.stringify(labelOf(`simulated-${kind}`, plans, facts, unix(timeline.onset))),
    onset: timeline.onset - start,
    end: timeline.end - start,
    services: services.map(({ name }) => name),
    memoryLimits: new Map(
      services.flatMap(({ instances }) =>
        instances.map(({ id, memoryLimit }) => [id, memoryLimit]),
      ),
    ),
    ...timed,
    files(from, to) {
      const batches = random.fork(`batches from ${from}`);
      return [
        { path: 'traces.jsonl', content: traceLines(within(timed.spans, from, to), unix, batches) },
        { path: 'logs.jsonl', content: logLines(within(timed.logs, from, to), unix, batches) },
        {
          path: 'metrics.jsonl',
          content: metricLines(within(timed.points, from, to), unix, batches),
        },
      ];
    },
    unix: (ms) => unix(start + ms),
  };
}

function arrivals({ spans, logs, points }: Telemetry, start: number) {
  const timed = <Kind>(records: readonly Kind[], timeOf: (one: Kind) => number) =>
    records.map((record) => ({ at: timeOf(record) - start, record })).sort((a, b) => a.at - b.at);
  return {
    spans: timed(spans, ({ end }) => end),
    logs: timed(logs, ({ time }) => time),
    points: timed(points, ({ time }) => time),
  };
}

const within = <Kind>(all: readonly Timed<Kind>[], from: number, to: number): readonly Kind[] =>
  all.filter(({ at }) => at >= from && at < to).map(({ record }) => record);
