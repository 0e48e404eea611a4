/** The service graph as lines, in one of three ways, and what is said of what is under the cursor. */
import type { CallHealth, Overview } from '../../model.ts';
import { plural } from '../../text.ts';
import { cut, type Line, line, padded } from '../line.ts';
import type { Cursor } from '../list.ts';
import { type Area, isBeside } from '../screen.ts';
import type { Sort, TableColumn } from '../table.ts';
import { callsAround, callsIn, otherCalls } from './graph-calls.ts';
import { edgeLines } from './graph-edge.ts';
import { type Layers, labelsIn, layerLines, layersOf, readableBox } from './graph-layers.ts';
import { boxedService, graphRowView, nodeLines } from './graph-lines.ts';
import {
  callAt,
  type Matrix,
  type MatrixCursor,
  matrixLegend,
  matrixLines,
  matrixOf,
} from './graph-matrix.ts';
import { type Graph, type GraphRow, mostDrawn, seenIn } from './graph-model.ts';
import { labelOf } from './graph-numbers.ts';
import { callOrders, graphOrders } from './graph-order.ts';
import { pathLine } from './graph-path.ts';

type GraphMode = 'tree' | 'layers' | 'matrix';

export interface GraphState {
  readonly overview: Overview;
  readonly graph: Graph;
  readonly focus: string | null;
  readonly depth: number;
  readonly opened: ReadonlySet<string>;
  readonly pathOnly: boolean;
  readonly inverted: boolean;
  /** Null: layers where they fit. */
  readonly mode: GraphMode | null;
  /** In the matrix. */
  readonly cell: MatrixCursor;
  readonly filter: string;
  /** Why the filter is none; all are then listed. */
  readonly problem: string | null;
  /** Of the rows below one service, of the matrix; of layers the order of the calls listed below them. */
  readonly sort: Sort;
  readonly rows: readonly GraphRow[];
  readonly list: Cursor;
}

/** The service under the cursor in words, and the path. */
const footRows = (state: GraphState, { rows }: Area): number =>
  rows < 14 ? 0 : (rows < 24 ? 3 : 7) + (state.graph.spread.length > 0 ? 2 : 1);

export const listRows = (state: GraphState, area: Area): number =>
  Math.max(1, area.rows - 1 - footRows(state, area));

/** A narrower one tells no names apart. */
const smallestBox = 12;

/** From this width on layers are the first choice. */
const layersFrom = 100;

function layersIn(state: GraphState, area: Area): Layers | null {
  const { graph, mode, filter, inverted } = state;
  if (mode === 'tree' || mode === 'matrix' || filter !== '' || inverted) return null;
  if (mode === null && !isBeside(area, layersFrom)) return null;
  const seen = seenIn(graph, state);
  if (seen.size > mostDrawn) return null;
  const room = { columns: area.columns, rows: listRows(state, area) };
  return layersOf(graph, seen, room, mode === null ? readableBox : smallestBox);
}

/** How the graph is drawn as it stands. */
function modeIn(state: GraphState, area: Area): GraphMode {
  if (matrixIn(state)) return 'matrix';
  return layersIn(state, area) ? 'layers' : 'tree';
}

/** Tree, layers where they fit, matrix. */
export function modeAfter(state: GraphState, area: Area): GraphMode {
  switch (modeIn(state, area)) {
    case 'tree':
      return layersIn({ ...state, mode: 'layers' }, area) ? 'layers' : 'matrix';
    case 'layers':
      return 'matrix';
    case 'matrix':
      return 'tree';
  }
}

/** All services, or those of the path; null: the graph is not drawn so. What a filter finds is a list. */
export function matrixIn({ graph, mode, filter, pathOnly, sort }: GraphState): Matrix | null {
  if (mode !== 'matrix' || filter !== '') return null;
  return matrixOf(graph, new Set(pathOnly ? graph.spread : graph.services.keys()), sort);
}

