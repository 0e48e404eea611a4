/** What the screen of an explanation says, and the columns of its list. */
import type { ExplainedFinding, ExplainedTerm, Explanation } from '../../model.ts';
import { isContent } from '../../semantics/index.ts';
import { formatNumber, formatShare } from '../../text.ts';
import { hiddenText } from '../content.ts';
import type { ContrastQuestion } from '../contrasts.ts';
import { safe } from '../glyphs.ts';
import { count, counted } from '../health.ts';
import { cut, type Line, line, padded, wrapped } from '../line.ts';
import type { Cursor } from '../list.ts';
import { passing } from '../passing.ts';
import type { Area } from '../screen.ts';
import { inOrder, type Sort, type TableColumn, tableLines } from '../table.ts';

export interface ExplainState {
  readonly questions: readonly ContrastQuestion[];
  /** Which of them is asked. */
  readonly asked: number;
  /** Null: not found yet. */
  readonly explanation: Explanation | null;
  readonly problem: string | null;
  readonly filter: string;
  readonly sort: Sort;
  readonly list: Cursor;
  /** True: what people and models said is shown. */
  readonly revealed: boolean;
}

export const asking = ({ questions, asked }: ExplainState): ContrastQuestion | undefined =>
  questions[asked];

/** The findings that pass the filter, in order. */
export function shownIn(state: ExplainState) {
  const { explanation, filter, sort } = state;
  const { rows, problem } = passing(explanation?.findings ?? [], filter, (finding) => ({
    text: termsText(finding.terms, state),
    facts: {
      points: finding.difference * 100,
      lift: finding.lift,
      q: finding.q,
      these: finding.where.share * 100,
      others: finding.versus.share * 100,
    },
  }));
  return { rows: inOrder(rows, columnsOf(state), sort), problem };
}

/** In the words of the filter language; what people and models said is taken out. */
export const termsText = (terms: readonly ExplainedTerm[], { revealed }: ExplainState): string =>
  terms
    .map(({ key, text, value }) =>
      !revealed && isContent(key) ? `@${key}=${hiddenText(String(value))}` : text,
    )
    .join(' ');

/** Whether a value is what people and models said, and that was not asked for. */
export const isHidden = (terms: readonly ExplainedTerm[], { revealed }: ExplainState): boolean =>
  !revealed && terms.some(({ key }) => isContent(key));

const points = ({ difference }: ExplainedFinding): string =>
  `${difference > 0 ? '+' : difference < 0 ? '−' : ''}${formatNumber(Math.abs(difference) * 100)}`;

/** Columns of the two bars, one above the other would take two rows. */
const barWidth = 12;

const bar = (share: number): string => '█'.repeat(Math.round(share * (barWidth - 2))) || '▏';

export const columnsOf = (state: ExplainState): readonly TableColumn<ExplainedFinding>[] => [
  { title: 'value', width: 0, text: ({ terms }) => safe(termsText(terms, state), 300) },
  {
    title: 'these',
    width: 8,
    align: 'right',
    text: ({ where }) => formatShare(where.share),
    style: ({ difference }) => (difference > 0 ? ['bold'] : []),
    order: (a, b) => a.where.share - b.where.share,
    greatest: true,
  },
  { title: '', width: barWidth, from: 90, text: ({ where }) => ` ${bar(where.share)}` },
  {
    title: 'others',
    width: 8,
    align: 'right',
    text: ({ versus }) => formatShare(versus.share),
    order: (a, b) => a.versus.share - b.versus.share,
    greatest: true,
  },
  { title: '', width: barWidth, from: 90, text: ({ versus }) => ` ${bar(versus.share)}` },
  {
    title: 'points',
    width: 8,
    align: 'right',
    text: points,
    order: (a, b) => Math.abs(a.difference) - Math.abs(b.difference),
    greatest: true,
  },
  {
    title: 'lift',
    width: 8,
    from: 70,
    align: 'right',
    text: ({ lift }) => (lift === null ? 'only' : `×${formatNumber(lift)}`),
    order: (a, b) => (a.lift ?? Infinity) - (b.lift ?? Infinity) || 0,
    greatest: true,
  },
  {
    title: 'q',
    width: 9,
    from: 76,
    align: 'right',
    text: ({ q }) => (q === 0 ? '<1e-300' : q.toPrecision(1)),
    order: (a, b) => a.q - b.q,
  },
];

