/** The ranking, and why: what supports a cause, what contradicts it, what is missing. */
import type { Cause, Diagnosis, Overview } from '../../model.ts';
import { headline } from '../../report/index.ts';
import { wrap } from '../../text.ts';
import { type Block, docView, moreText, movedToOpening, openingFrom } from '../doc.ts';
import { safe } from '../glyphs.ts';
import {
  beside,
  type Cell,
  cell,
  column,
  type Line,
  line,
  padded,
  reversed,
  wrapped,
} from '../line.ts';
import { atTop, type Cursor, firstSeen, type Motion, moved, placed, rowsIn } from '../list.ts';
import { type Area, isBeside, type Place, type Screen, type Step } from '../screen.ts';
import {
  isSortAction,
  marked,
  quietSort,
  resorted,
  type Sort,
  type SortAction,
  sayUnsorted,
} from '../table.ts';
import { causeBlocks, counted } from './cause-blocks.ts';
import { causeColumns, causesSql, orderedCauses } from './cause-order.ts';
import {
  type Decisions,
  decidedText,
  decisionsIn,
  markOf,
  noDecisions,
  targetOf,
} from './decisions.ts';

export interface CausesState {
  readonly diagnosis: Diagnosis;
  /** Those that pass the filter. */
  readonly causes: readonly Cause[];
  readonly filter: string;
  readonly sort: Sort;
  readonly list: Cursor;
  /** Within the evidence of the cause under the cursor. */
  readonly doc: Cursor;
  readonly focus: 'list' | 'evidence';
  readonly decided: Decisions;
  /** Why the filter is none; all is then listed. */
  readonly problem: string | null;
  /** True: no cause has the words of the filter, these have their letters in that order. */
  readonly scattered: boolean;
}

type Action = 'open' | 'pane' | 'diff' | 'explain' | 'accept' | 'reject' | 'close' | SortAction;

/** From this width on, list and evidence stand side by side. */
const sideBySide = 100;

export const causes: Screen<CausesState, Overview, Action> = {
  title: 'Causes',
  listSql: causesSql,
  keeps: ['sort', 'list', 'focus', 'doc'],
  bindings: [
    { keys: ['enter', 'l', 'right'], action: 'open', help: 'open' },
    { keys: ['tab', 'shift-tab'], action: 'pane', help: 'list or evidence' },
    { keys: ['a'], action: 'accept', help: 'accept' },
    { keys: ['r'], action: 'reject', help: 'reject' },
    { keys: ['d'], action: 'diff', help: 'diff' },
    { keys: ['x'], action: 'explain', help: 'explain' },
    { keys: ['h', 'left'], action: 'close', help: 'to the list', quiet: true },
    ...quietSort,
  ],
  init: ({ diagnosis }) => ({
    diagnosis,
    causes: diagnosis.causes,
    filter: '',
    sort: null,
    list: atTop,
    doc: atTop,
    focus: 'list',
    decided: noDecisions,
    problem: null,
    scattered: false,
  }),
  closable: ({ focus }) => focus === 'evidence',
  crumb(state) {
    const cause = chosen(state);
    return state.focus === 'evidence' && cause ? `▸ #${cause.rank} ${safe(cause.service, 40)}` : '';
  },
  aimed(state, place, area) {
    const wanted = 'service' in place ? place.service : undefined;
    const at = state.causes.findIndex(({ service }) => service === wanted);
    return at < 0 ? state : { ...onCause(state, at, area), focus: 'list' };
  },
  filtered: (state, text, area) => onCause(arranged({ ...state, filter: text }), 0, area),
  noted: (state, notes) => ({ ...state, decided: decisionsIn(notes) }),
  held(state) {
    const cause = chosen(state);
    if (!cause) return null;
    const { rank, service, entity, layer, faultClass, score, confidence, band, summary } = cause;
    return {
      what: `cause #${rank}`,
      target: targetOf(cause),
      id: entity,
      facts: { rank, service, entity, layer, faultClass, score, confidence, band, summary },
      sql: `SELECT * FROM evidence WHERE cause_rank = ${rank} ORDER BY weight DESC`,
      command: ['causes'],
    };
  },
  problem: ({ problem }) => problem,
  rows: (state) => rowsIn(state, state.causes.length),
  update,
  View,
};

const chosen = ({ causes, list }: CausesState): Cause | undefined => causes[list.at];

const arranged = (state: CausesState): CausesState => ({
  ...state,
  ...orderedCauses(state.diagnosis.causes, state.filter, state.sort),
});

