/** Sparklines on one time axis: traffic, failures, slowness, the signal that speaks most, changes. */

import { emptyHistogram, mergeHistogram, quantile } from '../../graph/index.ts';
import type { Cohort, Overview, Preview, Trend, TrendBin, TrendSignal } from '../../model.ts';
import { sparkline } from '../../text/sparkline.ts';
import { displayWidth, formatDuration, formatNumber, padTo } from '../../text.ts';
import { safe } from '../glyphs.ts';
import { cell, column, type Line } from '../line.ts';
import type { Area } from '../screen.ts';
import { type AxisColumn, axisOf, columnAt } from '../spark.ts';
import { clockAt, offsetOf } from '../times.ts';
import { changeCells, nearestFirst } from './incident-changes.ts';
import { baselineText, spanOf } from './verdict.ts';

const nameWidth = 17;
/** "12.3 s → 14.6 s  ×12.3" */
const numbersWidth = 27;
/** Until the next minute's point, a value that is reported once a minute still holds. */
const holdNs = 60e9;

/** A share of failures below this never fills its row, however even it is. */
const noticedShare = 0.05;

/**
 * At most `rows` lines; the heading, then the traffic goes when there is no room for all. `named`:
 * what changed is said as well, not only marked.
 */
export function timelineLines(
  overview: Overview,
  { columns, rows }: Area,
  named: boolean,
): readonly Line[] {
  if (rows < 2) return [];
  const axis = timeAxis(overview, columns);
  const [requests, ...others] = signalRows(overview, axis, minutesOf(overview));
  const needed = [...others, ...marksLine(overview, axis), ...axisLines(overview, axis)];
  const left = rows - needed.length;
  const changes = named ? namedLines(overview, columns) : [];
  return [
    ...(left > 1 ? [headingLine(overview, columns)] : []),
    ...(left > 0 && requests ? [requests] : []),
    ...needed,
    ...changes.slice(0, Math.max(0, left - 2)),
  ].slice(0, rows);
}

/** The same before anything was compared: traffic and times. */
export function previewLines(preview: Preview, columns: number, rows: number): readonly Line[] {
  const axis = timeAxis(preview, columns);
  return [...signalRows(preview, axis), ...axisEnds(preview.epochNs, axis)].slice(0, rows);
}

const timeAxis = ({ trend }: Preview, columns: number): readonly AxisColumn[] =>
  axisOf(trend.pieces, columns - nameWidth - numbersWidth - 2);

/** Since when and until when before is, and what the numbers at the right compare. */
function headingLine({ diagnosis }: Overview, columns: number): Line {
  const health = diagnosis.regime === 'healthy-traces';
  const alone = !health && diagnosis.windows.baseline === null;
  const sides = health
    ? 'healthy → failed or slow'
    : alone
      ? 'nothing to compare with'
      : 'baseline → incident';
  const width = columns - numbersWidth - 1;
  const name = ' Time line';
  const before = baselineText(diagnosis);
  const windows = before && `${before} vs incident ${spanOf(diagnosis.windows.incident)}`;
  const told = [windows, before].find((text) => text && name.length + 3 + text.length < width);
  return [
    cell(name, 'bold'),
    column(told ? `   ${told}` : '', width - name.length, { style: ['dim'] }),
    cell(sides, 'dim'),
  ];
}

/** How long the windows are: numbers of requests in one and in a longer one say nothing of traffic. Null: they are of one time. */
function minutesOf({ diagnosis }: Overview): Readonly<Record<Cohort, number>> | null {
  const { baseline, incident } = diagnosis.windows;
  const minutes = ({ from, to }: { readonly from: string; readonly to: string }): number =>
    Math.max(Date.parse(to) - Date.parse(from), 1000) / 60_000;
  return baseline && { baseline: minutes(baseline), incident: minutes(incident) };
}

