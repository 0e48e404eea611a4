/** What differs as rows for other programs: a step or an operation each, with both sides. */
import type { Cell, OperationDiff, QueryResult, StepDiff } from '../model.ts';
import type { Diff } from '../session.ts';

type Field<Row> = readonly [name: string, of: (row: Row) => Cell];

const inMs = (ns: number | null | undefined): number | null =>
  ns === null || ns === undefined ? null : ns / 1e6;

const steps: readonly Field<StepDiff>[] = [
  ['changed', ({ changed }) => changed],
  ['level', ({ level }) => level],
  ['service', ({ service }) => service],
  ['name', ({ name }) => name],
  ['rank', ({ rank }) => rank],
  ['countA', ({ a }) => a?.count ?? 0],
  ['countB', ({ b }) => b?.count ?? 0],
  ['errorsA', ({ a }) => a?.errors ?? 0],
  ['errorsB', ({ b }) => b?.errors ?? 0],
  ['msA', ({ a }) => inMs(a?.total)],
  ['msB', ({ b }) => inMs(b?.total)],
  ['deltaMs', ({ delta }) => inMs(delta)],
  ['ownMs', ({ own }) => inMs(own)],
  ['waitMsA', ({ a }) => inMs(a?.wait)],
  ['waitMsB', ({ b }) => inMs(b?.wait)],
  ['attributes', ({ attributes }) => attributes.map(({ key }) => key).join(' ')],
  ['spanA', ({ a }) => a?.spanId ?? null],
  ['spanB', ({ b }) => b?.spanId ?? null],
];

const operations: readonly Field<OperationDiff>[] = [
  ['changed', ({ changed }) => changed],
  ['sure', ({ sure }) => (sure ? 1 : 0)],
  ['service', ({ service }) => service],
  ['operation', ({ operation }) => operation],
  ['rank', ({ rank }) => rank],
  ['waits', ({ waits }) => (waits ? 1 : 0)],
  ['countA', ({ a }) => a?.count ?? 0],
  ['countB', ({ b }) => b?.count ?? 0],
  ['errorsA', ({ a }) => a?.errors ?? 0],
  ['errorsB', ({ b }) => b?.errors ?? 0],
  ['p50MsA', ({ a }) => inMs(a?.p50)],
  ['p50MsB', ({ b }) => inMs(b?.p50)],
  ['p95MsA', ({ a }) => inMs(a?.p95)],
  ['p95MsB', ({ b }) => inMs(b?.p95)],
  ['deltaMs', ({ delta }) => inMs(delta)],
  ['time', ({ time }) => time],
  ['failures', ({ failures }) => failures],
  ['p', ({ p }) => p],
];

export const diffRows = (diff: Diff): QueryResult =>
  diff.of === 'traces'
    ? resultOf(steps, diff.diff.steps)
    : resultOf(operations, diff.diff.operations);

function resultOf<Row>(fields: readonly Field<Row>[], rows: readonly Row[]): QueryResult {
  return {
    columns: fields.map(([name]) => name),
    rows: (async function* () {
      for (const row of rows) yield fields.map(([, of]) => of(row));
    })(),
  };
}