/** Lines above the table, and below it; the sides and the finding in full where there is room. */
const hasRoom = ({ rows }: Area): boolean => rows >= 16;
const headOf = (area: Area): number => (hasRoom(area) ? 4 : 2);
const footOf = (area: Area): number => (hasRoom(area) ? 6 : 0);
export const tableArea = (area: Area): Area => ({
  ...area,
  rows: Math.max(1, area.rows - headOf(area) - footOf(area)),
});

export function explainView(state: ExplainState, area: Area): readonly Line[] {
  const { rows, problem } = shownIn(state);
  const none = noneText(state);
  const table = { rows, columns: columnsOf(state), list: state.list, sort: state.sort, none };
  const inTable = tableArea(area);
  const lines = tableLines(table, inTable);
  const foot = footOf(area);
  const told = problem === null ? line(` ${foundText(state)}`, 'dim') : yellow(problem);
  return [
    line(` ${safe(asking(state)?.name ?? 'there is nothing to ask', 200)}`, 'bold'),
    ...(hasRoom(area) ? sideLines(state) : []),
    told,
    ...padded(lines, foot > 0 ? inTable.rows : lines.length),
    ...(foot > 0 ? footLines(state, rows[state.list.at], area.columns, foot) : []),
  ]
    .slice(0, area.rows)
    .map((one) => cut(one, area.columns));
}

const yellow = (problem: string): Line => line(` ${safe(problem, 300)}`, 'yellow');

/** Which records, and against which. */
function sideLines(state: ExplainState): readonly Line[] {
  const question = asking(state);
  const { explanation } = state;
  const noun = explanation?.signal === 'logs' ? 'log record' : 'span';
  const side = (
    name: string,
    filter: string | null | undefined,
    part: Explanation['where'] | undefined,
  ): Line => {
    const size = part ? `${counted(part.records, noun)}, ${counted(part.traces, 'trace')}: ` : '';
    const what = filter === null ? `every other ${noun}` : withoutDays(safe(filter ?? '', 300));
    // How many they are first: names of services are long, and the end is cut.
    return line(` ${name} ${size}${what}`);
  };
  return [
    side('these ', question?.where, explanation?.where),
    side('others', question?.versus, explanation?.versus),
  ];
}

/** Times of a case are mostly of one day, and to the second. */
const withoutDays = (filter: string): string =>
  filter.replace(/\b\d{4}-\d\d-\d\dT(\d\d:\d\d:\d\d)[\d.]*Z/g, '$1');

function foundText({ explanation, problem, sort }: ExplainState): string {
  if (problem !== null) return safe(problem, 300);
  if (explanation === null) return 'comparing …';
  const { outcome, total, tested, findings, hints } = explanation;
  const [hint] = hints;
  if (hint !== undefined && findings.length === 0) return safe(hint, 300);
  if (outcome === 'empty') return 'nothing to compare';
  const by = sort === null ? 'largest first' : `sorted by ${sort.title}`;
  return `${count(total)} of ${count(tested)} tested differ beyond chance (q up to 0.05) · ${by}`;
}

function noneText({ explanation, problem, filter, questions }: ExplainState): string {
  if (problem !== null) return 'nothing was found';
  if (explanation === null) return 'comparing …';
  const { outcome, where, findings } = explanation;
  if (findings.length > 0 && filter !== '') return 'no value passes the filter';
  if (outcome === 'empty') {
    const otherwise = questions.length > 1 ? ': v asks otherwise' : '';
    return `no record is ${where.records === 0 ? 'of these' : 'one of the others'}${otherwise}`;
  }
  return outcome === 'too-few'
    ? 'too few records to tell a difference from chance'
    : 'nothing differs beyond chance';
}

/** The finding under the cursor, in full. */
function footLines(
  state: ExplainState,
  finding: ExplainedFinding | undefined,
  columns: number,
  rows: number,
): readonly Line[] {
  const rule = line('─'.repeat(columns), 'dim');
  const { explanation } = state;
  if (!finding || !explanation) return [rule];
  const { terms, alike, where, versus, p, q } = finding;
  const side = (one: typeof where, of: Explanation['where'], name: string): string =>
    `${count(one.count)} of ${count(of.compared)} ${name}`;
  const texts = [
    ...wrapped(safe(termsText(terms, state), 1_000), columns - 2, 2),
    `${side(where, explanation.where, 'these')}, ${side(versus, explanation.versus, 'others')} · p ${p.toPrecision(1)}, q ${q.toPrecision(1)}`,
    ...(alike.length === 0
      ? []
      : wrapped(`always with ${safe(termsText(alike, state), 2_000)}`, columns - 2, 2)),
  ];
  return padded([rule, ...texts.map((text) => line(` ${text}`))], rows);
}