function onCause(state: CausesState, at: number, area: Area): CausesState {
  const list = placed(state.list, at, state.causes.length, layoutOf(state, area).listRows);
  return list.at === state.list.at && chosen(state) === state.causes[list.at]
    ? { ...state, list }
    : { ...state, list, doc: atTop };
}

function update(state: CausesState, action: Action | Motion, area: Area): Step<CausesState> {
  const { evidence, listRows } = layoutOf(state, area);
  if (isOfCause(action)) return ofCause(state, action);
  if (isSortAction(action)) {
    const sort = resorted(state.sort, action, causeColumns);
    const next = { ...arranged({ ...state, sort }), list: atTop, doc: atTop };
    return {
      state: { ...next, focus: 'list' },
      say: `sorted by ${sort?.title ?? 'score'}`,
      ...sayUnsorted(sort, action),
    };
  }
  if (action === 'pane') {
    return {
      state: state.focus === 'list' ? inEvidence(state, evidence) : { ...state, focus: 'list' },
    };
  }
  if (action === 'close') return { state: { ...state, focus: 'list' } };
  if (state.focus === 'list') {
    if (action !== 'open') {
      const { at } = moved(state.list, action, state.causes.length, listRows);
      return { state: onCause(state, at, area) };
    }
    return { state: inEvidence({ ...state, doc: atTop }, evidence) };
  }
  const blocks = blocksOf(state, evidence);
  if (action !== 'open') {
    return { state: { ...state, doc: movedToOpening(state.doc, action, blocks, evidence.rows) } };
  }
  const go: Place | null = blocks[state.doc.at]?.opens ?? null;
  return go ? { state, go } : { state, say: 'nothing to open here' };
}

type OfCause = 'diff' | 'explain' | 'accept' | 'reject';

const isOfCause = (action: string): action is OfCause =>
  ['diff', 'explain', 'accept', 'reject'].includes(action);

function ofCause(state: CausesState, action: OfCause): Step<CausesState> {
  const cause = chosen(state);
  if (!cause) return { state };
  switch (action) {
    case 'diff':
      return compared(state, cause);
    case 'explain':
      return { state, go: { screen: 'explain', service: cause.service } };
    default:
      return decision(state, cause, action);
  }
}

/** The trace that shows the cause, and one of its kind that went well. */
function compared(state: CausesState, cause: Cause): Step<CausesState> {
  const { bad, good } = cause.exemplars;
  if (bad !== null && good !== null) return { state, go: { screen: 'diff', a: good, b: bad } };
  const lacks = bad === null ? 'no trace shows it' : 'no trace of that kind went well';
  return { state, say: `cause #${cause.rank} has no pair to compare: ${lacks}` };
}

/** The cursor in the evidence, where it was, on what opens something: first on what was observed. */
function inEvidence(state: CausesState, evidence: Area): CausesState {
  const at = openingFrom(blocksOf(state, evidence), Math.max(state.doc.at, 1), 1);
  return { ...state, focus: 'evidence', doc: { ...state.doc, at: Math.max(0, at) } };
}

/** A person's word on a cause, with the reason that is asked for. */
function decision(
  state: CausesState,
  cause: Cause,
  action: 'accept' | 'reject',
): Step<CausesState> {
  return {
    state,
    prompt: {
      label: `${action} cause #${cause.rank}, because:`,
      purpose: { ask: 'note', target: targetOf(cause), before: `${action}ed` },
    },
  };
}

const blocksOf = (state: CausesState, { columns }: Area): readonly Block[] =>
  causeBlocks(chosen(state), state.diagnosis, columns - 1);

interface Layout {
  readonly wide: boolean;
  readonly head: readonly Line[];
  readonly listColumns: number;
  readonly listRows: number;
  readonly evidence: Area;
}

function layoutOf({ diagnosis, causes, decided, problem }: CausesState, area: Area): Layout {
  const { columns, rows } = area;
  const said = wrap(headline(diagnosis), columns - 2).slice(0, 2);
  const word = decidedText(diagnosis, decided);
  const head = [
    ...said.map((part) => line(` ${part}`, 'bold')),
    ...(problem === null ? [] : [line(` ${safe(problem, 200)}`, 'yellow')]),
    ...(word === null
      ? []
      : wrapped(word, columns - 2, 1).map((part) => line(` ${part}`, 'yellow'))),
  ];
  const left = Math.max(2, rows - head.length);
  if (isBeside(area, sideBySide)) {
    const listColumns = Math.floor(columns * 0.42);
    const evidence = { columns: columns - listColumns - 3, rows: left - 1 };
    const listRows = Math.max(1, Math.floor((left - 1) / 2));
    return { wide: true, head, listColumns, listRows, evidence };
  }
  const listRows = Math.max(1, Math.min(causes.length, Math.floor((left - 2) / 3)));
  const evidence = { columns, rows: Math.max(1, left - listRows - 2) };
  return { wide: false, head, listColumns: columns, listRows, evidence };
}

