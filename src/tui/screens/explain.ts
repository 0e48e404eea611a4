/**
 * Which values of attributes tell records apart: those that failed from those that did not, the
 * incident from the baseline, what passes a filter from the rest. Enter opens an example.
 */
import type { ExplainedFinding, Explanation } from '../../model.ts';
import { safe } from '../glyphs.ts';
import { sqlText } from '../held.ts';
import { atTop, type Motion, moved, rowsIn } from '../list.ts';
import {
  type Area,
  type Place,
  placeOf,
  type Screen,
  type Step,
  type Subjects,
} from '../screen.ts';
import { isSortAction, resorted, type SortAction, sortBindings, tableRows } from '../table.ts';
import {
  asking,
  columnsOf,
  type ExplainState,
  explainView,
  isHidden,
  shownIn,
  tableArea,
  termsText,
} from './explain-view.ts';

type Action = 'open' | 'other' | 'list' | 'question' | 'prompts' | SortAction;

export const explain: Screen<ExplainState, Subjects['explain'], Action> = {
  title: 'Explain',
  bindings: [
    { keys: ['enter', 'l', 'right'], action: 'open', help: 'example' },
    { keys: ['v'], action: 'question', help: 'ask otherwise' },
    { keys: ['t'], action: 'list', help: 'list them' },
    { keys: ['o'], action: 'other', help: 'one of the others', quiet: true },
    { keys: ['P'], action: 'prompts', help: 'prompts', quiet: true },
    ...sortBindings,
  ],
  offers: ({ questions }, action) => action !== 'question' || questions.length > 1,
  init: ({ questions }) => ({
    questions,
    asked: 0,
    explanation: null,
    problem: null,
    filter: '',
    sort: null,
    list: atTop,
    revealed: false,
  }),
  wants({ questions, asked, explanation, problem }) {
    const question = questions[asked];
    if (!question || explanation !== null || problem !== null) return null;
    return { ask: 'explain', where: question.where, versus: question.versus };
  },
  answered(state, question, reply) {
    if (question.ask !== 'explain' || question.where !== asking(state)?.where) return state;
    if (question.versus !== asking(state)?.versus) return state;
    if ('problem' in reply) return { ...state, problem: reply.problem };
    return { ...state, explanation: reply.answer as Explanation, list: atTop };
  },
  crumb: (state) => safe(asking(state)?.name ?? '', 100),
  filtered: (state, filter) => ({ ...state, filter, list: atTop }),
  held: (state) => heldIn(state),
  problem: (state) => state.problem ?? shownIn(state).problem,
  rows: (state) => rowsIn(state, shownIn(state).rows.length),
  update,
  View: explainView,
};

function heldIn(state: ExplainState) {
  const finding = shownIn(state).rows[state.list.at];
  const question = asking(state);
  if (!finding || !question) return null;
  const { where, versus, difference, lift, p, q, filter } = finding;
  const { where: these, versus: others } = question;
  const values = termsText(finding.terms, state);
  return {
    what: `value ${safe(values, 60)}`,
    target: targetOf(finding),
    id: isHidden(finding.terms, state) ? null : filter,
    facts: {
      values,
      these: where.count,
      theseShare: where.share,
      others: versus.count,
      othersShare: versus.share,
      difference,
      lift,
      p,
      q,
    },
    sql: exampleSql(finding),
    command: ['explain', '--where', these, ...(others === null ? [] : ['--vs', others])],
  };
}

/** A note is about the example. */
function targetOf({ examples }: ExplainedFinding): string {
  const example = examples.where ?? examples.versus;
  if (example?.signal === 'log') return `log:${example.id}`;
  return example?.signal === 'span' ? `span:${example.traceId}/${example.spanId}` : 'case';
}

function exampleSql({ examples }: ExplainedFinding): string {
  const example = examples.where ?? examples.versus;
  if (example?.signal === 'log') return `SELECT * FROM logs WHERE id = ${sqlText(example.id)}`;
  if (example?.signal !== 'span') return 'SELECT * FROM spans LIMIT 0';
  const { traceId, spanId } = example;
  return `SELECT * FROM spans WHERE trace_id = ${sqlText(traceId)} AND span_id = ${sqlText(spanId)}`;
}

function update(state: ExplainState, action: Action | Motion, area: Area): Step<ExplainState> {
  const { rows } = shownIn(state);
  const finding = rows[state.list.at];
  switch (action) {
    case 'open':
    case 'other':
      return finding ? opened(state, finding, action) : { state };
    case 'list':
      return finding ? listed(state, finding) : { state };
    case 'question': {
      const asked = (state.asked + 1) % Math.max(1, state.questions.length);
      return { state: { ...state, asked, explanation: null, problem: null, list: atTop } };
    }
    case 'prompts':
      return { state: { ...state, revealed: !state.revealed } };
    default: {
      if (isSortAction(action)) {
        const sort = resorted(state.sort, action, columnsOf(state));
        return { state: { ...state, sort, list: atTop } };
      }
      const list = moved(state.list, action, rows.length, tableRows(tableArea(area)));
      return { state: { ...state, list } };
    }
  }
}

function opened(
  state: ExplainState,
  { examples }: ExplainedFinding,
  action: 'open' | 'other',
): Step<ExplainState> {
  const example = action === 'open' ? (examples.where ?? examples.versus) : examples.versus;
  const go = example && exampleOf(example);
  return go ? { state, go } : { state, say: 'none of the others has this value' };
}

function exampleOf(example: NonNullable<ExplainedFinding['examples']['where']>): Place | null {
  if (example.signal === 'metric') return null;
  return placeOf(example);
}

/** Those of the records that have the value; of the others where none of them has. */
function listed(
  state: ExplainState,
  { filter, where, terms }: ExplainedFinding,
): Step<ExplainState> {
  const question = asking(state);
  if (!question || filter === null) return { state, say: 'no filter says this value' };
  // The filter of a list is shown.
  if (isHidden(terms, state))
    return { state, say: 'P shows what was said, and then it can be listed' };
  const side = where.count > 0 ? question.where : (question.versus ?? '');
  const all = `${/\bOR\b/.test(side) ? `(${side})` : side} ${filter}`.trim();
  const isLogs = state.explanation?.signal === 'logs';
  const go: Place = isLogs
    ? { screen: 'lines', service: null, template: null, filter: all }
    : { screen: 'traces', filter: all };
  return { state, go };
}