export function View(state: GraphState, area: Area): readonly Line[] {
  const { rows, graph, overview } = state;
  if (graph.services.size === 0) {
    return [line(' no span was recorded, so nothing is known of who calls whom', 'dim')];
  }
  const seen = listRows(state, area);
  const body = bodyOf(state, { columns: area.columns, rows: seen }, area);
  const foot = footRows(state, area);
  if (foot === 0) return body.slice(0, area.rows);
  const path = pathLine(graph, overview, area.columns);
  const matrix = matrixIn(state);
  const said = matrix
    ? cellLines(callAt(matrix, state.cell), graph, area.columns)
    : nodeLines(state, rows[cursorIn(state, area)], area.columns);
  return [...padded(body, seen + 1), ...padded([...path, ...said], foot)].slice(0, area.rows);
}

const cellLines = (call: CallHealth | undefined, graph: Graph, columns: number): readonly Line[] =>
  call ? edgeLines(call, graph, columns) : [line(' no call from this row to this column', 'dim')];

/** A heading, and what is drawn below it. */
function bodyOf(state: GraphState, room: Area, area: Area): readonly Line[] {
  const { rows, list, graph } = state;
  const matrix = matrixIn(state);
  if (matrix) {
    const legend = matrixLegend(matrix, graph.services.size, state.sort);
    return [cut(legend, room.columns), ...matrixLines(graph, matrix, state.cell, room)];
  }
  const layers = layersIn(state, area);
  if (!layers) return graphRowView(state, room);
  const drawn = layersDrawn(state, layers, room);
  const free = { columns: room.columns, rows: room.rows + 1 - drawn.length };
  return [...drawn, ...callsAround(graph, rows[list.at]?.service, free, state.sort)];
}

function layersDrawn(state: GraphState, layers: Layers, room: Area): readonly Line[] {
  const { graph, rows, list } = state;
  const current = rows[list.at]?.service;
  const labels = labelsIn(layers, room.columns, (pairs) => labelOf(callsIn(graph, pairs), graph));
  const told = labels ? ' · at an arrow: calls, failed, Δp95 along it' : '';
  return [
    cut(line(` ${layerTitle(layers, state)}${told}`, 'dim'), room.columns),
    ...layerLines(layers, room, {
      path: graph.path,
      current,
      boxed: (one) => boxedService(graph, rows, one),
      labels,
    }),
    ...otherCalls(graph, layers.listed, room.columns),
  ];
}

/** What can be sorted by as it is drawn; null: nothing is in rows. */
export function sortColumns(
  state: GraphState,
  area: Area,
): readonly Pick<TableColumn<never>, 'title' | 'order' | 'greatest'>[] | null {
  const layers = layersIn(state, area);
  if (!layers) return graphOrders;
  const seen = listRows(state, area);
  const drawn = layersDrawn(state, layers, { columns: area.columns, rows: seen });
  const free = { columns: area.columns, rows: seen + 1 - drawn.length };
  const { rows, list, graph } = state;
  const calls = callsAround(graph, rows[list.at]?.service, free, null);
  return calls.length > 0 ? callOrders : null;
}

/** The order in words. */
export function sortSaid(state: GraphState, sort: Sort, area: Area): string {
  const mode = modeIn(state, area);
  const by = `sorted by ${sort?.title ?? (mode === 'matrix' ? 'layer' : 'how bad it is')}`;
  return mode === 'tree' && state.filter === '' ? `${by}, below each service` : by;
}

function layerTitle({ layers }: Layers, { graph, rows }: GraphState): string {
  const shown = layers.flat().length;
  const all = plural(graph.services.size, 'service');
  const hidden = rows.some(({ kind }) => kind === 'more') ? ', +N: neighbours not drawn' : '';
  return `${shown === graph.services.size ? all : `${shown} of ${all}`}, callers at the left${hidden}`;
}

/** Rows that the cursor may stand on: all of the tree; of layers one for each service that is drawn. */
export function reachable(state: GraphState, area: Area): readonly number[] {
  const { rows } = state;
  const all = [...rows.keys()];
  if (!layersIn(state, area)) return all;
  const first = new Map<string, number>();
  for (const at of all) {
    const row = rows[at];
    if (row?.kind === 'service' && !first.has(row.service)) first.set(row.service, at);
  }
  return [...first.values()];
}

/** Where the cursor is drawn: a size that shows layers may have come while it stood on what they lack. */
export function cursorIn(state: GraphState, area: Area): number {
  const { rows, list } = state;
  const places = reachable(state, area);
  if (places.includes(list.at)) return list.at;
  const service = rows[list.at]?.service;
  return places.find((at) => rows[at]?.service === service) ?? list.at;
}
