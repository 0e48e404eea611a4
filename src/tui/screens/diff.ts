/** Two traces step by step, or the two sides of the case operation by operation. */
import type { OperationDiff, Overview, StepDiff, TraceDiff, TraceId } from '../../model.ts';
import { takesOther } from '../../report/index.ts';
import type { Diff } from '../../session.ts';
import { type Line, line } from '../line.ts';
import { atTop, type Cursor, type Motion, moved, nextWhere, placed, rowsIn } from '../list.ts';
import type { Area, Place, Screen, Step } from '../screen.ts';
import {
  inOrder,
  isSortAction,
  resorted,
  type Sort,
  type SortAction,
  sayUnsorted,
  sortBindings,
} from '../table.ts';
import { exampleOf } from './diff-example.ts';
import { heldOperation, heldStep, operationsSql, stepsSql } from './diff-held.ts';
import { stepOrders } from './diff-order.ts';
import { operationColumns, operationRows, operationView } from './diff-sides.ts';
import { headRows, orderedSteps, stepView } from './diff-steps.ts';

export interface DiffState {
  readonly overview: Overview;
  readonly pair: { readonly a: TraceId; readonly b: TraceId } | null;
  /** Null: not compared yet. */
  readonly diff: TraceDiff | null;
  readonly problem: string | null;
  readonly level: 'traces' | 'sides';
  /** True: also what did not change. */
  readonly all: boolean;
  /** True: of the sides only what changed. */
  readonly changedOnly: boolean;
  readonly filter: string;
  readonly sort: Sort;
  /** Of the steps of two traces. */
  readonly stepSort: Sort;
  readonly list: Cursor;
}

type Action = 'open' | 'level' | 'swap' | 'all' | 'next' | 'previous' | SortAction;

export const diff: Screen<DiffState, Overview, Action> = {
  title: 'Diff',
  keeps: ['pair', 'level', 'all', 'changedOnly', 'sort', 'stepSort', 'list'],
  bindings: [
    { keys: ['enter', 'l', 'right'], action: 'open', help: 'in its trace' },
    { keys: [']', 'e'], action: 'next', help: 'next change' },
    { keys: ['[', 'E'], action: 'previous', help: 'change before', quiet: true },
    { keys: ['v'], action: 'level', help: 'traces or sides' },
    { keys: ['X'], action: 'swap', help: 'swap' },
    { keys: ['.'], action: 'all', help: 'unchanged' },
    ...sortBindings,
  ],
  offers({ level }, action) {
    if (level === 'traces') return true;
    return action === 'open' ? 'its traces' : action !== 'swap';
  },
  init(overview) {
    const pair = exampleIn(overview);
    return {
      overview,
      pair,
      diff: null,
      problem: null,
      level: pair === null ? 'sides' : 'traces',
      all: false,
      changedOnly: false,
      filter: '',
      sort: null,
      stepSort: null,
      list: atTop,
    };
  },
  aimed(state, place) {
    if (place.screen !== 'diff' || !place.a || !place.b) return state;
    const pair = { a: place.a, b: place.b };
    return { ...state, pair, diff: null, problem: null, level: 'traces', list: atTop };
  },
  wants: ({ pair, diff, problem }) =>
    pair && diff === null && problem === null ? { ask: 'diff', ...pair } : null,
  answered(state, question, reply) {
    if (question.ask !== 'diff' || question.a !== state.pair?.a) return state;
    if ('problem' in reply) return { ...state, problem: reply.problem };
    const answer = reply.answer as Diff;
    return answer.of === 'traces' ? atFirst({ ...state, diff: answer.diff }) : state;
  },
  crumb: ({ level, pair }) =>
    level === 'sides' || !pair ? '' : `${pair.a.slice(0, 8)} → ${pair.b.slice(0, 8)}`,
  filtered: (state, filter) => ({ ...state, filter, list: atTop }),
  listSql(state) {
    const { level, pair, overview } = state;
    if (level === 'sides') return operationsSql(sidesOf(state), overview);
    return pair && stepsSql(pair);
  },
  held(state) {
    const { pair, level, list, overview } = state;
    if (level === 'sides') {
      const one = sidesOf(state)[list.at];
      return one ? heldOperation(one, overview) : null;
    }
    const step = stepsOf(state)[list.at];
    return step && pair ? heldStep(step, pair) : null;
  },
  problem: ({ level, problem }) => (level === 'sides' ? null : problem),
  rows: (state) =>
    rowsIn(state, (state.level === 'sides' ? sidesOf(state) : stepsOf(state)).length),
  update,
  View,
};

