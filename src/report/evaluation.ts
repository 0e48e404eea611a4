/** An evaluation in every format: tables for people, rows of cases for programs. */
import type { CaseRow, Cell, Evaluation, Grouping, MethodFigures } from '../model.ts';
import { envelope, jsonText } from './json.ts';
import { markdownText } from './markdown-text.ts';
import { type RowsFormatName, type RowsView, rowsFormats, rowsOf } from './rows.ts';
import { table } from './table.ts';

type EvaluationReport = (
  evaluation: Evaluation,
  view: RowsView,
) => string | AsyncIterable<string> | Iterable<string>;

export const evaluationReports: Readonly<Record<RowsFormatName, EvaluationReport>> = {
  table: (evaluation, view) => sections(evaluation).map((section) => textOf(section, view)),
  json: (evaluation) => envelope('Evaluation', evaluation),
  jsonl: ({ rows }) => rows.map((row) => `${jsonText(row)}\n`).join(''),
  csv: ({ rows }, view) => rowsFormats.csv(rowsOf(rows, caseFields), view),
  md: (evaluation) => sections(evaluation).map(markdownOf),
};

const caseFields = [
  ...(['case', 'rank', 'verdict', 'service', 'layer', 'faultClass', 'confidence'] as const),
  'seconds',
] as const satisfies readonly (keyof CaseRow)[];

interface Section {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

const groupTitles: Readonly<Record<Grouping, string>> = {
  system: 'AC@1 by system',
  layer: 'AC@1 by layer',
  faultClass: 'AC@1 by fault class',
  intensity: 'AC@1 by intensity',
};

function sections(evaluation: Evaluation): readonly Section[] {
  const { methods, groups } = evaluation;
  const names = Object.keys(methods);
  return [
    {
      title: 'accuracy, with 95 % intervals',
      columns: ['method', 'n', 'AC@1', '', 'AC@3', '', 'AC@5', '', 'Avg@5', '', 'MRR', ''],
      rows: Object.entries(methods).map(([name, figures]) => [name, ...cellsOf(figures)]),
    },
    ...(Object.keys(groupTitles) as Grouping[]).flatMap((grouping) =>
      groupSection(groupTitles[grouping], groups[grouping], names),
    ),
    ...answerSection(evaluation),
    ...calibrationSection(evaluation),
    ...missedSection(evaluation),
  ];
}

function cellsOf({ n, interval, ...accuracy }: MethodFigures): readonly Cell[] {
  const figures = ['ac1', 'ac3', 'ac5', 'avg5', 'mrr'] as const;
  return [
    n,
    ...figures.flatMap((figure) => {
      const [low, high] = interval[figure];
      return [shown(accuracy[figure]), `${shown(low)}–${shown(high)}`];
    }),
  ];
}

/** Three digits; a dash for what no case can tell. */
const shown = (value: number | null): string => (value === null ? '–' : value.toFixed(3));

function groupSection(
  title: string,
  groups: Readonly<Record<string, Readonly<Record<string, MethodFigures>>>>,
  names: readonly string[],
): readonly Section[] {
  const rows = Object.entries(groups).map(([group, figures]) => [
    group,
    Object.values(figures)[0]?.n ?? 0,
    ...names.map((name) => shown(figures[name]?.ac1 ?? null)),
  ]);
  return rows.length === 0 ? [] : [{ title, columns: ['', 'n', ...names], rows }];
}

function answerSection({ answers }: Evaluation): readonly Section[] {
  if (answers === null) return [];
  const rows = [
    ['layer of the first cause right', shown(answers.layer)],
    ['its fault class right', shown(answers.faultClass)],
    ['edges of its path, F1', shown(answers.pathF1)],
    ['its references on the true path', shown(answers.citedOnPath)],
    ['healthy cases without a clear cause', shown(answers.healthyQuiet)],
    ['both of two faults in the first three', shown(answers.bothInThree)],
    ['seconds a case', answers.secondsPerCase.toFixed(1)],
  ];
  return [{ title: 'answers of aidebug', columns: ['', 'share'], rows }];
}

function calibrationSection({ calibration }: Evaluation): readonly Section[] {
  if (calibration === null) return [];
  const { brier, ece, bins } = calibration;
  return [
    {
      title: `confidence: Brier ${shown(brier)}, expected calibration error ${shown(ece)}`,
      columns: ['said', 'n', 'mean said', 'right'],
      rows: bins.map(({ from, to, n, confidence, right }) => [
        `${from.toFixed(1)}–${to.toFixed(1)}`,
        n,
        shown(confidence),
        shown(right),
      ]),
    },
  ];
}

/** What a person looks at next: cases in which the first answer is wrong. */
function missedSection({ rows, answers }: Evaluation): readonly Section[] {
  const missed = rows.filter(({ rank }) => rank !== 1);
  if (answers === null || missed.length === 0) return [];
  return [
    {
      title: 'cases without the right service first',
      columns: ['case', 'rank', 'verdict', 'said', 'class', 'confidence'],
      rows: missed.map((row) => [
        row.case,
        row.rank,
        row.verdict,
        row.service,
        row.faultClass,
        row.confidence === null ? null : shown(row.confidence),
      ]),
    },
  ];
}

const textCell = (cell: Cell | undefined): string =>
  cell === null || cell === undefined ? '' : String(cell);

function textOf({ title, columns, rows }: Section, view: RowsView): string {
  const titles = columns.map((name, at) => ({
    title: name,
    align:
      at === 0 || /[a-z]/i.test(textCell(rows[0]?.[at])) ? ('left' as const) : ('right' as const),
  }));
  const width = view.fitted ? view.columns : Number.POSITIVE_INFINITY;
  const cells = rows.map((row) => row.map(textCell));
  const lines = table(titles, cells, width, view.style);
  return `${view.style.bold(title)}\n${lines.map((line) => `  ${line}`).join('\n')}\n\n`;
}

function markdownOf({ title, columns, rows }: Section): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(markdownText).join(' | ')} |\n`;
  const rule = `|${columns.map(() => '---|').join('')}\n`;
  const body = rows.map((row) => line(row.map(textCell))).join('');
  return `### ${title}\n\n${line(columns)}${rule}${body}\n`;
}
