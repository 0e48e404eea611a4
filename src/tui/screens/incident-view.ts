/** The first screen as lines: how much of verdict and time line there is room for, and the lists below. */
import { once } from '../../grouping.ts';
import type { ChangeEvent, Overview, Preview, ServiceHealth } from '../../model.ts';
import { safe } from '../glyphs.ts';
import { beside, cell, column, emptyLine, type Line, line, padded, reversed } from '../line.ts';
import { type Cursor, firstSeen } from '../list.ts';
import { type Area, isBeside } from '../screen.ts';
import type { Sort } from '../table.ts';
import { type Decisions, decidedText } from './decisions.ts';
import { changeCells } from './incident-changes.ts';
import { headCells, serviceCells } from './incident-services.ts';
import { previewLines, timelineLines } from './timeline.ts';
import { verdictLines } from './verdict.ts';

export interface IncidentState {
  readonly overview: Overview;
  /** Services that pass the filter, worst first. */
  readonly services: readonly ServiceHealth[];
  /** Changes that pass the filter, nearest to the onset first. */
  readonly changes: readonly ChangeEvent[];
  readonly filter: string;
  readonly sort: Sort;
  readonly list: Cursor;
  readonly changed: Cursor;
  readonly focus: 'services' | 'changes';
  readonly decided: Decisions;
  /** Why the filter is none; all is then listed. */
  readonly problem: string | null;
}

/** Services that must stay in sight, whatever else there is to say. */
const fewestServices = 3;
/** From this width on services and changes stand beside each other. */
const sideBySide = 110;
const changeColumns = 50;

interface Layout {
  readonly above: readonly Line[];
  readonly listRows: number;
}

/** What stays the same while the cursor moves is made once for each size. */
export function layoutOf({ overview, focus, decided }: IncidentState, area: Area): Layout {
  const known = layouts(overview);
  // What is listed below is not named above as well.
  const named = focus === 'services' && !isBeside(area, sideBySide);
  const said = decidedText(overview.diagnosis, decided);
  const key = `${area.columns}x${area.rows} ${named} ${said}`;
  const layout = known.get(key) ?? laidOut(overview, said, area, named);
  known.set(key, layout);
  return layout;
}

const layouts = once((_: Overview) => new Map<string, Layout>());

/** The verdict, then as much of the time line as leaves room for some services. */
function laidOut(
  overview: Overview,
  decided: string | null,
  { columns, rows }: Area,
  named: boolean,
): Layout {
  const verdict = verdictLines(overview, decided, { columns, rows: rows < 14 ? 3 : 5 });
  const room = rows - verdict.length - 1 - fewestServices;
  const gap = room > 10 ? 1 : 0;
  const timeline = timelineLines(overview, { columns, rows: room - 2 * gap }, named);
  const above = [
    ...verdict,
    ...(gap ? [emptyLine] : []),
    ...timeline,
    ...(gap && timeline.length > 0 ? [emptyLine] : []),
  ];
  return { above, listRows: Math.max(1, rows - above.length - 1) };
}

/** Traffic and services of the whole case, while it is being compared. */
export function waiting(preview: Preview, { columns, rows }: Area): readonly Line[] {
  const { services } = preview;
  return [
    line(' looking for the cause …', 'bold'),
    emptyLine,
    ...previewLines(preview, columns, Math.max(2, rows - fewestServices - 4)),
    emptyLine,
    [cell(' '), ...headCells('Services, most errors first', services.length, columns - 1)],
    ...services.map((health) => [cell(' '), ...serviceCells(health, columns - 1)]),
  ].slice(0, rows);
}

/** A case of logs or metrics alone. */
const noSpan = ' no span was recorded: what there is, is in 5 Logs and 6 Metrics';

export function View(state: IncidentState, area: Area): readonly Line[] {
  const { above, listRows } = layoutOf(state, area);
  const { columns, rows } = area;
  if (!isBeside(area, sideBySide) || state.overview.changes.length === 0) {
    const list = state.focus === 'services' ? serviceLines : changeLines;
    return [...above, ...list(state, columns, listRows)].slice(0, rows);
  }
  const left = columns - changeColumns - 3;
  const lists = beside(
    padded(serviceLines(state, left, listRows), listRows + 1),
    changeLines(state, changeColumns, listRows),
    left,
  );
  return [...above, ...lists].slice(0, rows);
}

function serviceLines(
  { overview, services, list, sort, focus, problem }: IncidentState,
  columns: number,
  rows: number,
): readonly Line[] {
  const order = sort === null ? 'Services, worst first' : `Services, by ${sort.title}`;
  const title = problem === null ? order : safe(problem, 200);
  const none = overview.services.length === 0 ? noSpan : ' no service passes the filter';
  return [
    [cell(' '), ...headCells(title, services.length, columns - 1, sort)],
    ...listed(services, list, rows, columns, focus === 'services', (one) =>
      serviceCells(one, columns - 1),
    ),
    ...(services.length === 0 ? [line(none, 'dim')] : []),
  ];
}

function changeLines(
  { overview, changes, changed, focus }: IncidentState,
  columns: number,
  rows: number,
): readonly Line[] {
  const none = overview.changes.length === 0 ? 'no version changed' : 'no change passes the filter';
  return [
    [
      column(` What changed, nearest to the onset (${changes.length})`, columns, {
        style: ['bold'],
      }),
    ],
    ...listed(changes, changed, rows, columns, focus === 'changes', (one) =>
      changeCells(overview, one, columns - 1),
    ),
    ...(changes.length === 0 ? [line(` ${none}`, 'dim')] : []),
  ];
}

/** The rows around the cursor. */
function listed<Row>(
  all: readonly Row[],
  cursor: Cursor,
  rows: number,
  columns: number,
  focused: boolean,
  cellsOf: (row: Row) => Line,
): readonly Line[] {
  const top = firstSeen(cursor, all.length, rows);
  return all.slice(top, top + rows).map((row, index) => {
    const current = focused && top + index === cursor.at;
    const cells = [cell(current ? '▸' : ' '), ...cellsOf(row)];
    return current ? reversed(cells, columns) : cells;
  });
}