/** Of a side that is not there, nothing is said. `minutes`: null if requests are counted, not their rate. */
function signalRows(
  { trend, traffic }: Preview,
  axis: readonly AxisColumn[],
  minutes: Readonly<Record<Cohort, number>> | null = null,
): readonly Line[] {
  const cells = cellsOf(trend, axis);
  const { baseline, incident } = traffic;
  const rate = (traffic: typeof incident): number | null =>
    traffic && traffic.requests > 0 ? traffic.failed / traffic.requests : null;
  const percent = (value: number): string => `${(100 * value).toFixed(value < 0.1 ? 1 : 0)}%`;
  const ms = (value: number): string => formatDuration(value / 1e6);
  const { signal } = trend;
  const text = (value: (side: typeof incident) => number | null, write: typeof ms): string => {
    const after = value(incident);
    if (baseline === null) return after === null ? '–' : write(after);
    return compared(value(baseline), after, write);
  };
  const draw = (name: string, of: (one: (typeof cells)[number]) => number | null, rest: Numbers) =>
    row(name, cells.map(of), axis, { from: 0, ...rest });
  return [
    draw('requests', ({ requests }) => requests || null, {
      text: requestsText(traffic, minutes),
    }),
    draw('failed', ({ requests, failed }) => (requests ? failed / requests : null), {
      least: noticedShare,
      text: text(rate, percent),
    }),
    draw('p99 latency', ({ duration }) => quantile(duration, 0.99), {
      text: text((side) => side?.p99 ?? null, ms),
    }),
    ...(signal ? [signalRow(signal, axis)] : []),
  ];
}

function requestsText(
  { baseline, incident }: Preview['traffic'],
  minutes: Readonly<Record<Cohort, number>> | null,
): string {
  const requests = incident?.requests ?? 0;
  if (baseline === null) return count(requests);
  if (minutes === null) return `${count(baseline.requests)} → ${count(requests)}`;
  const [before, after] = [baseline.requests / minutes.baseline, requests / minutes.incident];
  return `${formatNumber(before)} → ${formatNumber(after)}/min`;
}

const count = (value: number): string => value.toLocaleString('en-US');

/** Changes that are named below the time line. */
const mostNamed = 3;

interface Numbers {
  readonly from?: number;
  /** The least that the highest bar stands for. */
  readonly least?: number;
  readonly text: string;
}

function row(
  name: string,
  values: readonly (number | null)[],
  axis: readonly AxisColumn[],
  { from, least = 0, text }: Numbers,
): Line {
  const high = values.reduce<number>((most, value) => Math.max(most, value ?? most), least);
  const bars = sparkline(values, from === undefined ? {} : { from, to: high });
  const drawn = axis.map((one, at) => (one ? bars[at] : '┊')).join('');
  return [column(` ${name}`, nameWidth), cell(drawn), cell(' '), cell(padTo(text, numbersWidth))];
}

/** The bins of every column of the axis, merged. */
function cellsOf({ bins }: Trend, axis: readonly AxisColumn[]): readonly Omit<TrendBin, 'at'>[] {
  const cells = axis.map(() => ({
    requests: 0,
    failed: 0,
    duration: emptyHistogram(),
  }));
  for (const { at, requests, failed, duration } of bins) {
    const into = cells[columnAt(axis, at)];
    if (!into) continue;
    into.requests += requests;
    into.failed += failed;
    mergeHistogram(into.duration, duration);
  }
  return cells;
}

function signalRow(signal: TrendSignal, axis: readonly AxisColumn[]): Line {
  const { points } = signal;
  let next = 0;
  let last: (typeof points)[number] | null = null;
  const values = axis.map((one) => {
    if (!one) return null;
    let sum = 0;
    let count = 0;
    for (let point = points[next]; point && point.at < one.to; point = points[next]) {
      if (point.at >= one.from) {
        sum += point.value;
        count += 1;
      }
      last = point;
      next += 1;
    }
    if (count > 0) return sum / count;
    return last && one.from - last.at < holdNs ? last.value : null;
  });
  return row(shortName(safe(signal.name, 80)), values, axis, {
    text: compared(signal.baseline, signal.incident, formatNumber),
  });
}

