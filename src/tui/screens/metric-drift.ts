/**
 * What drifted, by rank: distributions of data and models in both windows, in which slices they moved
 * most, and what was put in place meanwhile. The same as `aidebug drift`.
 */
import type { DeclaredChange, Drift, DriftSignal } from '../../model.ts';
import { driftWords } from '../../report/index.ts';
import type { FilteredRow } from '../../search/index.ts';
import { clockTime, formatNumber, unixNs, wrap } from '../../text.ts';
import { safe } from '../glyphs.ts';
import { beside, cell, cut, type Line, line, padded, type Style } from '../line.ts';
import { plotLines } from '../plot.ts';
import { type Area, isBeside } from '../screen.ts';
import { byText, type TableColumn } from '../table.ts';
import { shortLayer } from './metric-series.ts';
import { rangeOf, sideBySide, sliceTexts, spreadColumns, spreadLines } from './metric-spread.ts';

/** A row of the list: changes are facts, and stand below what was tested. */
export type DriftItem =
  | { readonly kind: 'signal'; readonly signal: DriftSignal }
  | { readonly kind: 'change'; readonly change: DeclaredChange };

export const driftItems = ({ signals, changes }: Drift): readonly DriftItem[] => [
  ...signals.map((signal): DriftItem => ({ kind: 'signal', signal })),
  ...changes.map((change): DriftItem => ({ kind: 'change', change })),
];

export const nameOf = (item: DriftItem): string =>
  item.kind === 'signal' ? driftWords.signalText(item.signal) : safe(item.change.key, 80);

const serviceOf = (item: DriftItem): string =>
  item.kind === 'signal' ? item.signal.service : item.change.service;

/** What a filter can look for and compare. */
export function filteredItem(item: DriftItem): FilteredRow {
  const service = serviceOf(item);
  if (item.kind === 'change') {
    const { kind, key, from, to } = item.change;
    return {
      text: `${nameOf(item)} ${service} ${kind}`,
      facts: { ...{ signal: key, service, layer: null, before: from, incident: to }, ...noTest },
    };
  }
  const { name, layer, baseline, incident, effect, q, outcome, origin } = item.signal;
  return {
    text: `${nameOf(item)} ${service} ${layer}`,
    facts: {
      ...{ signal: name, service, layer, before: baseline, incident, effect: effect.value, q },
      outcome: driftWords.outcomeWords[outcome],
      origin,
    },
  };
}

const noTest = { effect: null, q: null, outcome: 'change', origin: null };

/** What it is told by, in one line; the head of the list. */
export const driftHead = (drift: Drift): string => driftWords.outcomeText(drift);

const quiet = (item: DriftItem): readonly Style[] =>
  item.kind === 'change' || item.signal.outcome === 'drifted' ? [] : ['dim'];

/** Of a signal; a change has none. */
const ofSignal =
  (text: (signal: DriftSignal) => string) =>
  (item: DriftItem): string =>
    item.kind === 'signal' ? text(item.signal) : '';

/** Changes come last, whichever way. */
const byNumber =
  (of: (signal: DriftSignal) => number) =>
  (a: DriftItem, b: DriftItem): number =>
    (a.kind === 'signal' ? of(a.signal) : Number.NEGATIVE_INFINITY) -
    (b.kind === 'signal' ? of(b.signal) : Number.NEGATIVE_INFINITY);

const amount = (of: 'baseline' | 'incident') => ({
  text: (item: DriftItem): string =>
    item.kind === 'signal'
      ? driftWords.amountText(item.signal, item.signal[of])
      : safe(of === 'baseline' ? item.change.from : item.change.to, 40),
  order: byNumber((signal) => signal[of]),
});

