/**
 * The services seen as layers from left to right, callers before callees: names in boxes, and
 * lines with one bus a caller, so that no line stands for two calls. Calls that pass over a layer
 * are not drawn but listed.
 */
import { displayWidth, padTo } from '../../text.ts';
import { safe } from '../glyphs.ts';
import { type Grid, gridOf, sides } from '../grid.ts';
import type { Line, Style } from '../line.ts';
import type { Area } from '../screen.ts';
import { callKey, type Graph } from './graph-model.ts';

type Pair = readonly [caller: string, callee: string];

export interface Layers {
  /** Services of each layer, as drawn. */
  readonly layers: readonly (readonly string[])[];
  /** Calls between neighbouring layers, drawn; and the others. */
  readonly drawn: readonly Pair[];
  readonly listed: readonly Pair[];
}

const mostLayers = 6;
const mostBox = 24;
/** Most names fit into it. */
export const readableBox = 16;

/** Null if the services call in cycles, or need more room than there is; boxes of at least that width. */
export function layersOf(
  graph: Graph,
  seen: ReadonlySet<string>,
  { columns, rows }: Area,
  leastBox: number,
): Layers | null {
  const pairs = graph.calls
    .filter(({ caller, callee }) => seen.has(caller) && seen.has(callee))
    .map(({ caller, callee }) => [caller, callee] as const);
  const calls = [...new Map(pairs.map((pair) => [callKey(...pair), pair])).values()];
  const depth = depthsOf(seen, calls);
  if (depth === null) return null;
  const layers: string[][] = [];
  for (const service of graph.services.keys()) {
    const at = depth.get(service);
    if (at === undefined) continue;
    while (layers.length <= at) layers.push([]);
    layers[at]?.push(service);
  }
  const drawn = calls.filter(([from, to]) => (depth.get(to) ?? 0) - (depth.get(from) ?? 0) === 1);
  const ordered = inOrder(layers, drawn);
  const gaps = ordered.slice(0, -1).reduce((sum, layer) => sum + gapOf(layer, drawn), 0);
  const widest = ordered.reduce((most, layer) => Math.max(most, layer.length), 0);
  const fits =
    ordered.length >= 2 &&
    ordered.length <= mostLayers &&
    columns - 2 - gaps >= ordered.length * leastBox &&
    rows >= widest * 4 - 1;
  return fits
    ? { layers: ordered, drawn, listed: calls.filter((one) => !drawn.includes(one)) }
    : null;
}

/** Longest way from a service that nobody calls; null if there is a cycle. */
function depthsOf(
  seen: ReadonlySet<string>,
  calls: readonly Pair[],
): ReadonlyMap<string, number> | null {
  const depth = new Map([...seen].map((service) => [service, 0]));
  for (let round = 0; round <= seen.size; round += 1) {
    let changed = false;
    for (const [from, to] of calls) {
      const least = (depth.get(from) ?? 0) + 1;
      if ((depth.get(to) ?? 0) >= least) continue;
      depth.set(to, least);
      changed = true;
    }
    if (!changed) return depth;
  }
  return null;
}

/** Each layer by the mean place of its callers, so that lines cross less: one sweep. */
function inOrder(
  layers: readonly (readonly string[])[],
  drawn: readonly Pair[],
): readonly (readonly string[])[] {
  const placed: (readonly string[])[] = [];
  for (const [at, layer] of layers.entries()) {
    const before = placed[at - 1] ?? [];
    const mean = (service: string): number => {
      const places = drawn.flatMap(([from, to]) => (to === service ? [before.indexOf(from)] : []));
      return places.length === 0
        ? before.length
        : places.reduce((sum, place) => sum + place, 0) / places.length;
    };
    placed.push(
      [...layer].sort((a, b) => mean(a) - mean(b) || layer.indexOf(a) - layer.indexOf(b)),
    );
  }
  return placed;
}

/** Columns between two layers: a bus for each caller, and an arrow. */
const gapOf = (layer: readonly string[], drawn: readonly Pair[]): number =>
  layer.filter((service) => drawn.some(([from]) => from === service)).length + 4;

export interface Boxed {
  readonly name: string;
  /** In its lower edge, as many as fit whole: half a number is another number. */
  readonly below: readonly string[];
  /** In its upper edge: neighbours that are not drawn; empty if all are. */
  readonly above: string;
  readonly style: readonly Style[];
}

/** What the layers show beside who calls whom. */
interface Shown {
  readonly path: ReadonlySet<string>;
  /** Drawn in reverse. */
  readonly current: string | undefined;
  readonly labels: Labels | null;
  boxed(service: string): Boxed;
}

/** What is said at the heads of arrows, by the service that they lead to. */
interface Labels {
  readonly of: ReadonlyMap<string, readonly string[]>;
  /** Columns that the widest which is shown takes. */
  readonly width: number;
}

interface Drawing {
  readonly grid: Grid;
  /** Columns of a box. */
  readonly width: number;
  /** Of each service: where its box begins. */
  readonly at: ReadonlyMap<string, Spot>;
}

interface Spot {
  readonly x: number;
  readonly y: number;
}

/** Rows of a box with the empty one below it. */
const boxRows = 4;

