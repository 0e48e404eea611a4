/** One record of a protobuf request, of whichever signal. */
import type { ProtobufSignal } from '../../otlp/messages.ts';
import type { Draft } from '../draft.ts';
import type { Fields } from '../otlp/fields.ts';
import { decodeLog } from '../otlp/logs.ts';
import { decodeMetric } from '../otlp/metrics.ts';
import { decodeSpan } from '../otlp/traces.ts';
import type { Surroundings } from '../scan/surroundings.ts';
import { LogReader } from './log-reader.ts';
import { MetricReader } from './metric-reader.ts';
import { SpanReader } from './span-reader.ts';
import type { WireBytes } from './wire.ts';

/** Reads records from their bytes into columns, all but what is seldom seen. */
export class RecordReader {
  readonly #readers: Readonly<Record<ProtobufSignal, SpanReader | LogReader | MetricReader>>;

  constructor(draft: Draft) {
    this.#readers = {
      traces: new SpanReader(draft),
      logs: new LogReader(draft),
      metrics: new MetricReader(draft),
    };
  }

  /** Reads a record and adds it; false if there is something in it that is not known: then nothing. */
  read(
    signal: ProtobufSignal,
    wire: WireBytes,
    from: number,
    to: number,
    around: Surroundings,
  ): boolean {
    return this.#readers[signal].read(wire, from, to, around);
  }
}

/** Keys and indexes that lead to a record. */
const recordDepth = 6;

/** Decodes a record by the plain decoder, stopping wherever a full batch may be taken. */
export function* decodePlainly(
  draft: Draft,
  signal: ProtobufSignal,
  record: Fields,
  { resource, scope }: Surroundings,
): Generator<void> {
  if (signal === 'metrics') yield* decodeMetric(draft, record, resource, scope, recordDepth);
  else if (signal === 'logs') decodeLog(draft, record, resource, scope);
  else decodeSpan(draft, record, resource, scope);
  if (draft.full) yield;
}
