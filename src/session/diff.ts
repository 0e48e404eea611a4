/** What two things of a case are: traces, or windows; and what differs between them. */
import { compareTraces, compareWindows } from '../compare/index.ts';
import { UserError } from '../errors.ts';
import type { Store, TraceDiff, WindowDiff } from '../model.ts';
import { compared } from './compared.ts';

export type Diff =
  | { readonly of: 'traces'; readonly epochNs: string; readonly diff: TraceDiff }
  | { readonly of: 'windows'; readonly diff: WindowDiff };

/** Ids are shown cut, and pasted with what cuts them. */
const traceId = /^([0-9a-f]{4,32})(…|\.\.\.)?$/i;

/** @throws {UserError} if one is a trace and the other is not, or nothing of the case is meant. */
export async function diffOf(store: Store, a: string, b: string): Promise<Diff> {
  const labels = new Set((await store.labelWindows()).map(({ label }) => label));
  const idIn = (text: string): string | null =>
    labels.has(text) ? null : (traceId.exec(text)?.[1] ?? null);
  const [first, second] = [idIn(a), idIn(b)];
  if (first !== null && second !== null) {
    const [one, other] = [await store.trace(first), await store.trace(second)];
    return { of: 'traces', epochNs: one.epochNs, diff: compareTraces(one.tree, other.tree) };
  }
  if (first !== null || second !== null) {
    throw new UserError(
      'usage',
      `${first === null ? b : a} is a trace, ${first === null ? a : b} is not`,
      {
        hint: 'Compare two traces, or two windows (labels, FROM/TO, -10m/-5m).',
      },
    );
  }
  const { features } = await compared(store, { baseline: a, incident: b });
  return { of: 'windows', diff: compareWindows(features, { baseline: a, incident: b }) };
}
