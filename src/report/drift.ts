/** Which distributions moved, in every format. To add one: add its line. */
import type { DeclaredChange, Drift, DriftSignal } from '../model.ts';
import { formatNumber, sanitise, wrap } from '../text.ts';
import {
  amountText,
  chanceText,
  changeText,
  detailTexts,
  factsText,
  moveText,
  outcomeText,
  outcomeWords,
  secondOf,
  signalText,
  spreadText,
  testText,
  trendText,
} from './drift-wording.ts';
import { envelope, jsonText } from './json.ts';
import { markdownText as safe } from './markdown-text.ts';
import { exampleText, wholeReference } from './references.ts';
import { type RowsFormatName, type RowsView, rowsFormats } from './rows.ts';
import { layoutOf } from './table.ts';

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
  ...['rank', 'outcome', 'layer', 'service', 'entity', 'signal', 'origin', 'unit', 'kind', 'test'],
  ...['measure', 'effect', 'floor', 'psi', 'jensenShannon', 'shift', 'category', 'baseline'],
  ...['incident', 'direction', 'worse', 'nBaseline', 'nIncident', 'p', 'q', 'minutes', 'onset'],
  ...['slices', 'mix', 'baselineExample', 'incidentExample'],
];

async function* flatRows(signals: readonly DriftSignal[]) {
  for (const signal of signals) {
    const { rank, outcome, layer, service, entity, name, origin, unit, kind, test } = signal;
    const { effect, distances, category, direction, worse, n, p, q, minutes, onset } = signal;
    yield [
      ...[rank, outcome, layer, service, entity, name, origin, unit, kind, test],
      ...[effect.measure, effect.value, effect.floor],
      ...[distances.psi, distances.jensenShannon, distances.shift],
      ...[category, signal.baseline, signal.incident, direction],
      ...[worse === null ? null : String(worse), n.baseline, n.incident],
      ...[p, q, minutes, onset],
      signal.slices.map(({ key, value }) => `${key}=${value}`).join(' '),
      signal.mix?.key ?? null,
      ...[wholeReference(signal.examples.baseline), wholeReference(signal.examples.incident)],
    ];
  }
}

// ---------------------------------------------------------------- text

const indent = '   ';
const changesTitle = 'first seen in the incident (facts, not statistics)';

/** Signals that moved as blocks with their plots, the others as a table. */
function driftText(drift: Drift, view: DriftView): string {
  const { columns, style } = view;
  const moved = drift.signals.filter(({ outcome }) => outcome === 'drifted' || outcome === 'mix');
  const others = drift.signals.filter((signal) => !moved.includes(signal));
  const lines = [
    ...wrap(outcomeText(drift), columns).map(style.bold),
    ...factsText(drift).flatMap((line) => wrap(line, columns)),
    ...moved.flatMap((signal) => ['', ...signalLines(signal, view)]),
    ...otherLines(others, view),
    ...changeLines(drift.changes, view),
  ];
  return `${lines.join('\n')}\n`;
}

function signalLines(signal: DriftSignal, { columns, style, ascii }: DriftView): readonly string[] {
  const { rank, outcome, layer, service } = signal;
  const title = `${rank} ${outcomeWords[outcome]}: ${signalText(signal)} of ${sanitise(service, 60)}, ${layer}`;
  const [first = '', ...more] = wrap(title, columns - indent.length);
  const told = (text: string, mark: (line: string) => string): readonly string[] =>
    wrap(text, columns - indent.length).map((line) => mark(`${indent}${line}`));
  const plain = (line: string): string => line;
  const spread = spreadText(signal, ascii);
  return [
    style.bold(first),
    ...more.map((line) => style.bold(`${indent}${line}`)),
    ...told(moveText(signal), plain),
    ...told(testText(signal), style.dim),
    ...told(`by minute ${trendText(signal, ascii)}`, plain),
    ...(spread === '' ? [] : told(`values ${spread}`, plain)),
    ...detailTexts(signal).flatMap((text) => told(text, style.dim)),
  ];
}

const otherColumns = [
  { title: '#', align: 'right' },
  { title: 'outcome', align: 'left' },
  { title: 'before', align: 'right' },
  { title: 'during', align: 'right' },
  { title: 'effect', align: 'right' },
  { title: 'q', align: 'right' },
  { title: 'signal', align: 'left' },
] as const;

const otherRow = (signal: DriftSignal): readonly string[] => [
  String(signal.rank),
  outcomeWords[signal.outcome],
  amountText(signal, signal.baseline),
  amountText(signal, signal.incident),
  formatNumber(signal.effect.value),
  chanceText(signal.q),
  `${signalText(signal)} of ${sanitise(signal.service, 60)}`,
];

function otherLines(
  others: readonly DriftSignal[],
  { columns, fitted, style }: DriftView,
): readonly string[] {
  if (others.length === 0) return [];
  const rows = others.map(otherRow);
  const layout = layoutOf(otherColumns, rows, fitted ? columns : Number.POSITIVE_INFINITY);
  return ['', ...layout.head(style), ...rows.flatMap((row, at) => layout.row(row, at))];
}

function changeLines(
  changes: readonly DeclaredChange[],
  { columns, style }: DriftView,
): readonly string[] {
  if (changes.length === 0) return [];
  const told = changes.flatMap((change) => {
    const text = `${secondOf(change.at)}  ${changeText(change)}, ${exampleText(change.reference)}`;
    const [first = '', ...more] = wrap(text, columns - 2 * indent.length);
    return [`${indent}${first}`, ...more.map((line) => `${indent}${indent}${line}`)];
  });
  return ['', style.bold(changesTitle), ...told];
}

// ---------------------------------------------------------------- Markdown

const markdownColumns = [
  ...['#', 'outcome', 'layer', 'service', 'signal', 'before to during', 'test', 'by minute'],
  ...['values', 'more'],
];

function driftMarkdown(drift: Drift, { ascii }: DriftView): string {
  const { signals, changes } = drift;
  const rows = signals.map((signal) => {
    const { rank, outcome, layer, service } = signal;
    const cells = [
      ...[String(rank), outcomeWords[outcome], layer, sanitise(service, 60), signalText(signal)],
      ...[moveText(signal), testText(signal), trendText(signal, ascii), spreadText(signal, ascii)],
      detailTexts(signal).join('; '),
    ];
    return `| ${cells.map(safe).join(' | ')} |`;
  });
  const table = [
    `| ${markdownColumns.join(' | ')} |`,
    `|${markdownColumns.map((_, at) => (at === 0 ? '--:' : '---')).join('|')}|`,
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
    ...(changes.length === 0 ? [] : [`### ${safe(`First seen in the incident`)}`, '']),
    ...changes.map(
      (change) =>
        `- ${safe(`${secondOf(change.at)} ${changeText(change)}, ${exampleText(change.reference)}`)}`,
    ),
    ...(changes.length === 0 ? [] : ['']),
  ].join('\n');
}
