/** One call in detail: how often, how many failed, how long it took, before in brackets, and over time. */
import type { CallHealth, CallSide } from '../../model.ts';
import { sparkline } from '../../text/sparkline.ts';
import { safe } from '../glyphs.ts';
import { duration, percent, perMinute } from '../health.ts';
import { cell, cut, type Line, line } from '../line.ts';
import type { Place } from '../screen.ts';
import type { Minutes } from './graph-model.ts';

/** Two lines. */
export function edgeLines(call: CallHealth, minutes: Minutes, columns: number): readonly Line[] {
  const { caller, callee, via, incident } = call;
  const both = (of: (side: CallSide) => string): string =>
    `${sideText(call.incident, of)} (${sideText(call.baseline, of)})`;
  const facts = [
    `calls/min ${ratesText(call, minutes)}`,
    `failed ${both(({ calls, errors }) => percent(errors, calls))}`,
    `p50 ${both(({ p50 }) => duration(p50))}`,
    `p99 ${both(({ p99 }) => duration(p99))}`,
  ].join('  ');
  const failed = (incident?.errors ?? 0) > 0;
  const how = via === 'call' ? '' : `, by ${via}`;
  return [
    [
      cell(` ${failed ? '✗ ' : ''}${safe(caller, 40)} → ${safe(callee, 40)}`, 'bold'),
      cell(`${how}   p95 over time `, 'dim'),
      cell(curveOf(call)),
      cell('  before in brackets', 'dim'),
    ],
    line(`   ${facts}`),
  ].map((one) => cut(one, columns));
}

/** Calls by the minute, before in brackets: the windows are not of one length. */
export function ratesText({ baseline, incident }: CallHealth, minutes: Minutes): string {
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
