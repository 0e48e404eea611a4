/** How the values of a metric were spread in both windows. */
import type { DriftBin, DriftSignal, MetricLines, SeriesLine, Window } from '../../model.ts';
import { driftWords } from '../../report/index.ts';
import { formatNumber, formatShare, wrap } from '../../text.ts';
import { safe } from '../glyphs.ts';
import { cell, column, type Line, line } from '../line.ts';
import type { Area } from '../screen.ts';

/** From this width on it stands beside the plot. */
export const sideBySide = 110;
export const spreadColumns = 58;

/** The slices in which a signal moved most. */
export const sliceTexts = (signal: DriftSignal): readonly string[] =>
  driftWords.detailTexts({ ...signal, examples: { baseline: null, incident: null } });

/** Null: of nothing. */
export function rangeOf(
  values: readonly number[],
): { readonly low: number; readonly high: number } | null {
  if (values.length === 0) return null;
  return {
    low: values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY),
    high: values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY),
  };
}

/** Rows that a distribution is told in. */
const mostBins = 8;

/** The values of both windows in ranges of one width; each value of its own, where they are few. */
export function distributionOf(
  { baseline, incident }: Pick<MetricLines, 'baseline' | 'incident'>,
  { points, sides }: SeriesLine,
): readonly DriftBin[] {
  const within = (one: Window): readonly number[] =>
    points.filter(({ at }) => at >= one.from && at <= one.to).map(({ value }) => value);
  const own = baseline ? within(baseline) : [];
  const before =
    own.length === sides.baseline?.count
      ? own
      : points.filter(({ at }) => at < incident.from).map(({ value }) => value);
  const after = within(incident);
  const range = rangeOf([...before, ...after]);
  if (range === null || sides.baseline === null) return [];
  const share = (values: readonly number[], passes: (value: number) => boolean): number =>
    values.length === 0 ? 0 : values.filter(passes).length / values.length;
  const bin = (from: number, to: number, passes: (value: number) => boolean): DriftBin => ({
    ...{ category: null, from, to },
    baseline: share(before, passes),
    incident: share(after, passes),
  });
  const known = [...new Set([...before, ...after])].sort((a, b) => a - b);
  if (known.length <= mostBins)
    return known.map((value) => bin(value, value, (one) => one === value));
  const width = (range.high - range.low) / mostBins;
  return Array.from({ length: mostBins }, (_, at) => {
    const from = range.low + at * width;
    const isLast = at === mostBins - 1;
    return bin(from, from + width, (one) => one >= from && (isLast || one < from + width));
  });
}

const labelWidth = 16;
const shareWidth = 6;

/** How the values were spread in both windows, then what else is said of them. */
export function spreadLines(
  distribution: readonly DriftBin[],
  texts: readonly string[],
  { columns, rows }: Area,
): readonly Line[] {
  if (rows <= 0) return [];
  const said = texts.flatMap((text) =>
    wrap(text, columns - 1).map((part) => line(` ${part}`, 'dim')),
  );
  const room = Math.max(3, rows - Math.min(said.length, Math.floor(rows / 2)));
  const bins = merged(distribution, room - 1);
  const barWidth = Math.floor((columns - labelWidth - 2 * (shareWidth + 1)) / 2);
  const most = Math.max(...bins.flatMap(({ baseline, incident }) => [baseline, incident]), 1e-9);
  const side = (share: number): Line => [
    column('█'.repeat(Math.round((share / most) * barWidth)), barWidth),
    column(formatShare(share), shareWidth, { align: 'right' }),
    cell(' '),
  ];
  const title: Line = [
    column(' values', labelWidth, { style: ['bold'] }),
    column('before', barWidth + shareWidth + 1, { style: ['dim'] }),
    cell('incident', 'dim'),
  ];
  const drawn = bins.map(
    (bin): Line => [
      column(` ${binText(bin)}`, labelWidth),
      ...side(bin.baseline),
      ...side(bin.incident),
    ],
  );
  return [...(bins.length > 0 ? [title, ...drawn] : []), ...said].slice(0, rows);
}

/** At most `most` bins: neighbours together; of categories the most frequent ones. */
function merged(bins: readonly DriftBin[], most: number): readonly DriftBin[] {
  if (bins.length <= most || bins[0]?.category !== null) return bins.slice(0, Math.max(0, most));
  const size = Math.ceil(bins.length / most);
  return Array.from({ length: Math.ceil(bins.length / size) }, (_, at) => {
    const own = bins.slice(at * size, (at + 1) * size);
    return {
      category: null,
      from: own[0]?.from ?? null,
      to: own.at(-1)?.to ?? null,
      baseline: own.reduce((sum, { baseline }) => sum + baseline, 0),
      incident: own.reduce((sum, { incident }) => sum + incident, 0),
    };
  });
}

function binText({ category, from, to }: DriftBin): string {
  if (category !== null) return safe(category, 40);
  const short = (value: number): string => formatNumber(value);
  if (from !== null && from === to) return short(from);
  if (from === null) return to === null ? 'any' : `up to ${short(to)}`;
  return to === null ? `above ${short(from)}` : `${short(from)}–${short(to)}`;
}
