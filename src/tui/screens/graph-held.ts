/** What can be taken of the graph: a service, or of the matrix a call; and all that are listed. */
import type { CallHealth, CallSide } from '../../model.ts';
import { safe } from '../glyphs.ts';
import { filterValue, type Held, sqlText } from '../held.ts';
import { callsSql, servicesSql } from '../listed-sql.ts';
import { callAt, type Matrix, type MatrixCursor } from './graph-matrix.ts';
import type { GraphRow } from './graph-model.ts';
import { type GraphState, matrixIn } from './graph-view.ts';
import { inMs } from './service-facts.ts';

export function heldIn(state: GraphState): Held | null {
  const matrix = matrixIn(state);
  if (matrix) {
    const call = callAt(matrix, state.cell);
    return call ? heldCall(call) : null;
  }
  const row = state.rows[state.list.at];
  return row ? heldService(state, row) : null;
}

function heldService({ graph: { services } }: GraphState, { service }: GraphRow): Held {
  const health = services.get(service);
  const name = sqlText(service);
  return {
    what: `service ${safe(service, 60)}`,
    target: `service:${service}`,
    id: service,
    facts: {
      service,
      spans: health?.incident?.spans ?? 0,
      errors: health?.incident?.errors ?? 0,
      p99Ms: inMs(health?.incident?.p99),
      spansBefore: health?.baseline?.spans ?? 0,
      errorsBefore: health?.baseline?.errors ?? 0,
      p99MsBefore: inMs(health?.baseline?.p99),
      cause: health?.rank ?? null,
    },
    sql: `SELECT * FROM edges WHERE caller = ${name} OR callee = ${name} ORDER BY errors DESC`,
    command: ['traces', `service=${filterValue(service)}`],
  };
}

function heldCall({ caller, callee, via, baseline, incident }: CallHealth): Held {
  const side = (of: CallSide | null, when: string) => ({
    [`calls${when}`]: of?.calls ?? 0,
    [`errors${when}`]: of?.errors ?? 0,
    [`p95Ms${when}`]: inMs(of?.p95),
  });
  return {
    what: `call ${safe(caller, 40)} → ${safe(callee, 40)}`,
    target: `service:${callee}`,
    id: callee,
    facts: { caller, callee, via, ...side(incident, ''), ...side(baseline, 'Before') },
    sql: `SELECT * FROM edges WHERE caller = ${sqlText(caller)} AND callee = ${sqlText(callee)}`,
    command: ['traces', `service=${filterValue(caller)}`],
  };
}

/** Rows that stand for a service, the first of each. */
function servicePlaces({ rows }: GraphState): readonly number[] {
  const first = new Map<string, number>();
  for (const [at, { kind, service }] of rows.entries()) {
    if (kind === 'service' && !first.has(service)) first.set(service, at);
  }
  return [...first.values()];
}

/** Cells with a call, row by row. */
const cellsIn = (matrix: Matrix): readonly MatrixCursor[] =>
  matrix.rows.flatMap((_, row) =>
    matrix.columns.flatMap((_, column) =>
      callAt(matrix, { row, column }) ? [{ row, column }] : [],
    ),
  );

/** What is listed, for a file: services, or the calls of the matrix. */
export function rowsOf(state: GraphState): { count: number; at(index: number): GraphState } {
  const matrix = matrixIn(state);
  if (matrix) {
    const cells = cellsIn(matrix);
    return {
      count: cells.length,
      at: (index) => ({ ...state, cell: cells[index] ?? state.cell }),
    };
  }
  const places = servicePlaces(state);
  return {
    count: places.length,
    at: (index) => ({ ...state, list: { at: places[index] ?? 0, top: 0 } }),
  };
}

/** The same as a statement. */
export function graphSql(state: GraphState): string {
  const matrix = matrixIn(state);
  if (matrix) return callsSql(cellsIn(matrix).flatMap((cell) => callAt(matrix, cell) ?? []));
  return servicesSql(servicePlaces(state).map((at) => state.rows[at]?.service ?? ''));
}
