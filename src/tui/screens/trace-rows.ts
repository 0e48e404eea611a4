/**
 * The rows of a waterfall: what is open of the tree, as one list. Computed once a change, so that
 * moving in it and drawing it touch only what is seen. No recursion: traces can be 20,000 deep.
 */
import { leastGroup, type TraceModel, type TraceNode } from './trace-model.ts';

interface RowBase {
  /** Position of the span it belongs to, of a group the first; -1: of none. */
  readonly at: number;
  /** Rows above it in the tree. */
  readonly level: number;
  /** The tree lines before it. */
  readonly lead: string;
}

export type Row =
  | (RowBase & {
      readonly kind: 'span';
      /** Null: nothing is below it. */
      readonly open: boolean | null;
    })
  | (RowBase & {
      readonly kind: 'group';
      readonly open: boolean;
      /** Positions of those that are not hidden by a filter, at least `leastGroup`. */
      readonly members: readonly number[];
    })
  /** An event or log: `index` in the messages of its span, or in the loose ones. */
  | (RowBase & { readonly kind: 'message'; readonly index: number })
  /** Messages left out below a span. */
  | (RowBase & { readonly kind: 'more'; readonly count: number })
  /** What stands before the loose messages. */
  | (RowBase & { readonly kind: 'loose' });

export interface Folds {
  /** Spans whose children are hidden. */
  readonly closed: ReadonlySet<number>;
  /** Groups whose members are shown, by the position of the first. */
  readonly opened: ReadonlySet<number>;
  /** False: no events and logs. */
  readonly inline: boolean;
  /** By position: 1 if it is shown; null: all are. */
  readonly only: Uint8Array | null;
}

/** Deeper rows are not indented further: their depth is written instead. */
const deepestIndent = 10;
const mostMessages = 3;

/** Siblings that are one row: a span, or a group of them. */
interface Entry {
  readonly members: readonly number[];
  readonly level: number;
  readonly last: boolean;
}

export function rowsOf(model: TraceModel, folds: Folds): readonly Row[] {
  const rows: Row[] = [];
  /** By level: the lines of the rows above that pass by. */
  const stems: string[] = ['', ''];
  const stack: Entry[] = [];
  pushEntries(stack, model, shownOf(model.roots, folds), 0, true);
  for (let entry = stack.pop(); entry; entry = stack.pop()) {
    const [at = -1] = entry.members;
    const node = model.nodes[at] as TraceNode;
    const lead = leadOf(entry, stems);
    if (entry.members.length > 1) {
      const open = folds.opened.has(node.group);
      rows.push({ kind: 'group', at, level: entry.level, lead, open, members: entry.members });
      if (open) pushEntries(stack, model, entry.members, entry.level + 1, false);
      continue;
    }
    const children = shownOf(node.children, folds);
    const open = children.length === 0 ? null : !folds.closed.has(at);
    rows.push({ kind: 'span', at, level: entry.level, lead, open });
    if (folds.inline) pushMessages(rows, node, at, entry.level, stems, open === true);
    if (open) pushEntries(stack, model, children, entry.level + 1, true);
  }
  if (folds.inline && folds.only === null && model.loose.length > 0) {
    rows.push({ kind: 'loose', at: -1, level: 0, lead: '' });
    model.loose.forEach((_, index) => {
      rows.push({ kind: 'message', at: -1, level: 1, lead: '  ', index });
    });
  }
  return rows;
}

const shownOf = (positions: readonly number[], { only }: Folds): readonly number[] =>
  only === null ? positions : positions.filter((at) => only[at] === 1);

/** Puts siblings on the stack, the first on top. `folding`: those of a group as one. */
function pushEntries(
  stack: Entry[],
  { nodes }: TraceModel,
  siblings: readonly number[],
  level: number,
  folding: boolean,
): void {
  const groupAt = (at: number): number => nodes[siblings[at] ?? -1]?.group ?? -1;
  let last = true;
  for (let end = siblings.length; end > 0; ) {
    let begin = end - 1;
    while (folding && groupAt(begin) >= 0 && groupAt(begin - 1) === groupAt(begin)) begin -= 1;
    // What a filter leaves of a group may be no group any more.
    if (end - begin < leastGroup) begin = end - 1;
    stack.push({ members: siblings.slice(begin, end), level, last });
    last = false;
    end = begin;
  }
}

/** The lines before a row; leaves those before its children in `stems`. */
function leadOf({ level, last }: Entry, stems: string[]): string {
  if (level === 0) return '';
  if (level > deepestIndent) return `${stems[deepestIndent + 1] ?? ''}⋮${level}`;
  const stem = stems[level] ?? '';
  stems[level + 1] = stem + (last ? ' ' : '│');
  return stem + (last ? '└' : '├');
}

function pushMessages(
  rows: Row[],
  { messages }: TraceNode,
  at: number,
  level: number,
  stems: readonly string[],
  parental: boolean,
): void {
  if (messages.length === 0) return;
  const stem = stems[Math.min(level, deepestIndent) + 1] ?? '';
  const lead = `${stem}${parental && level <= deepestIndent ? '│' : ' '} `;
  const base = { at, level: level + 1, lead };
  const shown = messages.length > mostMessages + 1 ? mostMessages : messages.length;
  for (let index = 0; index < shown; index += 1) rows.push({ kind: 'message', ...base, index });
  if (shown < messages.length) {
    rows.push({ kind: 'more', ...base, count: messages.length - shown });
  }
}

/** By position: 1 for spans that pass and all above them; null if every span passes. */
export function maskOf(
  { nodes }: TraceModel,
  passes: ((node: TraceNode) => boolean) | null,
): Uint8Array | null {
  if (passes === null) return null;
  const mask = new Uint8Array(nodes.length);
  for (let at = nodes.length - 1; at >= 0; at -= 1) {
    const node = nodes[at] as TraceNode;
    if (mask[at] === 0 && !passes(node)) continue;
    mask[at] = 1;
    if (node.parent >= 0) mask[node.parent] = 1;
  }
  return mask;
}

/** Everything above a position opened, and the groups it is in. */
export function openedTo<F extends Folds>({ nodes }: TraceModel, folds: F, at: number): F {
  const closed = new Set(folds.closed);
  const opened = new Set(folds.opened);
  for (let node = nodes[at]; node; node = nodes[node.parent]) {
    if (node.group >= 0) opened.add(node.group);
    closed.delete(node.parent);
  }
  return { ...folds, closed, opened };
}

/** Index of the row that shows a span, else of the group or the span above that hides it; else 0. */
export function rowShowing({ nodes }: TraceModel, rows: readonly Row[], at: number): number {
  const shown = new Map<number, number>();
  rows.forEach((row, index) => {
    if (row.kind === 'span') shown.set(row.at, index);
    if (row.kind !== 'group') return;
    for (const member of row.members) shown.set(member, index);
  });
  for (let next = at; next >= 0; next = nodes[next]?.parent ?? -1) {
    const index = shown.get(next);
    if (index !== undefined) return index;
  }
  return 0;
}

/** Index of the row above a row in the tree; its own if it has none. */
export function rowAbove(rows: readonly Row[], index: number): number {
  const level = rows[index]?.level ?? 0;
  for (let above = index - 1; above >= 0 && level > 0; above -= 1) {
    if ((rows[above]?.level ?? 0) < level) return above;
  }
  return index;
}
