/** One statement of the logs in full, and how often it was written over time. */
import type { LogTemplates, TemplateLine } from '../../model.ts';
import { sparkline } from '../../text/sparkline.ts';
import { clockTime } from '../../text.ts';
import { shownTemplate } from '../content.ts';
import { safe } from '../glyphs.ts';
import { count } from '../health.ts';
import { cell, column, cut, type Line, line, wrapped } from '../line.ts';
import { axisOf, columnAt } from '../spark.ts';
import { changeText, comparable } from './logs-columns.ts';

/** The statement whole, since when, and how often over time. */
export function templateLines(
  subject: LogTemplates,
  one: TemplateLine | undefined,
  columns: number,
  revealed: boolean,
): readonly Line[] {
  if (!one) return [];
  const clock = (at: number): string =>
    clockTime(BigInt(subject.epochNs) + BigInt(Math.round(at))).slice(0, 12);
  const extent =
    one.first === null || one.last === null ? '' : ` · ${clock(one.first)} – ${clock(one.last)}`;
  const outside = one.all - one.counts.baseline - one.counts.incident;
  const others = outside > 0 ? ` · ${count(outside)} in neither` : '';
  const per = subject.exposedBy === 'requests' ? 'per request' : 'per minute';
  const change = comparable(subject) ? ` · ${changeText(subject, one)} ${per}` : '';
  const statement = safe(shownTemplate(one, revealed), 2_000);
  const whole = wrapped(statement, columns - 2, columns < 100 ? 2 : 4);
  return [
    line('─'.repeat(columns), 'dim'),
    cut(
      [
        cell(` ${safe(one.service, 60)}`, 'bold'),
        cell(` ${count(one.all)} records${extent}${others}${change}`, 'dim'),
      ],
      columns,
    ),
    ...whole.map((part) => line(` ${part}`)),
    ...minutesLines(subject, one, columns),
  ];
}

const nameWidth = 17;

/** Records a minute as bars, on the time axis of both sides. */
function minutesLines(
  { baseline, incident, epochNs }: LogTemplates,
  { minutes }: TemplateLine,
  columns: number,
): readonly Line[] {
  const [first] = minutes;
  if (!first) return [];
  const from = Math.min(first.at, incident.from, baseline?.from ?? incident.from);
  const to = Math.max((minutes.at(-1)?.at ?? first.at) + 60e9, incident.to);
  const axis = axisOf([{ from, to }], Math.max(10, columns - nameWidth - 2));
  const counts = axis.map(() => 0);
  for (const { at, count } of minutes) {
    // A minute is a column, or some: it is drawn where it begins to end.
    const begin = columnAt(axis, at);
    const end = Math.max(begin, columnAt(axis, Math.min(at + 60e9, to) - 1));
    for (let index = Math.max(0, begin); index <= end; index += 1) {
      counts[index] = (counts[index] ?? 0) + count / (end - Math.max(0, begin) + 1);
    }
  }
  const most = counts.reduce((high, value) => Math.max(high, value), 0);
  const bars = sparkline(
    counts.map((value) => (value === 0 ? null : value)),
    { from: 0, to: most },
  );
  const ruler = axis.map((one) =>
    one && one.to > incident.from && one.from <= incident.to ? '━' : '─',
  );
  const clock = (at: number): string =>
    clockTime(BigInt(epochNs) + BigInt(Math.round(at))).slice(0, 8);
  const gap = Math.max(1, axis.length - 16);
  return [
    [column(' records a minute', nameWidth + 1), cell(bars)],
    [column(' time (UTC)', nameWidth + 1), cell(ruler.join(''))],
    [column('', nameWidth + 1), cell(`${clock(from)}${' '.repeat(gap)}${clock(to)}`, 'dim')],
  ];
}
