/** What tells two cohorts apart, in every format. To add one: add its line. */
import type { ExplainedCohort, ExplainedFinding, Explanation, Reference } from '../model.ts';
import { formatNumber, formatShare, plural, sanitise, wrap } from '../text.ts';
import { envelope, jsonText } from './json.ts';
import { markdownText as safe } from './markdown-text.ts';
import { type RowsFormatName, type RowsView, rowsFormats } from './rows.ts';
import type { Style } from './style.ts';
import { layoutOf } from './table.ts';

type ExplainReport = (explanation: Explanation, view: RowsView) => string | AsyncIterable<string>;

export const explainReports: Readonly<Record<RowsFormatName, ExplainReport>> = {
  table: explainText,
  json: (explanation) => envelope('Explain', explanation),
  jsonl: ({ findings }) => findings.map((finding) => `${jsonText(finding)}\n`).join(''),
  csv: ({ findings }, view) =>
    rowsFormats.csv({ columns: flatColumns, rows: flatRows(findings) }, view),
  md: explainMarkdown,
};

const flatColumns = [
  ...['rank', 'values', 'alike', 'filter', 'whereCount', 'whereShare', 'versusCount'],
  ...['versusShare', 'difference', 'lift', 'test', 'statistic', 'p', 'q'],
  ...['whereExample', 'versusExample'],
];

async function* flatRows(findings: readonly ExplainedFinding[]) {
  for (const finding of findings) {
    const { rank, terms, alike, filter, where, versus, examples } = finding;
    const { difference, lift, test, statistic, p, q } = finding;
    const texts = (of: typeof terms): string => of.map(({ text }) => text).join(' ');
    yield [
      ...[rank, texts(terms), texts(alike), filter, where.count, where.share, versus.count],
      ...[versus.share, difference, lift, test, statistic, p, q],
      ...[wholeReference(examples.where), wholeReference(examples.versus)],
    ];
  }
}

function explainText(explanation: Explanation, { columns, fitted, style }: RowsView): string {
  const width = fitted ? columns : Number.POSITIVE_INFINITY;
  const { findings } = explanation;
  const left = leftOutText(explanation);
  const lines = [
    ...wrap(outcomeText(explanation), columns).map(style.bold),
    ...[...sidesText(explanation), ...hintsText(explanation)].flatMap((line) =>
      wrap(line, columns),
    ),
    ...(findings.length === 0 ? [] : ['', ...findingLines(findings, columns, width, style)]),
    ...(left === '' ? [] : ['', ...wrap(left, columns).map(style.dim)]),
  ];
  return `${lines.join('\n')}\n`;
}

/** A row a finding, and below it what always comes with it. */
function findingLines(
  findings: readonly ExplainedFinding[],
  columns: number,
  width: number,
  style: Style,
): readonly string[] {
  const rows = findings.map(shownRow);
  const layout = layoutOf(shownColumns, rows, width);
  return [
    ...layout.head(style),
    ...rows.flatMap((row, at) => [
      ...layout.row(row, at),
      ...wrap(alikeText(findings[at]), columns - alikeIndent.length).map((line) =>
        style.dim(`${alikeIndent}${line}`),
      ),
    ]),
  ];
}

const alikeIndent = '      ';

/** Values that come together are named up to this many. */
const shownAlike = 4;

/** Empty if nothing always comes with it. */
function alikeText(finding: ExplainedFinding | undefined): string {
  const alike = finding?.alike ?? [];
  if (alike.length === 0) return '';
  const shown = alike.slice(0, shownAlike).map(({ text }) => sanitise(text, 80));
  const more = alike.length - shown.length;
  return `= ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function explainMarkdown(explanation: Explanation): string {
  const { findings } = explanation;
  const left = leftOutText(explanation);
  const rows = findings.map((finding) => {
    const also = alikeText(finding);
    const cells = shownRow(finding).map((cell, at) =>
      safe(at === 1 && also !== '' ? `${cell} (${also})` : cell),
    );
    return `| ${cells.join(' | ')} |`;
  });
  const rules = shownColumns.map(({ align }) => (align === 'right' ? '--:' : '---'));
  return [
    `## ${safe(capital(outcomeText(explanation)))}`,
    '',
    ...[...sidesText(explanation), ...hintsText(explanation)].map((line) => `- ${safe(line)}`),
    '',
    ...(findings.length === 0
      ? []
      : [
          `| ${shownColumns.map(({ title }) => title).join(' | ')} |`,
          `|${rules.join('|')}|`,
          ...rows,
          '',
        ]),
    ...(left === '' ? [] : [capital(safe(left)), '']),
  ].join('\n');
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function outcomeText({ outcome, total, tested, findings, where, versus }: Explanation): string {
  switch (outcome) {
    case 'empty':
      return where.records === 0
        ? 'nothing to explain: no record passes the filter'
        : 'nothing to compare with: the other side has no record';
    case 'too-few':
      return `too few to tell: ${plural(where.traces, 'trace')} against ${plural(versus.traces, 'trace')}, where no difference could be more than chance`;
    case 'alike':
      return `nothing differs beyond chance: ${plural(tested, 'value')} and pairs were tested`;
    case 'differ': {
      const shown = findings.length < total ? `, ${findings.length} shown` : '';
      return `${formatNumber(total)} of ${plural(tested, 'tested value')} and pairs differ beyond chance (q up to 0.05)${shown}`;
    }
  }
}