function View(state: CausesState, area: Area): readonly Line[] {
  const layout = layoutOf(state, area);
  const { wide, head, listColumns, evidence } = layout;
  const list = listLines(state, layout);
  const cause = chosen(state);
  const focused = state.focus === 'evidence';
  const title = cause ? `Evidence of #${cause.rank}: ${counted(cause)}` : 'Evidence';
  const blocks = blocksOf(state, evidence);
  const more = moreText(blocks, state.doc, evidence.rows);
  const doc = [
    [
      cell(title, 'bold', ...(focused ? (['cyan'] as const) : [])),
      cell(more === '' ? '' : ` · ${more}`, 'dim'),
    ],
    ...docView(blocks, state.doc, evidence, focused),
  ];
  const body = wide ? beside(list, padded(doc, evidence.rows + 1), listColumns) : [...list, ...doc];
  return [...head, ...body].slice(0, area.rows);
}

function listLines(state: CausesState, { listColumns, listRows, wide }: Layout): readonly Line[] {
  const { causes, list, focus, sort } = state;
  const top = firstSeen(list, causes.length, listRows);
  const columns = columnsOf(listColumns - 1, wide);
  const rows = causes.slice(top, top + listRows).flatMap((cause, index) => {
    const current = top + index === list.at;
    const cells = [cell(current ? '▸' : ' '), ...columns.map((one) => cellOf(one, cause, state))];
    const kind = line(`${' '.repeat(11)}${cause.layer}, ${cause.faultClass}`, 'dim');
    const lines = wide ? [cells, kind] : [cells];
    return current && focus === 'list' ? lines.map((one) => reversed(one, listColumns)) : lines;
  });
  const nothing =
    state.diagnosis.causes.length === 0
      ? ' no service stands out: there is no candidate'
      : ' no cause passes the filter';
  const none = rows.length === 0 ? [line(nothing, 'dim')] : [];
  const place = causes.length > listRows ? ` ${list.at + 1}/${causes.length}` : '';
  const titles = columns.map(({ title, width, align }) =>
    column(marked(title, sort) + (title === 'service' ? place : ''), width, {
      align,
      style: ['dim'],
    }),
  );
  const lines = [[cell(' '), ...titles], ...rows, ...none];
  return wide ? lines : padded(lines, listRows + 1);
}

interface Column {
  readonly title: string;
  readonly width: number;
  readonly align: 'left' | 'right';
  of(cause: Cause): string;
}

/** Side by side, layer and class stand on a line of their own. */
function columnsOf(columns: number, wide: boolean): readonly Column[] {
  const fixed: readonly Column[] = [
    { title: '# ', width: 4, align: 'right', of: ({ rank }) => `${rank} ` },
    { title: 'score', width: 7, align: 'left', of: ({ score }) => score.toFixed(3) },
    { title: 'band', width: 11, align: 'left', of: ({ band }) => band },
  ];
  const left = columns - fixed.reduce((sum, { width }) => sum + width, 0);
  const service = (width: number): Column => ({
    title: 'service',
    width,
    align: 'left',
    of: (cause) => safe(cause.service, 60),
  });
  if (wide) return [...fixed, service(left)];
  const layer = 7;
  const name = Math.floor((left - layer) / 2);
  return [
    ...fixed,
    { title: 'layer', width: layer, align: 'left', of: (cause) => shortLayer[cause.layer] },
    service(name),
    {
      title: ' class',
      width: left - layer - name,
      align: 'left',
      of: ({ faultClass }) => ` ${faultClass}`,
    },
  ];
}

function cellOf({ title, width, align, of }: Column, cause: Cause, state: CausesState): Cell {
  const mark = markOf(state.decided.get(targetOf(cause)));
  const text = title === 'band' && mark !== '' ? `${mark} ${of(cause)}` : of(cause);
  const bold = title === 'band' && cause.band === 'likely';
  return column(text, width, { align, style: bold ? ['bold'] : [] });
}

/** The layers in five letters and less. */
const shortLayer = {
  infrastructure: 'infra',
  data: 'data',
  model: 'model',
  application: 'app',
} as const;
