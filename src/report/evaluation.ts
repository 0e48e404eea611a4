/** An evaluation in every format: tables for people, rows of cases for programs. */
import type {
  Accuracy,
  AnswerFigures,
  AnswerShares,
  CaseRow,
  Cell,
  Evaluation,
  Grouping,
  Interval,
  MethodFigures,
} from '../model.ts';
import { displayWidth } from '../text.ts';
import { envelope, jsonText } from './json.ts';
import { markdownText } from './markdown-text.ts';
import { type RowsFormatName, type RowsView, rowsFormats, rowsOf } from './rows.ts';
import { columnGap, table } from './table.ts';

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
  ...(['case', 'method', 'healthy', 'rank', 'verdict', 'service', 'layer', 'faultClass'] as const),
  ...(['confidence', 'seconds'] as const),
] as const satisfies readonly (keyof CaseRow)[];

/**
 * A table of which the first columns say what a row is about. Where all columns do not fit side by
 * side, the first are repeated with the next of the others.
 */
interface Section {
  readonly title: string;
  readonly lead: readonly string[];
  readonly columns: readonly string[];
  /** Cells of `lead`, then of `columns`. */
  readonly rows: readonly (readonly Cell[])[];
}

const groupTitles: Readonly<Record<Grouping, string>> = {
  system: 'system',
  layer: 'layer',
  faultClass: 'fault class',
  intensity: 'intensity',
};
const groupings = Object.keys(groupTitles) as readonly Grouping[];

const accuracyTitles: Readonly<Record<keyof Accuracy, string>> = {
  ac1: 'AC@1',
  ac3: 'AC@3',
  ac5: 'AC@5',
  avg5: 'Avg@5',
  mrr: 'MRR',
};

/** Name in a row of its own, and in a column. */
const answerTitles: Readonly<Record<keyof AnswerShares, readonly [string, string]>> = {
  layer: ['layer of the first cause right', 'layer'],
  faultClass: ['its fault class right', 'class'],
  pathF1: ['edges of its path, F1', 'path F1'],
  citedOnPath: ['its references on the true path', 'cited'],
  healthyQuiet: ['healthy cases without a clear cause', 'healthy'],
  bothInThree: ['both of two faults in the first three', 'both'],
  brier: ['Brier score of its confidence', 'Brier'],
  ece: ['expected calibration error', 'ECE'],
  secondsPerCase: ['seconds a case', 'seconds'],
};

const keysOf = <Key extends string>(record: Readonly<Record<Key, unknown>>): readonly Key[] =>
  Object.keys(record) as Key[];

function sections(evaluation: Evaluation): readonly Section[] {
  const { methods, groups, answerGroups } = evaluation;
  return [
    {
      title: 'accuracy, with 95 % intervals',
      lead: ['method', 'n'],
      columns: Object.values(accuracyTitles),
      rows: Object.entries(methods).map(([name, figures]) => [name, ...accuracyCells(figures)]),
    },
    ...groupings.flatMap((grouping) => accuracySection(grouping, groups[grouping])),
    ...answerSection(evaluation),
    ...groupings.flatMap((grouping) => answersBy(grouping, answerGroups?.[grouping] ?? {})),
    ...calibrationSection(evaluation),
    ...missedSections(evaluation),
  ];
}

const accuracyCells = (figures: MethodFigures): readonly Cell[] => [
  figures.n,
  ...keysOf(accuracyTitles).map((key) => ranged(figures[key], figures.interval[key])),
];

/** Three digits; a dash for what no case can tell. */
const shown = (value: number | null): string => (value === null ? '–' : value.toFixed(3));

/** A figure and its interval, of which more than two digits are not known. */
const ranged = (value: number | null, interval: Interval | null): string =>
  interval === null
    ? shown(value)
    : `${shown(value)} ${interval.map((end) => end.toFixed(2)).join('–')}`;

type Groups<Figures> = Readonly<Record<string, Figures>>;

/** A row for each method of each group. */
function accuracySection(
  grouping: Grouping,
  groups: Groups<Readonly<Record<string, MethodFigures>>>,
): readonly Section[] {
  const title = groupTitles[grouping];
  const rows = Object.entries(groups).flatMap(([group, methods]) =>
    Object.entries(methods)
      .filter(([, { n }]) => n > 0)
      .map(([name, figures]) => [group, name, ...accuracyCells(figures)]),
  );
  if (rows.length === 0) return [];
  const lead = [title, 'method', 'n'];
  return [{ title: `accuracy by ${title}`, lead, columns: Object.values(accuracyTitles), rows }];
}