function sidesText({ signal, where, versus, overlap }: Explanation): readonly string[] {
  const side = (name: string, { filter, records, compared, traces }: ExplainedCohort): string => {
    const noun = plural(records, signal === 'spans' ? 'span' : 'log record');
    const part = compared < records ? `, ${compared.toLocaleString('en-US')} of them compared` : '';
    const what = filter === null ? 'all others' : sanitise(filter, 200);
    return `${name} ${what}: ${noun}${part}, ${plural(traces, 'trace')}`;
  };
  return [
    side('where', where),
    side('vs', versus),
    ...(overlap > 0 ? [`${plural(overlap, 'record')} of both count as where`] : []),
  ];
}

const hintsText = ({ hints }: Explanation): readonly string[] =>
  hints.map((hint) => `hint: ${sanitise(hint, 300)}`);

const shownColumns = [
  { title: '#', align: 'right' },
  { title: 'value', align: 'left' },
  { title: 'where', align: 'right' },
  { title: 'vs', align: 'right' },
  { title: 'points', align: 'right' },
  { title: 'lift', align: 'right' },
  { title: 'q', align: 'right' },
  { title: 'example', align: 'left' },
  { title: 'of vs', align: 'left' },
] as const;

function shownRow({
  rank,
  terms,
  where,
  versus,
  difference,
  lift,
  q,
  examples,
}: ExplainedFinding): readonly string[] {
  const points = formatNumber(difference * 100);
  return [
    String(rank),
    terms.map(({ text }) => sanitise(text, 120)).join(' '),
    `${where.count.toLocaleString('en-US')} (${formatShare(where.share)})`,
    `${versus.count.toLocaleString('en-US')} (${formatShare(versus.share)})`,
    difference > 0 ? `+${points}` : points,
    lift === null ? 'only' : `${formatNumber(lift)}x`,
    q === 0 ? '<1e-300' : q.toPrecision(1),
    shortReference(examples.where),
    shortReference(examples.versus),
  ];
}

/** What `aidebug trace` takes, or the id of a log record. */
function shortReference(reference: Reference | null): string {
  if (reference === null) return '';
  return reference.signal === 'span'
    ? reference.traceId.slice(0, 8)
    : (wholeReference(reference) ?? '');
}

function wholeReference(reference: Reference | null): string | null {
  if (reference === null || reference.signal === 'metric') return null;
  return reference.signal === 'span' ? `${reference.traceId}/${reference.spanId}` : reference.id;
}

/** Keys named in a line; all of them are in the JSON. */
const shownKeys = 8;

function leftOutText({ leftOut }: Explanation): string {
  const named = leftOut.filter(({ why }) => why === 'filter').map(({ key }) => sanitise(key, 60));
  const ids = leftOut
    .filter(({ why }) => why === 'id')
    .map(({ key, values }) => `${sanitise(key, 60)} (${plural(values ?? 0, 'value')})`);
  const list = (keys: readonly string[]): string =>
    keys.slice(0, shownKeys).join(', ') +
    (keys.length > shownKeys ? ` and ${keys.length - shownKeys} more` : '');
  return [
    ...(named.length > 0 ? [`left out because the filters name them: ${list(named)}`] : []),
    ...(ids.length > 0 ? [`left out as ids: ${list(ids)}`] : []),
  ].join('; ');
}
