/** The batch being filled, and where in the dump the decoder stands. */
import type {
  Batch,
  Defect,
  DefectCode,
  LogRecord,
  MetricPointRecord,
  SpanRecord,
} from '../model.ts';
import { everyTime, type Input } from './format.ts';
import type { PartPlace } from './json-parts.ts';
import { LogWriter } from './log-writer.ts';
import { PointWriter } from './point-writer.ts';
import { shown } from './shown.ts';
import { SpanWriter } from './span-writer.ts';

/** Records of a batch: enough to insert at once, few enough to hold. */
const batchRecords = 2000;

export interface Mark {
  readonly spans: number;
  readonly logs: number;
  readonly points: number;
  readonly defects: number;
  readonly metrics: number;
  readonly skipped: number;
}

export class Draft {
  readonly #dump: string;
  #line = 0;
  #mark: ':' | '#' = ':';
  /** Keys and indexes from the value at `#line` to the record being decoded. */
  #pointer: (string | number)[] = [];
  /** Where the elements of the value stand in a longer one. */
  #part: PartPlace | null = null;
  /** Where records go; whoever knows their columns already writes them there. */
  readonly spans: SpanWriter;
  readonly logs = new LogWriter();
  readonly points = new PointWriter();
  readonly #holds: Input['holds'];
  #defects: Defect[] = [];
  #metrics = 0;
  #pointsLeftOut = false;
  #skipped = 0;

  constructor({ name, holds, mapped }: Pick<Input, 'name' | 'holds' | 'mapped'>) {
    this.#dump = shown(name);
    this.#holds = holds;
    this.spans = new SpanWriter(mapped);
  }

  /** Where the next defects lie: a line, from 1; in a part of a value that began there. */
  atLine(line: number, part: PartPlace | null = null): void {
    this.#line = line;
    this.#mark = ':';
    this.#pointer = [];
    this.#part = part;
  }

  /** Where the next defects lie in a dump without lines: a message, from 1. */
  atMessage(number: number): void {
    this.atLine(number);
    this.#mark = '#';
  }

  /** Where the next defects lie within the value: keys and indexes in turn, up to `depth` kept. */
  at(depth: number, step: string | number): void {
    this.#pointer.length = depth;
    this.#pointer[depth] = step;
  }

  span(record: SpanRecord): void {
    if (this.#holds(record.startNs)) this.spans.add(record);
  }

  log(record: LogRecord): void {
    if (this.#holds(record.timeNs)) this.logs.add(record);
  }

  point(record: MetricPointRecord): void {
    if (this.#holds(record.timeNs)) this.points.add(record);
    else this.leaveOutPoint();
  }

  /** A point that is not wanted. */
  leaveOutPoint(): void {
    this.#pointsLeftOut = true;
  }

  metric(): void {
    this.#metrics += 1;
  }

  /** Something is wrong here; the record is kept. */
  note(code: DefectCode, message: string): void {
    this.#defects.push({ code, at: this.#place(), message: shown(message, 300) });
  }

  /** Something is wrong here and a record, or so many, are lost by it. */
  skip(code: DefectCode, message: string, records = 1): void {
    this.#skipped += records;
    this.note(code, message);
  }

  /** Whether records of every time are wanted. */
  get holdsAll(): boolean {
    return this.#holds === everyTime;
  }

  holds(time: bigint | null): boolean {
    return this.#holds(time);
  }

  /** Defects noted in this batch. */
  get noted(): number {
    return this.#defects.length;
  }

  /** Where the batch stands, for `rewind`. */
  mark(): Mark {
    return {
      spans: this.spans.count,
      logs: this.logs.count,
      points: this.points.count,
      defects: this.#defects.length,
      metrics: this.#metrics,
      skipped: this.#skipped,
    };
  }

  /** Takes back what came since then; no batch was taken in between. */
  rewind(mark: Mark): void {
    this.spans.rewind(mark.spans);
    this.logs.rewind(mark.logs);
    this.points.rewind(mark.points);
    this.#defects.length = mark.defects;
    this.#metrics = mark.metrics;
    this.#skipped = mark.skipped;
  }

  get full(): boolean {
    return this.#held() >= batchRecords;
  }

  get empty(): boolean {
    return this.#held() + this.#metrics + this.#skipped === 0;
  }

  /** The batch so far; a new one begins. */
  take(): Batch {
    const leavesAll = this.#pointsLeftOut && this.points.count === 0;
    const batch = {
      spans: this.spans.take(),
      logs: this.logs.take(),
      points: this.points.take(),
      metrics: leavesAll ? 0 : this.#metrics,
      skipped: this.#skipped,
      defects: this.#defects,
    };
    this.#defects = [];
    this.#metrics = 0;
    this.#pointsLeftOut = false;
    this.#skipped = 0;
    return batch;
  }

  #held(): number {
    return this.spans.count + this.logs.count + this.points.count + this.#defects.length;
  }

  #place(): string {
    const pointer = stepsIn(this.#pointer, this.#part)
      .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
      .join('');
    const line = `${this.#dump}${this.#mark}${this.#line}`;
    return pointer === '' ? line : `${line} ${pointer.slice(1)}`;
  }
}

/** The steps as they are in the value that `part` is a part of. */
function stepsIn(
  steps: readonly (string | number)[],
  part: PartPlace | null,
): readonly (string | number)[] {
  const first = steps.findIndex((step) => typeof step === 'number');
  if (part === null || steps[first - 1] !== part.key) return steps;
  const left = [...part.indexes];
  return steps.map((step) => {
    if (typeof step === 'string') return step;
    const before = left.shift() ?? 0;
    // Only its first elements are continued from the part before.
    if (step > 0) left.length = 0;
    return before + step;
  });
}
