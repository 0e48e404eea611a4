/** Who is to blame for a slow way between two services: who calls, or who is called. */
import { grouped } from '../grouping.ts';
import { floorNs } from './exclusive-time.ts';
import { type Compared, type FairStay, logTime, slowTime } from './stays.ts';

export interface Judged extends Compared {
  /** The part of the incident in which it is slowest. */
  readonly slow: readonly FairStay[];
  readonly p: number;
  /** How much longer it takes then, in the mean: a starved process is slow now and then, and very. */
  readonly extraNs: number;
  /** Beyond chance and beyond what the other places have gained. */
  readonly isSlower: boolean;
  /** 0 if requests hardly feel it. */
  readonly strength: number;
}

/** Places differ by a tenth from hour to hour at the least. */
export const leastSpread = Math.log(1.1);

/**
 * On whose side of a slow way the trouble is. Where all ways from a caller are slow, and there are
 * several, or those to it are, it is the caller's; where the callee's other callers reach it as
 * ever, and the caller is slow by itself, as well. Else it is the callee's. A few calls that are as
 * late clear nobody, though they are too few to be sure of.
 *
 *     web ==slow=⇒ cart      both ways from web are slow: web
 *     web ==slow=⇒ db
 *     api ──────→ db         and db is cleared by api
 *
 * A call to a service without spans is a way as well: what it takes may be lost before it.
 */
export function sided(judged: readonly Judged[]): readonly Judged[] {
  const all = judged.filter(({ place }) => place.caller !== null);
  const slow = judged.filter(({ isSlower }) => isSlower);
  const slowItself = new Set(
    slow.flatMap(({ place, strength }) =>
      place.kind === 'self-time' && place.caller === null && strength > 0 ? [place.service] : [],
    ),
  );
  const from = grouped(all, ({ place }) => place.caller ?? '');
  const to = grouped(all, ({ place }) => place.service);
  return judged.map((one) => {
    const { place } = one;
    const { caller, service } = place;
    if (caller === null) return one;
    const others = (to.get(service) ?? []).filter((other) => other !== one);
    const ways = from.get(caller) ?? [];
    const toCaller = to.get(caller) ?? [];
    const isCleared = others.length > 0 && !mostly(others, (other) => isAsLate(other, one));
    const isCallers =
      (ways.length > 1 && mostlySlow(ways, one)) ||
      (isCleared && slowItself.has(caller)) ||
      ((isCleared || others.length === 0) && toCaller.length > 0 && mostlySlow(toCaller, one));
    if (!isCallers) return one;
    return { ...one, place: { ...place, kind: 'network-gap', service: caller } };
  });
}

/** Nine of ten calls: what is asked now and then need not have been seen slow. */
const mostCalls = 0.9;
/** What one side costs it costs on all of its ways: each is as much slower, in order of size. */
const alike = 0.25;

const isAsLate = (way: Judged, as: Judged): boolean => way.extraNs >= alike * as.extraNs;

function mostlySlow(ways: readonly Judged[], as: Judged): boolean {
  return mostly(ways, (way) => way.isSlower && isAsLate(way, as));
}

function mostly(ways: readonly Judged[], holds: (way: Judged) => boolean): boolean {
  const calls = (of: readonly Judged[]) => of.reduce((sum, { after }) => sum + after.length, 0);
  return calls(ways.filter(holds)) >= mostCalls * calls(ways);
}

/**
 * A call that no span of its own shows looks like own time of who makes it. Where that took as long
 * as a way that others are seen to take, and takes as long now, it is that way: told already.
 *
 *     web > money           way 95 → 604 ms
 *     checkout/convert      itself 89 → 605 ms, no span of money below: asks money as well
 */
export function withoutHiddenCalls(judged: readonly Judged[]): readonly Judged[] {
  const ways = judged.filter(({ place, isSlower }) => place.kind === 'network-gap' && isSlower);
  return judged.filter(
    (one) =>
      one.place.kind !== 'self-time' ||
      slowTime(one.before) < floorNs ||
      !ways.some((way) => way.place.service !== one.place.service && takesAsLong(way, one)),
  );
}

const takesAsLong = (a: Judged, b: Judged): boolean =>
  Math.abs(logTime(a.before) - logTime(b.before)) <= leastSpread &&
  Math.abs(logTime(a.slow) - logTime(b.slow)) <= leastSpread;
