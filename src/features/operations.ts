/** Spans → operations per minute, and how often one operation calls another. */
import { addToHistogram } from '../graph/index.ts';
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
  readonly cells: Map<string, MinuteCell>;
}

export interface OperationAccumulator {
  add(span: Span, source: Source, at: { cohort: Cohort; minute: Nanos }, selfNs: number): void;
  /** By service, operation, kind and source. */
  finish(): readonly OperationFeature[];
}

/** Operation names hold ids in badly instrumented systems: beyond this many, the rest is one. */
const operationLimit = 20_000;
const otherOperations = '(other)';

export function operationAccumulator(): OperationAccumulator {
  const entries = new Map<string, OperationEntry>();
  const entryOf = (span: Span, source: Source, operation = span.name): OperationEntry => {
    const { service, instance, version, model, rank } = source;
    const key = JSON.stringify([service, operation, span.kind, instance, version, model, rank]);
    const known = entries.get(key);
    if (known) return known;
    if (entries.size >= operationLimit && operation !== otherOperations) {
      return entryOf(span, source, otherOperations);
    }
    const entry = { identity: { source, operation, kind: span.kind }, roots: 0, cells: new Map() };
    entries.set(key, entry);
    return entry;
  };
  return {
    add(span, source, at, selfNs) {
      const entry = entryOf(span, source);
      if (span.parentId === null) entry.roots += 1;
      const key = `${at.cohort}${at.minute}`;
      const cell = entry.cells.get(key) ?? emptyCell(at, span);
      entry.cells.set(key, cell);
      cell.count += 1;
      if (failed(span)) cell.errors += 1;
      if (!span.timed) return;
      const ns = span.end - span.start;
      addToHistogram(cell.duration, ns);
      addToHistogram(cell.self, selfNs);
      if (ns > cell.slowest.ns) cell.slowest = { traceId: span.traceId, spanId: span.spanId, ns };
    },
    finish: () =>
      [...entries]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, { identity, roots, cells }]) => ({ ...identity, roots, minutes: ordered(cells) })),
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

const ordered = (cells: ReadonlyMap<string, MinuteCell>): readonly OperationMinute[] =>
  [...cells.values()].sort((a, b) => a.minute - b.minute || (a.cohort < b.cohort ? -1 : 1));

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

export function callAccumulator(): CallAccumulator {
  const parents = new Map<string, Counts>();
  const calls = new Map<string, Map<string, Counts>>();
  const nameOf = (span: Span): string => JSON.stringify([span.service, span.name]);
  return {
    add(tree, cohort) {
      for (const [index, span] of tree.spans.entries()) {
        const children = (tree.children[index] ?? []).map((child) => tree.spans[child] as Span);
        const bad = failed(span) || children.some(failed);
        const parent = nameOf(span);
        count(parents, parent, cohort, bad);
        if (children.length === 0) continue;
        const made = calls.get(parent) ?? new Map<string, Counts>();
        calls.set(parent, made);
        for (const child of new Set(children.map(nameOf))) count(made, child, cohort, bad);
      }
    },
    finish: () =>
      [...calls].sort(byKey).flatMap(([parent, made]) =>
        [...made].sort(byKey).map(([child, counts]) => {
          const all = parents.get(parent) ?? noCounts();
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

function count(counts: Map<string, Counts>, key: string, cohort: Cohort, bad: boolean): void {
  const entry = counts.get(key) ?? noCounts();
  entry[cohort].all += 1;
  if (bad) entry[cohort].failed += 1;
  counts.set(key, entry);
}

function operationOf(key: string): { service: string; operation: string } {
  const [service, operation] = JSON.parse(key) as [string, string];
  return { service, operation };
}
