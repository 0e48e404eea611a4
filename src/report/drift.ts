/** Which distributions moved, in every format. To add one: add its line. */
import type { DeclaredChange, Drift, DriftOutcome, DriftSignal, DriftSlice } from '../model.ts';
import { sparkline } from '../text/sparkline.ts';
import { formatNumber, formatShare, plural, sanitise, wrap } from '../text.ts';
import { envelope, jsonText } from './json.ts';
import { markdownText as safe } from './markdown-text.ts';
import { exampleText, wholeReference } from './references.ts';
import { type RowsFormatName, type RowsView, rowsFormats } from './rows.ts';
import { layoutOf } from './table.ts';
import { regimes } from './wording.ts';

interface DriftView extends RowsView {
  /** Bars of ASCII. */
  readonly ascii: boolean;
}

type DriftReport = (drift: Drift, view: DriftView) => string | AsyncIterable<string>;

export const driftReports: Readonly<Record<RowsFormatName, DriftReport>> = {
  table: driftText,
  json: (drift) => envelope('Drift', drift),
  jsonl: ({ signals }) => signals.map((signal) => `${jsonText(signal)}\n`).join(''),
  csv: ({ signals }, view) =>
    rowsFormats.csv({ columns: flatColumns, rows: flatRows(signals) }, view),
  md: driftMarkdown,
};

const flatColumns = [
  ...['rank', 'outcome', 'layer', 'service', 'entity', 'signal', 'origin', 'unit', 'test'],
  ...['measure', 'effect', 'floor', 'psi', 'jensenShannon', 'shift', 'category', 'baseline'],
  ...['incident', 'direction', 'nBaseline', 'nIncident', 'p', 'q', 'minutes', 'onset', 'slices'],
  ...['mix', 'baselineExample', 'incidentExample'],
];

async function* flatRows(signals: readonly DriftSignal[]) {
  for (const signal of signals) {
    const { rank, outcome, layer, service, entity, name, origin, unit, test } = signal;
    const { effect, distances, category, direction, n, p, q, minutes, onset } = signal;
    yield [
      ...[rank, outcome, layer, service, entity, name, origin, unit, test],
      ...[effect.measure, effect.value, effect.floor],
      ...[distances.psi, distances.jensenShannon, distances.shift],
      ...[category, signal.baseline, signal.incident, direction, n.baseline, n.incident],
      ...[p, q, minutes, onset],
      signal.slices.map(({ key, value }) => `${key}=${value}`).join(' '),
      signal.mix?.key ?? null,
      ...[wholeReference(signal.examples.baseline), wholeReference(signal.examples.incident)],
    ];
  }
}

// ---------------------------------------------------------------- text

function driftText(drift: Drift, { columns, fitted, style, ascii }: DriftView): string {
  const width = fitted ? columns : Number.POSITIVE_INFINITY;
  const { signals, changes } = drift;
  const rows = signals.map((signal) => shownRow(signal, ascii));
  const layout = layoutOf(shownColumns, rows, width);
  const under = (text: string): readonly string[] =>
    wrap(text, columns - indent.length).map((line) => style.dim(`${indent}${line}`));
  const lines = [
    ...wrap(outcomeText(drift), columns).map(style.bold),
    ...factsText(drift).flatMap((line) => wrap(line, columns)),
    ...(signals.length === 0 ? [] : ['', ...layout.head(style)]),
    ...signals.flatMap((signal, at) => [
      ...layout.row(rows[at] as readonly string[], at),
      ...detailTexts(signal).flatMap(under),
    ]),
    ...(changes.length === 0 ? [] : ['', style.bold(changesTitle)]),
    ...changes.flatMap((change) => wrap(`  ${changeText(change)}`, columns)),
  ];
  return `${lines.join('\n')}\n`;
}

const indent = '      ';
const changesTitle = 'first seen in the incident (facts, not statistics)';

function driftMarkdown(drift: Drift, { ascii }: DriftView): string {
  const { signals, changes } = drift;
  const rules = shownColumns.map(({ align }) => (align === 'right' ? '--:' : '---'));
  const rows = signals.map((signal) => {
    const cells = shownRow(signal, ascii).map(safe);
    return `| ${cells.join(' | ')} | ${safe(detailTexts(signal).join('; '))} |`;
  });
  const table = [
    `| ${shownColumns.map(({ title }) => title).join(' | ')} | more |`,
    `|${[...rules, '---'].join('|')}|`,
    ...rows,
    '',
  ];
  const outcome = outcomeText(drift);
  return [
    `## ${safe(outcome.charAt(0).toUpperCase() + outcome.slice(1))}`,
    '',
    ...factsText(drift).map((line) => `- ${safe(line)}`),
    '',
    ...(signals.length === 0 ? [] : table),
    ...(changes.length === 0 ? [] : [`### First seen in the incident`, '']),
    ...changes.map((change) => `- ${safe(changeText(change))}`),
    ...(changes.length === 0 ? [] : ['']),
  ].join('\n');
}

function outcomeText({ outcome, signals, tested, leftOut }: Drift): string {
  const drifted = signals.filter((signal) => signal.outcome === 'drifted').length;
  switch (outcome) {
    case 'no-baseline':
      return 'nothing to compare with: there is no baseline window';
    case 'no-signal':
      return `no data or model signal to compare${leftOut.length > 0 ? `: ${leftOutText(leftOut)}` : ''}`;
    case 'steady':
      return `no drift: of ${plural(tested, 'signal')} none is above its floor, sure (q up to 0.01) and lasting`;
    case 'drifted':
      return `${formatNumber(drifted)} of ${plural(tested, 'signal')} drifted`;
  }
}

