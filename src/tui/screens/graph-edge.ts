/** One call in detail: how often, how many failed, how long it took, before in brackets, and over time. */
import type { CallHealth, CallSide } from '../../model.ts';
import { sparkline } from '../../text/sparkline.ts';
import { displayWidth, squeezed } from '../../text.ts';
import { safe } from '../glyphs.ts';
import { duration, percent, perMinute } from '../health.ts';
import { cell, cut, type Line, line, widthOf } from '../line.ts';
import type { Place } from '../screen.ts';
import type { Graph, Minutes } from './graph-model.ts';

/** Two lines. */
export function edgeLines(
  call: CallHealth,
  { minutes, byHealth }: Pick<Graph, 'minutes' | 'byHealth'>,
  columns: number,
): readonly Line[] {
  const { caller, callee, via, incident } = call;
  const both = (of: (side: CallSide) => string): string =>
    `${sideText(call.incident, of)} (${sideText(call.baseline, of)})`;
  const [often, failures, middle, slow] = [
    `   calls/min ${ratesText(call, minutes)}`,
    `failed ${both(({ calls, errors }) => percent(errors, calls))}`,
    `p50 ${both(({ p50 }) => duration(p50))}`,
    `p99 ${both(({ p99 }) => duration(p99))}`,
  ];
  const facts = [often, failures, middle, slow].join('  ');
  // The slow ones say more than the usual ones where there is no room for both.
  const told = displayWidth(facts) <= columns ? facts : [often, failures, slow].join('  ');
  const failed = (incident?.errors ?? 0) > 0;
  const how = via === 'call' ? '' : `, by ${via}`;
  const brackets = byHealth ? 'healthy' : 'before';
  const head = (names: number, curve: string, end: string): Line => [
    cell(
      ` ${failed ? '✗ ' : ''}${squeezed(safe(caller, 40), names)} → ${squeezed(safe(callee, 40), names)}`,
      'bold',
    ),
    cell(`${how}   ${curve} `, 'dim'),
    cell(curveOf(call)),
    cell(end, 'dim'),
  ];
  // What is over the curve, and then the names, give way to it.
  const heads = [
    head(40, 'p95 over time', `  ${brackets} in brackets`),
    head(40, 'p95 over time', `  (${brackets})`),
    head(40, 'p95', `  (${brackets})`),
    head(19, 'p95', ''),
  ];
  const fitting = heads.find((one) => widthOf(one) <= columns) ?? head(14, 'p95', '');
  return [fitting, line(told)].map((one) => cut(one, columns));
}

/** Calls by the minute, before in brackets: the windows are not of one length. */
function ratesText({ baseline, incident }: CallHealth, minutes: Minutes): string {
  const before = sideText(baseline, ({ calls }) => perMinute(calls, minutes.baseline));
  return `${sideText(incident, ({ calls }) => perMinute(calls, minutes.incident))} (${before})`;
}

const sideText = (side: CallSide | null, of: (side: CallSide) => string): string =>
  side === null ? '–' : of(side);

const curveOf = ({ history }: CallHealth): string => {
  const most = history.reduce<number>((high, value) => Math.max(high, value ?? 0), 0);
  return most > 0 ? sparkline(history, { from: 0, to: most }) : '–';
};

/** Digits of an id that tell it from the others of a case. */
const fewDigits = 12;

/** Traces in which it is made; null: none is known. */
export function tracesOf({ examples }: CallHealth): Place | null {
  if (examples.length === 0) return null;
  const filter = examples.map((id) => `trace=${id.slice(0, fewDigits)}*`).join(' OR ');
  return { screen: 'traces', filter };
}
