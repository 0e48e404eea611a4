/** Spans → operations per minute, and how often one operation calls another. */
import {
  addToHistogram,
  childrenOf,
  emptyHistogram,
  mergeHistogram,
  ofAlike,
  viewAt,
} from '../graph/index.ts';
import type {
  CallCount,
  CallFeature,
  Cohort,
  Nanos,
  OperationFeature,
  OperationMinute,
  Source,
  SpanView,
  TraceColumns,
} from '../model.ts';
import { failed } from '../semantics/index.ts';
import {
  cellsOf,
  type MinuteCell,
  type OperationCounts,
  type OperationEntry,
  type PackedCell,
  packed,
} from './operation-counts.ts';
import type { Minute } from './plan.ts';

export interface OperationAccumulator {
  /** The span of that place in the trace; `selfNs` is its own time. */
  add(trace: TraceColumns, index: number, cohort: Cohort, minute: Minute, selfNs: number): void;
  /** What was counted so far, for `absorb` of another. */
  counts(): OperationCounts;
  /** Adds what another has counted, of later traces: of spans that are as slow the first is shown. */
  absorb(others: OperationCounts): void;
  /** By service, operation, kind and source. */
  finish(): readonly OperationFeature[];
}

/** Operation names hold ids in badly instrumented systems: beyond this many, the rest is one. */
const operationLimit = 20_000;
const otherOperations = '(other)';

export function operationAccumulator(sourceOf: (span: SpanView) => Source): OperationAccumulator {
  const entries = new Map<string, OperationEntry>();
  const entryAt = (identity: OperationEntry['identity']): OperationEntry => {
    const { source, operation, kind } = identity;
    const { service, instance, version, model, rank } = source;
    const key = JSON.stringify([service, operation, kind, instance, version, model, rank]);
    const known = entries.get(key);
    if (known) return known;
    if (entries.size >= operationLimit && operation !== otherOperations) {
      return entryAt({ ...identity, operation: otherOperations });
    }
    const entry = { identity, roots: 0, cells: { baseline: new Map(), incident: new Map() } };
    entries.set(key, entry);
    return entry;
  };
  const entryOf = ofAlike((span) =>
    entryAt({ source: sourceOf(span), operation: span.name, kind: span.kind }),
  );
  const hasFailed = ofAlike(failed);
  return {
    add(trace, index, cohort, minute, selfNs) {
      const span = viewAt(trace, index);
      const entry = entryOf(span);
      // It began its trace.
      if ((trace.parent[index] as number) < 0 && trace.parentId(index) === null) entry.roots += 1;
      const cells = entry.cells[cohort];
      let cell = cells.get(minute.number);
      if (cell === undefined) {
        const slowest = { traceId: trace.traceId, spanId: trace.spanId(index), ns: -1 };
        cell = emptyCell({ cohort, minute: minute.start }, slowest);
        cells.set(minute.number, cell);
      }
      cell.count += 1;
      if (hasFailed(span)) cell.errors += 1;
      if (trace.timed[index] === 0) return;
      const ns = (trace.end[index] as number) - (trace.start[index] as number);
      addToHistogram(cell.duration, ns);
      addToHistogram(cell.self, selfNs);
      if (ns <= cell.slowest.ns) return;
      cell.slowest = { traceId: trace.traceId, spanId: trace.spanId(index), ns };
    },
    counts: () => packed([...entries.values()]),
    absorb(others) {
      const entriesThere = others.operations.map(({ identity, roots }) => {
        const entry = entryAt(identity);
        entry.roots += roots;
        return entry;
      });
      for (const cell of cellsOf(others)) {
        const { cells } = entriesThere[cell.operation] as OperationEntry;
        absorbCell(cells[cell.cohort], cell);
      }
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

function absorbCell(into: Map<number, MinuteCell>, other: PackedCell): void {
  let cell = into.get(other.number);
  if (cell === undefined) {
    cell = emptyCell(other, other.slowest);
    into.set(other.number, cell);
  }
  cell.count += other.count;
  cell.errors += other.errors;
  mergeHistogram(cell.duration, other.duration);
  mergeHistogram(cell.self, other.self);
  if (other.slowest.ns > cell.slowest.ns) cell.slowest = other.slowest;
}

const emptyCell = (
  at: { cohort: Cohort; minute: Nanos },
  slowest: MinuteCell['slowest'],
): MinuteCell => ({
  cohort: at.cohort,
  minute: at.minute,
  count: 0,
  errors: 0,
  duration: emptyHistogram(),
  self: emptyHistogram(),
  slowest,
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
  add(trace: TraceColumns, cohort: Cohort): void;
  /** What was counted so far, for `absorb` of another. */
  counts(): ParentCounts;
  absorb(others: ParentCounts): void;
  /** By parent, then child. */
  finish(): readonly CallFeature[];
}

/** One operation as a parent, with the operations that it calls. */
interface Parent {
  readonly name: string;
  readonly all: Counts;
  readonly calls: Map<Parent, CallCounts>;
}

/** By name. */
export type ParentCounts = ReadonlyMap<string, Parent>;

/** `counted`: the number of the parent span that was counted last. */
type CallCounts = Counts & { counted: number };

export function callAccumulator(): CallAccumulator {
  const parents = new Map<string, Parent>();
  const hasFailed = ofAlike(failed);
  const parentAt = (name: string): Parent => {
    const parent = parents.get(name) ?? { name, all: noCounts(), calls: new Map() };
    parents.set(name, parent);
    return parent;
  };
  const operationAt = ofAlike(({ service, name }) => parentAt(JSON.stringify([service, name])));
  let spans = 0;
  return {
    add(trace, cohort) {
      const { first, next } = childrenOf(trace);
      for (let index = 0; index < trace.count; index += 1) {
        const span = viewAt(trace, index);
        spans += 1;
        const eldest = first[index] as number;
        let bad = hasFailed(span);
        for (let child = eldest; child >= 0 && !bad; child = next[child] as number) {
          bad = hasFailed(viewAt(trace, child));
        }
        const { all, calls } = operationAt(span);
        count(all, cohort, bad);
        for (let child = eldest; child >= 0; child = next[child] as number) {
          const counts = countsAt(calls, operationAt(viewAt(trace, child)));
          // Several calls of one operation count once.
          if (counts.counted !== spans) count(counts, cohort, bad);
          counts.counted = spans;
        }
      }
    },
    counts: () => parents,
    absorb(others) {
      for (const other of others.values()) {
        const { all, calls } = parentAt(other.name);
        addCounts(all, other.all);
        for (const [child, counts] of other.calls) {
          addCounts(countsAt(calls, parentAt(child.name)), counts);
        }
      }
    },
    finish: () =>
      [...parents].sort(byKey).flatMap(([parent, { all, calls }]) =>
        [...calls].sort(byName).map(([{ name: child }, counts]) => {
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

const byName = ([a]: readonly [Parent, unknown], [b]: readonly [Parent, unknown]): number =>
  a.name < b.name ? -1 : 1;

function countsAt(calls: Parent['calls'], callee: Parent): CallCounts {
  let counts = calls.get(callee);
  if (counts === undefined) {
    counts = { ...noCounts(), counted: 0 };
    calls.set(callee, counts);
  }
  return counts;
}

function addCounts(into: Counts, others: Counts): void {
  for (const cohort of ['baseline', 'incident'] as const) {
    into[cohort].all += others[cohort].all;
    into[cohort].failed += others[cohort].failed;
  }
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