export const driftColumns: readonly TableColumn<DriftItem>[] = [
  {
    title: 'layer',
    width: 6,
    from: 90,
    text: (item) => (item.kind === 'signal' ? shortLayer[item.signal.layer] : ''),
    style: () => ['dim'],
  },
  {
    title: 'signal',
    width: 0,
    text: nameOf,
    style: quiet,
    order: (a, b) => byText(nameOf(a), nameOf(b)),
  },
  {
    title: 'service',
    width: 18,
    text: (item) => safe(serviceOf(item), 60),
    style: quiet,
    order: (a, b) => byText(serviceOf(a), serviceOf(b)),
  },
  {
    title: 'before',
    width: 10,
    align: 'right',
    style: quiet,
    greatest: true,
    ...amount('baseline'),
  },
  {
    title: 'incident',
    width: 10,
    align: 'right',
    style: quiet,
    greatest: true,
    ...amount('incident'),
  },
  {
    title: 'effect',
    width: 8,
    align: 'right',
    text: ofSignal(({ effect }) => formatNumber(effect.value)),
    style: quiet,
    order: byNumber(({ effect }) => effect.value),
    greatest: true,
  },
  {
    title: 'q',
    width: 9,
    align: 'right',
    from: 80,
    text: ofSignal(({ q }) => driftWords.chanceText(q)),
    style: quiet,
    order: byNumber(({ q }) => -q),
    greatest: true,
  },
  { title: '', width: 1, text: () => '' },
  {
    title: 'outcome',
    width: 10,
    text: (item) =>
      item.kind === 'signal' ? driftWords.outcomeWords[item.signal.outcome] : '◆ change',
    style: (item) => (item.kind === 'signal' && item.signal.outcome === 'drifted' ? ['bold'] : []),
  },
];

/** The item in detail. `overlay`: level and range of the baseline in the plot. */
export function driftLines(item: DriftItem, overlay: boolean, whole: Area): readonly Line[] {
  const { columns, rows } = whole;
  const rule = line('─'.repeat(columns), 'dim');
  if (item.kind === 'change') {
    const said = wrap(driftWords.changeText(item.change), columns - 2);
    return [rule, ...said.map((part) => line(` ${part}`))].slice(0, rows);
  }
  const { signal } = item;
  const head: readonly Line[] = [
    rule,
    cut([cell(` ${nameOf(item)}`, 'bold'), cell(` of ${safe(signal.service, 60)}`)], columns),
    cut(line(` ${driftWords.moveText(signal)}`), columns),
    cut(line(` ${driftWords.testText(signal)}`, 'dim'), columns),
  ];
  const left = rows - head.length;
  const area = {
    columns: isBeside(whole, sideBySide) ? columns - spreadColumns - 3 : columns,
    rows: left,
  };
  if (!isBeside(whole, sideBySide)) {
    const spread = spreadOf(signal, { columns, rows: Math.ceil(left / 2) });
    return [
      ...head,
      ...spread,
      ...trendLines(signal, overlay, { columns, rows: left - spread.length }),
    ];
  }
  const spread = spreadOf(signal, { columns: spreadColumns, rows: left });
  return [
    ...head,
    ...beside(padded(trendLines(signal, overlay, area), left), spread, area.columns),
  ];
}

const spreadOf = (signal: DriftSignal, area: Area): readonly Line[] =>
  spreadLines(signal.distribution, sliceTexts(signal), area);

/** Minute by minute; the incident drawn heavy on the axis. */
function trendLines({ trend, baseline, onset }: DriftSignal, overlay: boolean, area: Area) {
  const points = trend.map(({ at, value }) => ({ at: nsOf(at), value }));
  const during = trend.flatMap(({ at, window }) => (window === 'incident' ? [nsOf(at)] : []));
  const before = trend.flatMap(({ value, window }) => (window === 'baseline' ? [value] : []));
  const [from] = during;
  const to = during.at(-1);
  return plotLines(
    {
      points,
      level: overlay ? baseline : null,
      band: overlay ? rangeOf(before) : null,
      window: from === undefined || to === undefined ? null : { from, to },
      mark: onset === null ? null : nsOf(onset),
      clock: (at) => clockTime(BigInt(Math.round(at))).slice(0, 8),
    },
    area.columns,
    area.rows,
  );
}

/** Good to a microsecond, which is less than a column is wide. */
const nsOf = (iso: string): number => Number(unixNs(iso) ?? 0n);
