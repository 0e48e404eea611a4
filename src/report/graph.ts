/** The service graph as a tree, as pictures for dot and Mermaid, and as data. */
import type { ServiceEdge, ServiceGraph, ServiceNode } from '../model.ts';
import { displayWidth, formatDuration, padTo, plural, sanitise } from '../text.ts';
import { envelope } from './json.ts';
import type { Style } from './style.ts';

interface View {
  readonly columns: number;
  readonly style: Style;
}

export const graphReports = {
  tree: graphTree,
  dot: graphDot,
  mermaid: graphMermaid,
  json: ({ nodes, edges }: ServiceGraph): string =>
    envelope('Graph', { nodes, edges: edges.map(publishedEdge) }),
} satisfies Readonly<Record<string, (graph: ServiceGraph, view: View) => string>>;

export type GraphFormat = keyof typeof graphReports;

export const isGraphFormat = (name: string): name is GraphFormat =>
  Object.hasOwn(graphReports, name);

/** Nanoseconds become milliseconds, as everywhere in what is published. */
const publishedEdge = ({ p50Ns, p95Ns, p99Ns, ...edge }: ServiceEdge) => ({
  ...edge,
  p50Ms: inMs(p50Ns),
  p95Ms: inMs(p95Ns),
  p99Ms: inMs(p99Ns),
});

const inMs = (ns: number | null): number | null => (ns === null ? null : ns / 1e6);

// ---------------------------------------------------------------- tree

interface Line {
  readonly prefix: string;
  readonly text: string;
  readonly numbers: readonly string[];
  readonly failed: boolean;
}

/** A node still to be drawn: below which prefix, as which branch, and over which edge. */
interface Visit {
  readonly service: string;
  readonly edge: ServiceEdge | null;
  readonly prefix: string;
  readonly branch: '' | '├─ ' | '└─ ';
  readonly above: readonly string[];
}

const numberWidths = [9, 9, 9];
/** Of the column of names: its title fits. */
const narrowest = 'service'.length;

/**
 * Services nobody calls, with what they call below them. A service is opened once; met again it
 * is marked `see above`, or `cycle` if it is above itself.
 */
function graphTree(graph: ServiceGraph, { columns, style }: View): string {
  const lines = treeLines(graph);
  const room = columns - numberWidths.reduce((sum, width) => sum + width + 1, 0);
  const widest = Math.max(
    narrowest,
    ...lines.map(({ prefix, text }) => displayWidth(prefix + text)),
  );
  const width = Math.min(room, widest);
  const numbersText = (numbers: readonly string[]): string =>
    numbers.map((number, at) => ` ${padTo(number, numberWidths[at] ?? 0, 'right')}`).join('');
  const body = lines.map(({ prefix, text, numbers, failed }) => {
    const row = `${padTo(prefix + text, width)}${numbersText(numbers)}`.trimEnd();
    return failed ? style.red(row) : row;
  });
  const title = style.bold(padTo('service', width) + numbersText(['calls', 'errors', 'p95']));
  const unobserved = graph.nodes.filter(({ observed }) => !observed).length;
  const notes = [
    ...(unobserved > 0
      ? [`? ${plural(unobserved, 'service')} sent no span, known from callers`]
      : []),
    ...(graph.unresolvedCalls > 0
      ? [`${plural(graph.unresolvedCalls, 'call')} to an address that names no service`]
      : []),
  ];
  return `${[title, ...body, ...notes].join('\n')}\n`;
}

function treeLines({ nodes, edges }: ServiceGraph): readonly Line[] {
  const byName = new Map(nodes.map((node) => [node.service, node]));
  const calls = new Map<string, ServiceEdge[]>();
  for (const edge of edges) {
    const known = calls.get(edge.caller);
    if (known) known.push(edge);
    else calls.set(edge.caller, [edge]);
  }
  const lines: Line[] = [];
  const opened = new Set<string>();
  const drawFrom = (root: string): void => {
    const stack: Visit[] = [{ service: root, edge: null, prefix: '', branch: '', above: [] }];
    for (let visit = stack.pop(); visit !== undefined; visit = stack.pop()) {
      const { service, above } = visit;
      const below = calls.get(service) ?? [];
      const again = opened.has(service) && below.length > 0;
      lines.push(lineOf(visit, byName.get(service), again));
      if (opened.has(service)) continue;
      opened.add(service);
      const prefix = visit.prefix + { '': '', '├─ ': '│  ', '└─ ': '   ' }[visit.branch];
      const visits = below.map((edge, at) => ({
        service: edge.callee,
        edge,
        prefix,
        branch: at === below.length - 1 ? ('└─ ' as const) : ('├─ ' as const),
        above: [...above, service],
      }));
      stack.push(...visits.reverse());
    }
  };
  const called = new Set(edges.map(({ callee }) => callee));
  for (const { service } of nodes) if (!called.has(service)) drawFrom(service);
  // What is left has callers only among itself: cycles without a way in.
  for (const { service } of nodes) if (!opened.has(service)) drawFrom(service);
  return lines;
}