function answerSection({ answers }: Evaluation): readonly Section[] {
  if (answers === null) return [];
  const rows = keysOf(answerTitles).map((key) => [
    answerTitles[key][0],
    answers.n[key],
    ranged(answers[key], answers.interval[key]),
  ]);
  const title = 'answers of aidebug, with 95 % intervals';
  return [{ title, lead: ['', 'n'], columns: ['mean'], rows }];
}

/** Only figures that a group can tell: which cases are healthy or have two faults is not spread. */
function answersBy(grouping: Grouping, groups: Groups<AnswerFigures>): readonly Section[] {
  const all = Object.values(groups);
  const keys = keysOf(answerTitles).filter((key) => all.some((figures) => figures[key] !== null));
  if (keys.length === 0) return [];
  const title = groupTitles[grouping];
  return [
    {
      title: `answers of aidebug by ${title}`,
      lead: [title, 'n'],
      columns: keys.map((key) => answerTitles[key][1]),
      rows: Object.entries(groups).map(([group, figures]) => [
        group,
        figures.n.secondsPerCase,
        ...keys.map((key) => ranged(figures[key], figures.interval[key])),
      ]),
    },
  ];
}

function calibrationSection({ calibration }: Evaluation): readonly Section[] {
  if (calibration === null || calibration.n === 0) return [];
  return [
    {
      title: 'how often the first cause is right, by how sure it was said to be',
      lead: ['said', 'n'],
      columns: ['mean said', 'right'],
      rows: calibration.bins.map(({ from, to, n, confidence, right }) => [
        `${from.toFixed(1)}–${to.toFixed(1)}`,
        n,
        shown(confidence),
        shown(right),
      ]),
    },
  ];
}

/** What a person looks at next: cases in which aidebug's first answer, or its verdict, is wrong. */
function missedSections({ rows }: Evaluation): readonly Section[] {
  const ours = rows.filter(({ method }) => method === 'aidebug');
  const missed = ours.filter(({ healthy, rank }) => !healthy && rank !== 1);
  const alarmed = ours.filter(({ healthy, verdict }) => healthy && verdict !== 'no-clear-cause');
  const section = (title: string, wrong: readonly CaseRow[]): readonly Section[] =>
    wrong.length === 0
      ? []
      : [
          {
            title,
            lead: ['case', 'rank', 'verdict', 'said', 'class', 'confidence'],
            columns: [],
            rows: wrong.map((row) => [
              row.case,
              row.rank,
              row.verdict,
              row.service,
              row.faultClass,
              row.confidence === null ? null : shown(row.confidence),
            ]),
          },
        ];
  return [
    ...section('cases without the right service first', missed),
    ...section('healthy cases in which a cause is named', alarmed),
  ];
}

const textCell = (cell: Cell | undefined): string =>
  cell === null || cell === undefined ? '–' : String(cell);

/** Before each line of a table. */
const indent = '  ';

function textOf(section: Section, view: RowsView): string {
  const room = view.fitted ? view.columns - indent.length : Number.POSITIVE_INFINITY;
  const tables = fitting(section, room).map(({ lead, columns, rows }) => {
    const titles = [...lead, ...columns].map((title, at) => ({
      title,
      align: isText(rows[0]?.[at]) ? ('left' as const) : ('right' as const),
    }));
    const cells = rows.map((row) => row.map(textCell));
    const lines = table(titles, cells, room, view.style);
    return lines.map((line) => `${indent}${line}\n`).join('');
  });
  return `${view.style.bold(section.title)}\n${tables.join('\n')}\n`;
}

const isText = (cell: Cell | undefined): boolean =>
  typeof cell === 'string' && /^[a-z]/i.test(cell);

/** The section, cut between columns into tables that fit the room. */
function fitting(section: Section, room: number): readonly Section[] {
  const { lead, columns, rows } = section;
  const widths = [...lead, ...columns].map((title, at) =>
    Math.max(...[title, ...rows.map((row) => textCell(row[at]))].map(displayWidth)),
  );
  const widthOf = (count: number): number =>
    widths
      .slice(0, lead.length + count)
      .reduce((sum, width) => sum + width + columnGap, -columnGap);
  let count = columns.length;
  while (count > 1 && widthOf(count) > room) count -= 1;
  if (count === columns.length) return [section];
  const part = (from: number, to?: number): Section => ({
    ...section,
    columns: columns.slice(from, to),
    rows: rows.map((row) => [
      ...row.slice(0, lead.length),
      ...row.slice(lead.length).slice(from, to),
    ]),
  });
  return [part(0, count), ...fitting(part(count), room)];
}

function markdownOf({ title, lead, columns, rows }: Section): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(markdownText).join(' | ')} |\n`;
  const titles = [...lead, ...columns];
  const rule = `|${titles.map(() => '---|').join('')}\n`;
  const body = rows.map((row) => line(row.map(textCell))).join('');
  return `### ${title}\n\n${line(titles)}${rule}${body}\n`;
}