function factsText({ windows, regime, outcome, leftOut }: Drift): readonly string[] {
  const { baseline, incident } = windows;
  const span = (window: { from: string; to: string }): string => `${window.from} to ${window.to}`;
  return [
    `incident ${span(incident)}`,
    `baseline ${baseline ? span(baseline) : 'none'}`,
    `compared ${regimes[regime]}`,
    ...(leftOut.length > 0 && outcome !== 'no-signal' ? [`left out ${leftOutText(leftOut)}`] : []),
  ];
}

const reasons: Readonly<Record<Drift['leftOut'][number]['why'], string>> = {
  constant: 'that never change',
  few: 'with too few values on a side',
  names: 'of too many texts',
  counter: 'that only grow',
  rate: 'that follow the traffic',
};

const leftOutText = (leftOut: Drift['leftOut']): string =>
  Object.entries(reasons)
    .map(([why, text]) => [leftOut.filter((one) => one.why === why).length, text] as const)
    .filter(([count]) => count > 0)
    .map(([count, text]) => `${count} ${text}`)
    .join(', ');

const shownColumns = [
  { title: '#', align: 'right' },
  { title: 'outcome', align: 'left' },
  { title: 'layer', align: 'left' },
  { title: 'service', align: 'left' },
  { title: 'signal', align: 'left' },
  { title: 'before', align: 'right' },
  { title: 'during', align: 'right' },
  { title: 'effect', align: 'right' },
  { title: 'q', align: 'right' },
  { title: 'trend', align: 'left' },
] as const;

const outcomes: Readonly<Record<DriftOutcome, string>> = {
  drifted: 'drifted',
  mix: 'mix only',
  brief: 'brief',
  small: 'small',
  chance: 'chance',
};

function shownRow(signal: DriftSignal, ascii: boolean): readonly string[] {
  const { rank, outcome, layer, service, name, category, effect, q } = signal;
  return [
    String(rank),
    outcomes[outcome],
    layer,
    sanitise(service, 60),
    sanitise(name, 80) + (category === null ? '' : `=${sanitise(category, 40)}`),
    amountText(signal, signal.baseline),
    amountText(signal, signal.incident),
    formatNumber(effect.value),
    q === 0 ? '<1e-300' : q.toPrecision(1),
    trendText(signal, ascii),
  ];
}

const amountText = ({ category }: Pick<DriftSignal, 'category'>, amount: number): string =>
  category === null ? formatNumber(amount) : formatShare(amount);

/** Columns of a window; more minutes are drawn as the means of several. */
const widest = 12;

/** Both windows on one scale, a bar between them. */
function trendText({ trend }: DriftSignal, ascii: boolean): string {
  const of = (window: 'baseline' | 'incident') =>
    merged(trend.filter((one) => one.window === window).map(({ value }) => value));
  const [before, after] = [of('baseline'), of('incident')];
  const bars = sparkline([...before, ...after], { ascii });
  return `${bars.slice(0, before.length)}|${bars.slice(before.length)}`;
}

function merged(values: readonly number[]): readonly number[] {
  const size = Math.ceil(values.length / widest);
  return Array.from({ length: size === 0 ? 0 : Math.ceil(values.length / size) }, (_, at) => {
    const own = values.slice(at * size, (at + 1) * size);
    return own.reduce((sum, value) => sum + value, 0) / own.length;
  });
}

/** What does not fit a row: the test, how long, and where. */
function detailTexts(signal: DriftSignal): readonly string[] {
  const { test, effect, distances, n, minutes, onset, worse, slices, mix, examples } = signal;
  const told = [
    `${test}, ${effect.measure} ${formatNumber(effect.value)} (floor ${effect.floor})`,
    distances.psi === null ? null : `PSI ${formatNumber(distances.psi)}`,
    `n ${formatNumber(n.baseline)} and ${formatNumber(n.incident)}`,
    onset === null ? null : `from ${onset} for ${plural(minutes, 'minute')}`,
    worse === null ? null : worse ? 'for the worse' : 'for the better',
    examples.incident === null ? null : `example ${exampleText(examples.incident)}`,
  ];
  return [
    told.filter((part) => part !== null).join(', '),
    ...slices.map((slice) => sliceText(signal, slice)),
    ...(mix === null
      ? []
      : [
          `only the mix of ${sanitise(mix.key, 60)} moved: within its values ${formatNumber(mix.within)} is left of ${formatNumber(mix.total)}`,
        ]),
  ];
}

function sliceText(signal: DriftSignal, { key, value, ...slice }: DriftSlice): string {
  const amount = (of: number | null): string => (of === null ? 'none' : amountText(signal, of));
  const { elsewhere } = slice;
  return `more in ${sanitise(`${key}=${value}`, 100)}: ${amount(slice.baseline)} to ${amount(slice.incident)} (n ${slice.n.baseline} and ${slice.n.incident}), elsewhere ${amount(elsewhere.baseline)} to ${amount(elsewhere.incident)}`;
}

const changeText = ({ at, kind, service, key, from, to, reference }: DeclaredChange): string =>
  `${at}  ${kind}  ${sanitise(service, 60)}  ${sanitise(key, 60)}: ${sanitise(from, 80)} to ${sanitise(to, 80)}  (${exampleText(reference)})`;
