/**
 * How long after trouble left one service it left its caller, within the same request:
 *
 *     web    GET /cart   [==============!]    ends at 16: now who called web has it
 *     web    > cart         [====!]
 *     cart   GetCart         [==!]            ends at 8: until then it might have gone well
 *                               - - - - >     8 from cart to web
 *
 * In between are the way back and what the caller did with it: retries, a wait, a fallback. Both
 * times are told by the clock of the caller; without a known difference the clocks agree.
 */
import { hostOf } from '../graph/index.ts';
import { ofTwo, once } from '../grouping.ts';
import type { Features, SampledTrace, ServiceEdge, Span, TraceTree } from '../model.ts';
import { milliseconds } from '../model.ts';
import { median } from '../statistics.ts';
import { calleeOf, hasFailed } from './origins.ts';

/** Which spans show the trouble: failed ones, or in a slow request any. */
export type Trouble = 'failed' | 'slow';

/**
 * Median over those of the traces that show the trouble on both sides, in ms with three decimals.
 * Null if there are none, or if the caller had mostly ended before: then it did not wait for it,
 * as with a message, or the clocks are not to be compared.
 */
export function delayOf(
  edge: Pick<ServiceEdge, 'caller' | 'callee'>,
  traces: readonly SampledTrace[],
  trouble: Trouble,
  features: Features,
): number | null {
  const key = pairKey(edge);
  const delays = traces.flatMap((trace) => {
    const way = waysIn[trouble](features)(trace).get(key);
    return way === undefined ? [] : [way.reached - way.left];
  });
  const usual = median(delays);
  return delays.length === 0 || usual < 0 ? null : Math.round(milliseconds(usual) * 1000) / 1000;
}

export const pairKey = ({ caller, callee }: Pick<ServiceEdge, 'caller' | 'callee'>): string =>
  pairText(caller, callee);

const pairText = ofTwo((caller, callee) => JSON.stringify([caller, callee]));

/** Of one call, by the clock of the caller: when the trouble left the callee, and the caller. */
interface Way {
  readonly left: number;
  readonly reached: number;
  /** Of the callee's span. */
  readonly duration: number;
}

type Ways = ReadonlyMap<string, Way>;

/** By pair of services. */
const waysIn: Readonly<Record<Trouble, (of: Features) => (trace: SampledTrace) => Ways>> = {
  failed: once((features) => once((trace) => waysOf(trace, features, true))),
  slow: once((features) => once((trace) => waysOf(trace, features, trace.bad !== 'slow'))),
};

/** Of several calls the first that failed, or the one that was waited for longest. */
function waysOf({ tree }: SampledTrace, features: Features, onlyFailed: boolean): Ways {
  const ways = new Map<string, Way>();
  const shows = (span: Span): boolean => span.timed && (!onlyFailed || hasFailed(span));
  for (const [index, span] of tree.spans.entries()) {
    if (!shows(span)) continue;
    for (const { callee, from } of callsOf(tree, index, features)) {
      const { entry, shift } = climbed(tree, { from, span: index }, features);
      if (!shows(entry)) continue;
      const way = {
        left: span.end + shift,
        reached: entry.end,
        duration: span.end - span.start,
      };
      const key = pairText(entry.service, callee);
      const known = ways.get(key);
      const isBetter =
        known === undefined || (onlyFailed ? way.left < known.left : way.duration > known.duration);
      if (isBetter) ways.set(key, way);
    }
  }
  return ways;
}

/** The services whose answer ends with this span, and where the caller's spans begin above it. */
function callsOf(
  { spans, parent, children }: TraceTree,
  index: number,
  { graph }: Features,
): readonly { readonly callee: string; readonly from: number }[] {
  const span = spans[index] as Span;
  const isOther = (at: number): boolean => at >= 0 && spans[at]?.service !== span.service;
  const above = parent[index] ?? -1;
  // Of who sent no span it is known how long the call to it took.
  const isAnswered = children[index]?.some(isOther) === true;
  const callee = isAnswered ? null : calleeOf(span, graph);
  return [
    ...(isOther(above) ? [{ callee: span.service, from: above }] : []),
    ...(callee === null || callee === span.service ? [] : [{ callee, from: index }]),
  ];
}

/** The span by which the caller was asked itself, and what brings times of `span` to its clock. */
function climbed(
  { spans, parent }: TraceTree,
  { from, span }: { readonly from: number; readonly span: number },
  features: Features,
): { readonly entry: Span; readonly shift: number } {
  const skew = skewIn(features);
  let at = from;
  let shift = at === span ? 0 : skew(spans[at] as Span, spans[span] as Span);
  for (;;) {
    const above = spans[parent[at] ?? -1];
    if (above === undefined || above.service !== spans[at]?.service) break;
    shift += skew(above, spans[at] as Span);
    at = parent[at] as number;
  }
  return { entry: spans[at] as Span, shift };
}

/** What to add to times of a callee to bring them to the clock of its caller, ns. */
const skewIn = once(({ skew }: Features): ((caller: Span, callee: Span) => number) => {
  const known = new Map(skew.map(({ from, to, ns }) => [pairText(from, to), ns]));
  return (caller, callee) =>
    known.size === 0 ? 0 : (known.get(pairText(hostOf(caller), hostOf(callee))) ?? 0);
});
