/** Spans → operations per minute, and how often one operation calls another. */
import { addToHistogram, ofAlike } from '../graph/index.ts';
import type {
  CallCount,
  CallFeature,
  Cohort,
  Histogram,
  Nanos,
  OperationFeature,
  OperationMinute,
  Source,
  Span,
  SpanId,
  TraceId,
  TraceTree,
} from '../model.ts';
import { failed } from '../semantics/index.ts';
import type { Minute } from './plan.ts';

interface MinuteCell {
  cohort: Cohort;
  minute: Nanos;
  count: number;
  errors: number;
  duration: Histogram;
  self: Histogram;
  slowest: { traceId: TraceId; spanId: SpanId; ns: number };
}

interface OperationEntry {
  readonly identity: Pick<OperationFeature, 'source' | 'operation' | 'kind'>;
  roots: number;
  /** By the number of the minute: as a key a small whole number is found faster than a time. */
  readonly cells: Readonly<Record<Cohort, Map<number, MinuteCell>>>;
}

export interface OperationAccumulator {
  /** `isRoot`: it began its trace. */
  add(
    span: Span,
    at: { readonly cohort: Cohort; readonly minute: Minute; readonly isRoot: boolean },
    selfNs: number,
  ): void;
  /** By service, operation, kind and source. */
  finish(): readonly OperationFeature[];
}

/** Operation names hold ids in badly instrumented systems: beyond this many, the rest is one. */
const operationLimit = 20_000;
const otherOperations = '(other)';

export function operationAccumulator(sourceOf: (span: Span) => Source): OperationAccumulator {
  const entries = new Map<string, OperationEntry>();
  const entryAt = (span: Span, operation = span.name): OperationEntry => {
    const source = sourceOf(span);
    const { service, instance, version, model, rank } = source;
    const key = JSON.stringify([service, operation, span.kind, instance, version, model, rank]);
    const known = entries.get(key);
    if (known) return known;
    if (entries.size >= operationLimit && operation !== otherOperations) {
      return entryAt(span, otherOperations);
    }
    const identity = { source, operation, kind: span.kind };
    const entry = { identity, roots: 0, cells: { baseline: new Map(), incident: new Map() } };
    entries.set(key, entry);
    return entry;
  };
  const entryOf = ofAlike((span) => entryAt(span));
  const hasFailed = ofAlike(failed);
  return {
    add(span, { cohort, minute, isRoot }, selfNs) {
      const entry = entryOf(span);
      if (isRoot) entry.roots += 1;
      const cells = entry.cells[cohort];
      let cell = cells.get(minute.number);
      if (cell === undefined) {
        cell = emptyCell({ cohort, minute: minute.start }, span);
        cells.set(minute.number, cell);
      }
      cell.count += 1;
      if (hasFailed(span)) cell.errors += 1;
      if (!span.timed) return;
      const ns = span.end - span.start;
      addToHistogram(cell.duration, ns);
      addToHistogram(cell.self, selfNs);
      if (ns > cell.slowest.ns) cell.slowest = { traceId: span.traceId, spanId: span.spanId, ns };
    },
    finish: () =>
      [...entries]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, { identity, roots, cells }]) => ({
          ...identity,
          roots,
          minutes: ordered([...cells.baseline.values(), ...cells.incident.values()]),
        })),
  };
}

const emptyCell = (at: { cohort: Cohort; minute: Nanos }, span: Span): MinuteCell => ({
  ...at,
  count: 0,
  errors: 0,
  duration: new Map(),
  self: new Map(),
  slowest: { traceId: span.traceId, spanId: span.spanId, ns: -1 },
});

const ordered = (cells: readonly MinuteCell[]): readonly OperationMinute[] =>
  cells.toSorted((a, b) => a.minute - b.minute || (a.cohort < b.cohort ? -1 : 1));

/** Spans by cohort: all, and those that failed or have a failed child. */
type Counts = Record<Cohort, { all: number; failed: number }>;

const noCounts = (): Counts => ({
  baseline: { all: 0, failed: 0 },
  incident: { all: 0, failed: 0 },
});

export interface CallAccumulator {
  add(tree: TraceTree, cohort: Cohort): void;
  /** By parent, then child. */
  finish(): readonly CallFeature[];
}

/** One operation as a parent, with the operations that it calls. */
interface Parent {
  readonly all: Counts;
  readonly calls: Map<string, Counts>;
}

export function callAccumulator(): CallAccumulator {
  const parents = new Map<string, Parent>();
  const nameOf = ofAlike((span) => JSON.stringify([span.service, span.name]));
  const hasFailed = ofAlike(failed);
  const parentOf = ofAlike((span): Parent => {
    const name = nameOf(span);
    const parent = parents.get(name) ?? { all: noCounts(), calls: new Map() };
    parents.set(name, parent);
    return parent;
  });
  return {
    add(tree, cohort) {
      for (let index = 0; index < tree.spans.length; index += 1) {
        const span = tree.spans[index] as Span;
        const children = tree.children[index] ?? [];
        let bad = hasFailed(span);
        for (const child of children) bad ||= hasFailed(tree.spans[child] as Span);
        const { all, calls } = parentOf(span);
        count(all, cohort, bad);
        const names = children.map((child) => nameOf(tree.spans[child] as Span));
        for (const [place, name] of names.entries()) {
          // Several calls of one operation count once.
          if (names.indexOf(name) === place) count(countsAt(calls, name), cohort, bad);
        }
      }
    },
    finish: () =>
      [...parents].sort(byKey).flatMap(([parent, { all, calls }]) =>
        [...calls].sort(byKey).map(([child, counts]) => {
          const of = (cohort: Cohort): CallCount => ({
            parents: all[cohort].all,
            withCall: counts[cohort].all,
            failed: all[cohort].failed,
            failedWithCall: counts[cohort].failed,
          });
          return {
            parent: operationOf(parent),
            child: operationOf(child),
            baseline: of('baseline'),
            incident: of('incident'),
          };
        }),
      ),
  };
}

const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : 1;

function countsAt(calls: Map<string, Counts>, name: string): Counts {
  const counts = calls.get(name) ?? noCounts();
  calls.set(name, counts);
  return counts;
}

function count(counts: Counts, cohort: Cohort, bad: boolean): void {
  const entry = counts[cohort];
  entry.all += 1;
  if (bad) entry.failed += 1;
}

function operationOf(key: string): { service: string; operation: string } {
  const [service, operation] = JSON.parse(key) as [string, string];
  return { service, operation };
}