/** The best ranked cause with a trace that shows it and one that went well. */
function exampleIn({ diagnosis }: Overview): DiffState['pair'] {
  for (const {
    exemplars: { bad, good },
  } of diagnosis.causes) {
    if (bad !== null && good !== null) return { a: good, b: bad };
  }
  return null;
}

/** The cursor where the two part. */
function atFirst(state: DiffState): DiffState {
  if (state.level === 'sides') return state;
  const first = state.diff?.steps[state.diff.first];
  const at = first ? stepsOf(state).indexOf(first) : -1;
  return { ...state, list: { at: Math.max(0, at), top: 0 } };
}

const stepsOf = (state: DiffState): readonly StepDiff[] =>
  state.diff === null ? [] : orderedSteps(state.diff, state, state.stepSort);

const sidesOf = (state: DiffState) =>
  inOrder(
    operationRows(state.overview.sides, state).rows,
    operationColumns(state.overview.sides),
    state.sort,
  );

function update(state: DiffState, action: Action | Motion, area: Area): Step<DiffState> {
  const { level, list, pair } = state;
  const rows = level === 'traces' ? stepsOf(state) : sidesOf(state);
  if (isSortAction(action)) {
    if (level === 'traces') {
      const stepSort = resorted(state.stepSort, action, stepOrders);
      return { state: { ...state, stepSort, list: atTop }, ...sayUnsorted(stepSort, action) };
    }
    const sort = resorted(state.sort, action, operationColumns(state.overview.sides));
    return { state: { ...state, sort, list: atTop }, ...sayUnsorted(sort, action) };
  }
  switch (action) {
    case 'open':
      return opened(state);
    case 'level':
      if (level === 'sides' && pair === null)
        return { state, say: 'mark two traces with Space first' };
      return {
        state: atFirst({ ...state, level: level === 'traces' ? 'sides' : 'traces', list: atTop }),
      };
    case 'swap':
      return pair && level === 'traces'
        ? { state: { ...state, pair: { a: pair.b, b: pair.a }, diff: null, list: atTop } }
        : { state };
    case 'all':
      return level === 'sides'
        ? { state: { ...state, changedOnly: !state.changedOnly, list: atTop } }
        : { state: { ...state, all: !state.all, list: atTop } };
    case 'next':
      return jumped(state, rows, 1, area);
    case 'previous':
      return jumped(state, rows, -1, area);
    default:
      return { state: { ...state, list: moved(list, action, rows.length, listRows(state, area)) } };
  }
}

function jumped(
  state: DiffState,
  rows: readonly (StepDiff | OperationDiff)[],
  step: 1 | -1,
  area: Area,
): Step<DiffState> {
  const { list, diff } = state;
  const differs = (row: StepDiff | OperationDiff | undefined): boolean =>
    row !== undefined &&
    ('sure' in row ? row.sure : row.changed !== 'same' || (diff !== null && takesOther(diff, row)));
  const at = nextWhere(list.at, rows.length, step, (index) => differs(rows[index]));
  return at === list.at
    ? { state, say: 'no further change in this direction' }
    : { state: { ...state, list: placed(list, at, rows.length, listRows(state, area)) } };
}

/** The step in B, where it is; of an operation its traces. */
function opened(state: DiffState): Step<DiffState> {
  const { level, list, pair } = state;
  if (level === 'sides') {
    const one = sidesOf(state)[list.at];
    if (!one) return { state };
    const filter = `service=${JSON.stringify(one.service)} name=${JSON.stringify(one.operation)}`;
    return { state, go: { screen: 'traces', filter } };
  }
  const step = stepsOf(state)[list.at];
  if (!step || !pair) return { state };
  const place: Place = step.b
    ? { screen: 'trace', traceId: pair.b, spanId: step.b.spanId }
    : { screen: 'trace', traceId: pair.a, spanId: step.a?.spanId ?? null };
  return { state, go: place };
}

/** Below the list: what differs in the step under the cursor. */
const footRows = ({ level }: DiffState, { rows }: Area): number =>
  rows < 14 || level === 'sides' ? 0 : rows < 24 ? 6 : 10;
const listRows = (state: DiffState, area: Area): number =>
  Math.max(1, area.rows - headRows(exampleOf(state)) - 1 - footRows(state, area));

function View(state: DiffState, area: Area): readonly Line[] {
  const { level, pair, diff, problem } = state;
  if (level === 'sides') return operationView(state, sidesOf(state), area);
  if (problem !== null) return [line(` ${problem}`, 'yellow')];
  if (!pair || diff === null) return [line(' comparing …', 'dim')];
  return stepView(
    { ...state, diff, of: exampleOf(state) },
    stepsOf(state),
    area,
    footRows(state, area),
  );
}
