/** Which faults the telemetry could show, in every format. */
import type {
  ClassCoverage,
  MissingTelemetry,
  ServiceCoverage,
  TelemetryCoverage,
} from '../model.ts';
import { plural, sanitise, wrap } from '../text.ts';
import { envelope, jsonText } from './json.ts';
import { markdownText } from './markdown-text.ts';
import { type RowsFormatName, type RowsView, rowsFormats, rowsOf } from './rows.ts';
import { table } from './table.ts';

interface CoverageView extends RowsView {
  /** Class by class for each service, not a line for each. */
  readonly detailed: boolean;
}

type CoverageReport = (
  coverage: TelemetryCoverage,
  view: CoverageView,
) => string | AsyncIterable<string>;

export const coverageReports: Readonly<Record<RowsFormatName, CoverageReport>> = {
  table: coverageText,
  json: (coverage) => envelope('Coverage', coverage),
  jsonl: (coverage) =>
    flatRows(coverage)
      .map((row) => `${jsonText(row)}\n`)
      .join(''),
  csv: (coverage, view) => rowsFormats.csv(rowsOf(flatRows(coverage).map(joined), columns), view),
  md: coverageMarkdown,
};

// ---------------------------------------------------------------- a row for each service and class

const columns = [
  ...(['service', 'components', 'class', 'layer', 'score', 'outcome'] as const),
  ...(['mistakenFor', 'shown', 'missing', 'signals'] as const),
] as const;

const flatRows = ({ services }: TelemetryCoverage) =>
  services.flatMap(({ service, components, classes }) =>
    classes.map((one) => ({
      ...{ service, components, class: one.class, layer: one.layer, score: one.score },
      ...{ outcome: one.outcome, mistakenFor: one.mistakenFor, shown: one.shown },
      missing: one.missing.map(({ kind }) => kind),
      signals: signalsOf(one),
    })),
  );

const signalsOf = ({ missing }: ClassCoverage): readonly string[] => [
  ...new Set(missing.flatMap(({ signals }) => signals)),
];

const joined = (row: ReturnType<typeof flatRows>[number]) => ({
  ...row,
  components: row.components.join(' '),
  mistakenFor: row.mistakenFor.join(' '),
  shown: row.shown.join(' '),
  missing: row.missing.join(' '),
  signals: row.signals.join(' '),
});

// ---------------------------------------------------------------- for people

const serviceColumns = [
  { title: 'service' },
  { title: 'taken for' },
  { title: 'score', align: 'right' },
  { title: 'told apart', align: 'right' },
  { title: 'found', align: 'right' },
  { title: 'not found', align: 'right' },
] as const;

const classColumns = [
  { title: 'class' },
  { title: 'score', align: 'right' },
  { title: 'outcome' },
  { title: 'not told from' },
  { title: 'missing' },
] as const;

const scoreText = (score: number): string => score.toFixed(2);
const countOf = (classes: readonly ClassCoverage[], outcome: ClassCoverage['outcome']): string =>
  String(classes.filter((one) => one.outcome === outcome).length);

const serviceRow = ({
  service,
  components,
  score,
  classes,
}: ServiceCoverage): readonly string[] => [
  sanitise(service, 80),
  components.join(', '),
  scoreText(score),
  ...(['told-apart', 'found', 'not-found'] as const).map((outcome) => countOf(classes, outcome)),
];

const classRow = (one: ClassCoverage): readonly string[] => [
  one.class,
  scoreText(one.score),
  one.outcome.replace('-', ' '),
  one.mistakenFor.join(', '),
  signalsOf(one).join(', '),
];

function coverageText(coverage: TelemetryCoverage, view: CoverageView): string {
  const { columns: screen, fitted, style, detailed } = view;
  const width = fitted ? screen : Number.POSITIVE_INFINITY;
  const wrapped = (missing: ShownMissing): readonly string[] =>
    missingLines(missing).flatMap(({ mark, text }) => {
      const indent = ' '.repeat(mark.length);
      return wrap(text, Math.max(20, screen - mark.length)).map(
        (line, at) => `${at === 0 ? mark : indent}${line}`,
      );
    });
  const blocks = detailed
    ? coverage.services.map((one) => [
        ...wrap(titleOf(one), screen).map(style.bold),
        ...table(classColumns, one.classes.map(classRow), width, style),
        ...one.missing.flatMap(wrapped),
      ])
    : [
        [
          ...wrap(headOf(coverage), screen).map(style.bold),
          ...table(serviceColumns, coverage.services.map(serviceRow), width, style),
        ],
        coverage.missing.flatMap(wrapped),
      ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n')}`;
}

function headOf({ score, services }: TelemetryCoverage): string {
  const classes = services.flatMap((one) => one.classes);
  const found = classes.filter(({ outcome }) => outcome !== 'not-found').length;
  return `coverage ${scoreText(score)}: ${found.toLocaleString('en-US')} of ${plural(classes.length, 'fault')} could be found in ${plural(services.length, 'service')}, ${countOf(classes, 'told-apart')} told from all others`;
}

const titleOf = ({ service, components, score }: ServiceCoverage): string =>
  `${sanitise(service, 80)}${components.length > 0 ? ` (${components.join(', ')})` : ''}: coverage ${scoreText(score)}`;

type ShownMissing = MissingTelemetry & { readonly services?: readonly string[] };

/** Services named in a line; all are in the JSON. */
const shownServices = 3;

/** Small gains are not rounded to nothing. */
const gainText = (adds: number): string => (adds < 0.001 ? '<0.001' : `+${adds.toFixed(3)}`);

/** As wide as a gain. */
const under = ' '.repeat(8);

function missingLines({ adds, summary, names, services = [] }: ShownMissing) {
  const rest = services.length - shownServices;
  const listed = services.slice(0, shownServices).map((service) => sanitise(service, 60));
  const where = [...listed, ...(rest > 0 ? [`${rest} more`] : [])].join(', ');
  return [
    { mark: `${gainText(adds)}  `, text: summary },
    ...(where === '' ? [] : [{ mark: under, text: `at ${where}` }]),
    ...(names.length === 0 ? [] : [{ mark: under, text: `by ${names.join(' or ')}` }]),
  ];
}

function coverageMarkdown(coverage: TelemetryCoverage, { detailed }: CoverageView): string {
  const lines = detailed
    ? coverage.services.flatMap((one) => [
        `## ${markdownText(titleOf(one))}`,
        '',
        ...markdownTable(classColumns, one.classes.map(classRow)),
        ...one.missing.map(markdownMissing),
        '',
      ])
    : [
        `## ${markdownText(headOf(coverage))}`,
        '',
        ...markdownTable(serviceColumns, coverage.services.map(serviceRow)),
        ...coverage.missing.map(markdownMissing),
      ];
  return `${lines.join('\n').trimEnd()}\n`;
}

const markdownMissing = (missing: ShownMissing): string =>
  `- ${missingLines(missing)
    .map(({ mark, text }) => markdownText(`${mark.trim()} ${text}`.trim()))
    .join('; ')}`;

const markdownTable = (
  titles: readonly { readonly title: string }[],
  rows: readonly (readonly string[])[],
): readonly string[] => [
  `| ${titles.map(({ title }) => title).join(' | ')} |`,
  `|${titles.map(() => '---|').join('')}`,
  ...rows.map((row) => `| ${row.map(markdownText).join(' | ')} |`),
  '',
];
