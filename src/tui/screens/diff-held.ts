/** What can be taken of a step of two traces, or of an operation of the two sides; and all that are listed. */
import type { OperationDiff, Overview, StepDiff, TraceId } from '../../model.ts';
import { safe } from '../glyphs.ts';
import { type Held, sqlText } from '../held.ts';
import { listedOperationsSql } from '../listed-sql.ts';
import { inMs } from './service-facts.ts';

interface Pair {
  readonly a: TraceId;
  readonly b: TraceId;
}

export function heldStep(
  { service, name, rank, changed, a, b, delta, own }: StepDiff,
  pair: Pair,
): Held {
  const ids = [pair.a, pair.b].map(sqlText).join(', ');
  return {
    what: `step ${safe(name, 60)}`,
    target: `trace:${pair.b}`,
    id: b?.spanId ?? a?.spanId ?? null,
    facts: {
      service,
      name,
      ...(rank === null ? {} : { rank }),
      changed,
      spansA: a?.count ?? 0,
      spansB: b?.count ?? 0,
      errorsA: a?.errors ?? 0,
      errorsB: b?.errors ?? 0,
      deltaMs: delta / 1e6,
      ownMs: own / 1e6,
    },
    sql: `SELECT * FROM spans WHERE trace_id IN (${ids}) AND ${ofOperation(service, name)} ORDER BY start_ns`,
    command: ['diff', pair.a, pair.b],
  };
}

export function heldOperation(
  { service, operation, changed, sure, a, b, delta }: OperationDiff,
  { diagnosis: { windows } }: Overview,
): Held {
  const { baseline, incident } = windows;
  const times = ({ from, to }: typeof incident): string => `${from}/${to}`;
  return {
    what: `operation ${safe(operation, 60)}`,
    target: `service:${service}`,
    id: operation,
    facts: {
      service,
      operation,
      changed,
      sure,
      spansA: a?.count ?? 0,
      spansB: b?.count ?? 0,
      errorsA: a?.errors ?? 0,
      errorsB: b?.errors ?? 0,
      p95MsA: inMs(a?.p95),
      p95MsB: inMs(b?.p95),
      ownMs: delta / 1e6,
    },
    sql: `SELECT * FROM spans WHERE ${ofOperation(service, operation)} ORDER BY start_ns`,
    // Sides that are not told by time have no name there.
    command: baseline === null ? null : ['diff', times(baseline), times(incident)],
  };
}

/** Operations as they are listed, in both windows where they are told by time. */
export const operationsSql = (
  shown: readonly OperationDiff[],
  { diagnosis: { windows } }: Overview,
): string | null => {
  const { baseline: a, incident: b } = windows;
  return listedOperationsSql(shown, a && { a, b });
};

/** All that both traces are made of. */
export const stepsSql = ({ a, b }: Pair): string =>
  `SELECT * FROM spans WHERE trace_id IN (${[a, b].map(sqlText).join(', ')}) ORDER BY trace_id <> ${sqlText(a)}, start_ns`;

const ofOperation = (service: string, name: string): string =>
  `service = ${sqlText(service)} AND name = ${sqlText(name)}`;
