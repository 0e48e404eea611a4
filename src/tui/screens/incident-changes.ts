/** What was put in place while the case was recorded, nearest to the onset first. */
import type { ChangeEvent, Overview } from '../../model.ts';
import { displayWidth, squeezed } from '../../text.ts';
import { safe } from '../glyphs.ts';
import { filterValue, type Held, sqlText } from '../held.ts';
import { cell, cut, type Line, widthOf } from '../line.ts';
import type { Place } from '../screen.ts';
import { clockAt, offsetOf } from '../times.ts';

/** Changes are known to the minute, and so is the onset: ns. */
const accuracy = 60e9;

/**
 * Those before the onset first, the last one of them at the top; then what came later, which cannot
 * have caused it. Without an onset by time.
 */
export function nearestFirst({ changes, diagnosis, epochNs }: Overview): readonly ChangeEvent[] {
  if (diagnosis.onset === null) return changes;
  const onset = offsetOf(diagnosis.onset, epochNs);
  const isLater = ({ at }: ChangeEvent): number => (at > onset + accuracy ? 1 : 0);
  const distance = ({ at }: ChangeEvent): number => Math.abs(onset - at);
  return [...changes].sort((a, b) => isLater(a) - isLater(b) || distance(a) - distance(b));
}

/** What changed, when, and how long that was before the onset. */
export function changeCells(
  { diagnosis, epochNs }: Overview,
  change: ChangeEvent,
  columns: number,
): Line {
  const time = clockAt(epochNs, change.at);
  const since =
    diagnosis.onset === null ? '' : ` ${sinceText(change, offsetOf(diagnosis.onset, epochNs))}`;
  const rowWith = (said: string): Line => {
    const when: Line = [cell('◆ ', 'yellow'), cell(`${time}${said}  `, 'dim')];
    return [...when, cell(changeText(change, columns - widthOf(when)))];
  };
  // When it was is said by the time too; what it was before is said nowhere else.
  const [whole, short] = [rowWith(since), rowWith('')];
  return cut(widthOf(whole) <= columns ? whole : short, columns);
}

function sinceText({ at }: ChangeEvent, onset: number): string {
  const apart = Math.abs(onset - at);
  if (apart <= accuracy) return 'at the onset';
  const minutes = Math.round(apart / accuracy);
  const long = minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
  return `${long} ${at < onset ? 'before' : 'after'}`;
}

/** Fewer columns tell no names apart. */
const leastName = 6;

/** What is new first. Both values stay whole as long as something of the name is left. */
function changeText({ service, model, from, to }: ChangeEvent, columns: number): string {
  const whose = model === null ? safe(service, 40) : `${safe(service, 40)} ${safe(model, 40)}`;
  const [begin, end] = [`${safe(to, 30)} (`, `${from === null ? '' : `, was ${safe(from, 30)}`})`];
  const room = columns - displayWidth(begin) - displayWidth(end);
  return begin + squeezed(whose, Math.max(leastName, room)) + end;
}

/** Traces of the service in which the new version is named. */
export const placeOfChange = ({ service, to }: ChangeEvent): Place => ({
  screen: 'traces',
  filter: `service=${filterValue(service)} ${JSON.stringify(to)}`,
});

/** A change, to be copied or noted. */
export function heldChange({ service, model, from, to, kind }: ChangeEvent): Held {
  return {
    what: `change of ${safe(service, 60)}`,
    target: `service:${service}`,
    id: to,
    facts: { kind, service, model, from, to },
    sql: `SELECT trace_id, span_id, start_time FROM spans WHERE service = ${sqlText(service)} AND instr(attributes || resource, ${sqlText(to)}) ORDER BY start_ns`,
    command: ['traces', `service=${filterValue(service)}`, JSON.stringify(to)],
  };
}
