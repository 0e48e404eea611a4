/** What an agent did, step by step: whom it asked, which tools it ran, what that took and cost. */
import { grouped } from '../../grouping.ts';
import { type AiStep, aiStepOf } from '../../session/ai-steps.ts';
import { plural } from '../../text.ts';
import { safe } from '../glyphs.ts';
import { count } from '../health.ts';
import type { Sort, TableColumn } from '../table.ts';
import { listingOf, type TraceListing, timeText } from './trace-listing.ts';
import { failed, publishedOf, type TraceModel, type TraceNode } from './trace-model.ts';

interface Step {
  readonly at: number;
  readonly level: number;
  readonly step: AiStep;
  readonly node: TraceNode;
  /** Of itself, or of an agent all below it. */
  input: number | null;
  output: number | null;
  cost: number | null;
  /** The same request as the step above: who asks and who answers may both tell it. */
  readonly repeats: boolean;
}

const words: Readonly<Record<AiStep['kind'], string>> = {
  agent: 'agent',
  model: 'model',
  tool: 'tool',
  retrieval: 'search',
};

/** Deeper steps are no longer indented. */
const deepest = 16;

const tokens = (value: number | null): string => (value === null ? '' : count(value));
/** Requests cost parts of a cent. */
const money = (cost: number | null): string =>
  cost === null ? '–' : `$${cost < 1 ? cost.toFixed(4) : cost.toFixed(2)}`;

const columns: readonly TableColumn<Step>[] = [
  {
    title: 'step',
    width: 0,
    text: ({ level, node }) =>
      `${level > deepest ? `⋮${level} ` : '  '.repeat(level)}${failed(node) ? '✗ ' : ''}${safe(node.span.name, 120)}`,
    style: ({ node }) => (failed(node) ? ['red'] : []),
  },
  { title: 'kind', width: 8, text: ({ step }) => words[step.kind], style: () => ['dim'] },
  { title: 'who', width: 20, from: 100, text: ({ step }) => safe(step.who, 60) },
  { title: 'model', width: 18, from: 110, text: ({ step }) => safe(step.model ?? '', 60) },
  { title: 'in', width: 8, align: 'right', text: ({ input }) => tokens(input) },
  { title: 'out', width: 8, align: 'right', text: ({ output }) => tokens(output) },
  { title: 'cost', width: 10, align: 'right', from: 80, text: ({ cost }) => money(cost) },
  {
    title: 'total',
    width: 10,
    align: 'right',
    text: ({ node }) => timeText(publishedOf(node).durationMs),
  },
];

/** What was done first stands first; null where no span is a step of an agent's work. */
export function traceOutline(
  { nodes }: TraceModel,
  only: Uint8Array | null,
  sort: Sort,
): TraceListing | null {
  const rows: Step[] = [];
  /** By position: the step that a span is or is in; -1: none. */
  const within = new Int32Array(nodes.length).fill(-1);
  nodes.forEach((node, at) => {
    const above = node.parent < 0 ? -1 : (within[node.parent] as number);
    const step = only?.[at] === 0 ? null : aiStepOf(node.span);
    within[at] = step ? rows.length : above;
    if (!step) return;
    const { input, output, cost } = step;
    const repeats = step.kind === 'model' && rows[above]?.step.kind === 'model';
    const level = (rows[above]?.level ?? -1) + 1;
    rows.push({ at, level, step, node, input, output, cost, repeats });
    // Of tokens that both tell, those of the caller count.
    if (!repeats) addAbove(rows, above, nodes, within, step);
  });
  if (!rows.some(({ step }) => step.kind !== 'retrieval')) return null;
  const known = rows.some(({ cost }) => cost !== null);
  const shown = known ? columns : columns.filter(({ title }) => title !== 'cost');
  return listingOf(inTime(rows, nodes, within), shown, sort, {
    head: headOf(rows),
    none: 'no step passes the filter',
  });
}

/** Those below a step behind it, by their start: the tree keeps repeats together. */
function inTime(
  rows: readonly Step[],
  nodes: readonly TraceNode[],
  within: Int32Array,
): readonly Step[] {
  const below = grouped(rows, (row) => aboveOf(row, nodes, within));
  const latestFirst = (above: number): readonly Step[] =>
    [...(below.get(above) ?? [])].sort((a, b) => b.node.span.start - a.node.span.start);
  const stack = [...latestFirst(-1)];
  const ordered: Step[] = [];
  for (let row = stack.pop(); row; row = stack.pop()) {
    ordered.push(row);
    stack.push(...latestFirst(within[row.at] as number));
  }
  return ordered;
}

/** Adds what a step used to the agents it works for. */
function addAbove(
  rows: readonly Step[],
  from: number,
  nodes: readonly TraceNode[],
  within: Int32Array,
  { input, output, cost }: AiStep,
): void {
  const sum = (a: number | null, b: number | null) => (b === null ? a : (a ?? 0) + b);
  for (let row = rows[from]; row; row = rows[aboveOf(row, nodes, within)]) {
    if (row.step.kind !== 'agent') continue;
    // An agent that tells its own sums is believed.
    if (row.step.input === null) row.input = sum(row.input, input);
    if (row.step.output === null) row.output = sum(row.output, output);
    if (row.step.cost === null) row.cost = sum(row.cost, cost);
  }
}

const aboveOf = ({ node }: Step, nodes: readonly TraceNode[], within: Int32Array): number =>
  nodes[node.parent] === undefined ? -1 : (within[node.parent] as number);

function headOf(rows: readonly Step[]): string {
  const of = (kind: AiStep['kind']): readonly Step[] =>
    rows.filter(({ step }) => step.kind === kind);
  const outer = of('model').filter(
    ({ input, output, repeats }) => !repeats && (input !== null || output !== null),
  );
  const sum = (value: (row: Step) => number | null): number =>
    outer.reduce((all, row) => all + (value(row) ?? 0), 0);
  const known = outer.filter((row) => row.cost !== null).length;
  const ofThem = known < outer.length ? ` (${known} of ${plural(outer.length, 'request')})` : '';
  const cost = known === 0 ? 'cost not recorded' : `${money(sum((row) => row.cost))}${ofThem}`;
  const used =
    outer.length === 0
      ? ''
      : ` · ${count(sum((row) => row.input))} tokens in, ${count(sum((row) => row.output))} out, ${cost}`;
  const bad = rows.filter(({ node }) => failed(node)).length;
  return `${plural(rows.length, 'step')}: ${of('model').length} of models, ${of('tool').length} of tools, ${bad} failed${used}`;
}