function lineOf(
  { service, edge, prefix, branch, above }: Visit,
  node: ServiceNode | undefined,
  again: boolean,
): Line {
  const notes = [
    ...(edge && edge.via !== 'call' ? [`by ${edge.via}`] : []),
    ...(node?.observed === false ? ['sent no span'] : []),
    ...(above.includes(service) ? ['cycle'] : again ? ['see above'] : []),
  ];
  const mark = node?.observed === false ? '? ' : '';
  const note = notes.length > 0 ? ` (${notes.join(', ')})` : '';
  return {
    prefix: `${prefix}${branch}`,
    text: `${mark}${sanitise(service, 80)}${note}`,
    numbers: edge
      ? [
          edge.calls.toLocaleString('en-US'),
          edge.errors === 0 ? '' : edge.errors.toLocaleString('en-US'),
          edge.p95Ns === null ? '' : formatDuration(edge.p95Ns / 1e6),
        ]
      : [],
    failed: (edge?.errors ?? 0) > 0,
  };
}

// ---------------------------------------------------------------- pictures

const edgeLabel = ({ calls, errors, p95Ns, via }: ServiceEdge): string =>
  [
    plural(calls, { call: 'call', link: 'link', messaging: 'message' }[via]),
    ...(errors > 0 ? [plural(errors, 'error')] : []),
    ...(p95Ns === null ? [] : [`p95 ${formatDuration(p95Ns / 1e6)}`]),
  ].join(', ');

const nodeLabel = ({ service, observed }: ServiceNode): string =>
  observed ? service : `? ${service} (sent no span)`;

/** Graphviz: ids are numbers, names are quoted labels. */
function graphDot({ nodes, edges }: ServiceGraph): string {
  const quoted = (text: string): string => `"${sanitise(text).replace(/[\\"]/g, '\\$&')}"`;
  const idOf = idsOf(nodes);
  return [
    'digraph services {',
    '  rankdir=LR; node [shape=box];',
    ...nodes.map((node) => {
      const dashed = node.observed ? '' : ', style=dashed';
      return `  ${idOf(node.service)} [label=${quoted(nodeLabel(node))}${dashed}];`;
    }),
    ...edges.map((edge) => {
      const red = edge.errors > 0 ? ', color=red' : '';
      return `  ${idOf(edge.caller)} -> ${idOf(edge.callee)} [label=${quoted(edgeLabel(edge))}${red}];`;
    }),
    '}',
    '',
  ].join('\n');
}

/** Mermaid: everything that is no letter, digit or space of a name becomes an entity. */
function graphMermaid({ nodes, edges }: ServiceGraph): string {
  const quoted = (text: string): string =>
    `"${sanitise(text).replace(/[^\p{L}\p{N} .,:/_()?-]/gu, (c) => `#${c.codePointAt(0)};`)}"`;
  const idOf = idsOf(nodes);
  return [
    'flowchart LR',
    ...nodes.map((node) => {
      const [open, close] = node.observed ? ['[', ']'] : ['[/', '/]'];
      return `  ${idOf(node.service)}${open}${quoted(nodeLabel(node))}${close}`;
    }),
    ...edges.map(
      (edge) => `  ${idOf(edge.caller)} -->|${quoted(edgeLabel(edge))}| ${idOf(edge.callee)}`,
    ),
    '',
  ].join('\n');
}

function idsOf(nodes: readonly ServiceNode[]): (service: string) => string {
  const ids = new Map(nodes.map(({ service }, at) => [service, `n${at}`]));
  return (service) => ids.get(service) ?? 'unknown';
}