/** The end of a dotted name tells more than its begin: as many whole parts as fit. */
function shortName(name: string): string {
  const room = nameWidth - 2;
  const parts = name.split(/(?<=[._/])/);
  let kept = '';
  for (const part of parts.reverse()) {
    if (displayWidth(part + kept) > room) break;
    kept = part + kept;
  }
  if (displayWidth(kept) * 2 >= room || kept === name) return kept;
  return `…${[...name].slice(1 - room).join('')}`;
}

/** "before → after  ×factor"; a dash for a side that has none. */
function compared(
  before: number | null,
  after: number | null,
  write: (value: number) => string,
): string {
  const text = `${before === null ? '–' : write(before)} → ${after === null ? '–' : write(after)}`;
  if (!before || after === null || before < 0 || after < 0) return text;
  const factor = after / before;
  return `${text}  ×${formatNumber(Number(factor.toPrecision(2)))}`;
}

// ---------------------------------------------------------------- time and changes

/** A row with a mark for every change. */
function marksLine({ changes }: Overview, axis: readonly AxisColumn[]): readonly Line[] {
  if (changes.length === 0) return [];
  const marks = new Set(changes.map(({ at }) => columnAt(axis, at)));
  const drawn = axis.map((_, at) => (marks.has(at) ? '◆' : ' ')).join('');
  const said = changes.length > 1 ? `${changes.length} version changes` : 'version change';
  return [[column(' changes', nameWidth), cell(drawn, 'yellow'), cell(` ${said}`)]];
}

/** Those nearest to the onset. */
const namedLines = (overview: Overview, columns: number): readonly Line[] =>
  nearestFirst(overview)
    .slice(0, mostNamed)
    .map((change) => [cell(' '), ...changeCells(overview, change, columns - 1)]);

/** The axis with the incident drawn heavy, and the times at its ends and at the onset. */
function axisLines(overview: Overview, axis: readonly AxisColumn[]): readonly Line[] {
  const { windows, onset } = overview.diagnosis;
  const at = (iso: string): number => offsetOf(iso, overview.epochNs);
  const from = at(windows.incident.from);
  const to = at(windows.incident.to);
  const onsetAt = onset === null ? -1 : columnAt(axis, at(onset));
  const drawn = axis
    .map((one, index) => {
      if (!one) return '┊';
      if (index === onsetAt) return '▴';
      return one.to > from && one.from <= to ? '━' : '─';
    })
    .join('');
  const middle =
    onset !== null && onsetAt >= 0
      ? { text: `▴ ${clockAt(overview.epochNs, at(onset))}`, at: onsetAt }
      : { text: '', at: onsetAt };
  return [
    [column(' time (UTC)', nameWidth), cell(drawn), cell('  ━ incident  ▴ onset', 'dim')],
    ...axisEnds(overview.epochNs, axis, middle),
  ];
}

/** The times at both ends of the axis, and maybe one between them. */
function axisEnds(
  epochNs: string,
  axis: readonly AxisColumn[],
  middle = { text: '', at: 0 },
): readonly Line[] {
  const [first] = axis;
  const last = axis.at(-1);
  if (!first || !last) return [];
  const ends = [clockAt(epochNs, first.from), clockAt(epochNs, last.to)] as const;
  const text = between(ends, middle.text, middle.at, axis.length);
  return [[column('', nameWidth), cell(text, 'dim')]];
}

/** Both ends of the axis, and `middle` below its column if it touches neither. */
function between(
  [left, right]: readonly [string, string],
  middle: string,
  at: number,
  width: number,
) {
  const start = Math.min(at, width - right.length - 1 - middle.length);
  const fits = middle !== '' && start > left.length && start + middle.length < width - right.length;
  const begin = fits ? padTo(left, start) + middle : left;
  return padTo(begin, Math.max(0, width - right.length)) + right;
}