/** At most `area.rows` lines. */
export function layerLines(
  { layers, drawn }: Layers,
  { columns, rows }: Area,
  { path, current, boxed, labels }: Shown,
): readonly Line[] {
  const wider = labels ? Math.max(0, labels.width - bareLabel) : 0;
  const gaps = layers.slice(0, -1).map((layer) => gapOf(layer, drawn) + wider);
  const free = columns - 2 - gaps.reduce((sum, gap) => sum + gap, 0);
  const width = Math.min(mostBox, Math.floor(free / layers.length));
  // One more than the boxes take: the last line of a label at the lowest.
  const height = Math.max(...layers.map(({ length }) => length)) * boxRows;
  const at = new Map<string, Spot>();
  let x = 1;
  for (const [index, layer] of layers.entries()) {
    const top = Math.floor((height - layer.length * boxRows) / 2);
    for (const [row, service] of layer.entries()) at.set(service, { x, y: top + row * boxRows });
    x += width + (gaps[index] ?? 0);
  }
  const drawing = { grid: gridOf(columns, height), width, at };
  // The way of the failure last: where lines join, it is seen.
  const isOnPath = (call: Pair): boolean => path.has(callKey(...call));
  for (const call of drawn)
    if (!isOnPath(call)) drawCall(drawing, call, busOf(layers, drawn, call), false);
  for (const call of drawn)
    if (isOnPath(call)) drawCall(drawing, call, busOf(layers, drawn, call), true);
  for (const [service, lines] of labels?.of ?? []) drawLabel(drawing, service, lines);
  for (const [service, spot] of at) drawBox(drawing, spot, boxed(service), service === current);
  return withoutLast(drawing.grid.lines()).slice(0, rows);
}

/** Which of the buses behind its layer a call uses. */
function busOf(layers: Layers['layers'], drawn: Layers['drawn'], [from]: Pair): number {
  const layer = layers.find((one) => one.includes(from)) ?? [];
  const callers = layer.filter((service) => drawn.some(([caller]) => caller === service));
  return callers.indexOf(from);
}

function drawCall(
  { grid, width, at }: Drawing,
  [from, to]: Pair,
  bus: number,
  heavy: boolean,
): void {
  const { up, down, left, right } = sides;
  const start = at.get(from);
  const end = at.get(to);
  if (!start || !end) return;
  const x = start.x + width + 1 + bus;
  const [y, target] = [start.y + 1, end.y + 1];
  const step = Math.sign(target - y);
  const along = (first: number, last: number, row: number): void => {
    for (let column = first; column < last; column += 1)
      grid.draw(column, row, left + right, heavy);
  };
  along(start.x + width, x, y);
  grid.draw(x, y, left + (step > 0 ? down : step < 0 ? up : right), heavy);
  for (let row = y + step; step !== 0 && row !== target; row += step) {
    grid.draw(x, row, up + down, heavy);
  }
  if (step !== 0) grid.draw(x, target, right + (step > 0 ? up : down), heavy);
  along(x + 1, end.x - 1, target);
  grid.write(end.x - 1, target, '▸', heavy ? ['red', 'bold'] : []);
}

/** Columns of a gap that a label may have in any case, beside the bus. */
const bareLabel = 1;
/** With fewer not even how often a thing is called fits. */
const leastLabel = 7;

/** What `label` says of the calls that arrive together; null: no box can spare the columns. */
export function labelsIn(
  { layers, drawn }: Layers,
  columns: number,
  label: (calls: readonly Pair[]) => readonly string[],
): Labels | null {
  const gaps = layers.slice(0, -1).map((layer) => gapOf(layer, drawn));
  const taken = gaps.reduce((sum, gap) => sum + gap, layers.length * readableBox);
  const most = bareLabel + Math.floor(Math.max(0, columns - 2 - taken) / gaps.length);
  if (most < leastLabel) return null;
  const fitting = new Map<string, readonly string[]>();
  for (const service of new Set(drawn.map(([, to]) => to))) {
    const lines = label(drawn.filter(([, to]) => to === service));
    // Half a number is a wrong one.
    fitting.set(
      service,
      lines.map((text) => (displayWidth(text) <= most ? text : '')),
    );
  }
  const width = Math.max(0, ...[...fitting.values()].flat().map(displayWidth));
  return { of: fitting, width };
}

/** The first line over the arrow, the others under it. */
function drawLabel({ grid, at }: Drawing, service: string, lines: readonly string[]): void {
  const spot = at.get(service);
  if (!spot) return;
  const rows = [spot.y, spot.y + 2, spot.y + 3];
  for (const [index, text] of lines.entries()) {
    const row = rows[index];
    if (row === undefined) continue;
    const x = spot.x - 1 - displayWidth(text);
    grid.write(x, row, text, text.startsWith('✗') ? ['red'] : ['dim']);
  }
}

/** Without the last line if there is nothing on it. */
const withoutLast = (lines: readonly Line[]): readonly Line[] =>
  lines.at(-1)?.every(({ text }) => text.trim() === '') ? lines.slice(0, -1) : lines;

/** A frame with the name in it, and how it goes in its lower edge. */
function drawBox(
  { grid, width }: Drawing,
  { x, y }: Spot,
  { name, below, above, style }: Boxed,
  current: boolean,
): void {
  const inner = width - 2;
  const said = below.reduce((text, part) => {
    const more = `${text === '' ? ' ' : text}${part} `;
    return displayWidth(more) <= inner ? more : text;
  }, '');
  const rest = '─'.repeat(inner - displayWidth(said));
  const ahead = '─'.repeat(Math.max(0, inner - 1 - displayWidth(above)));
  grid.write(x, y, `┌${padTo(`${ahead}${above}─`, inner)}┐`, []);
  grid.write(x, y + 1, '│', []);
  grid.write(x + 1, y + 1, padTo(safe(name), inner), current ? ['inverse'] : style);
  grid.write(x + width - 1, y + 1, '│', []);
  grid.write(x, y + 2, `└${said}${rest}┘`, []);
}
