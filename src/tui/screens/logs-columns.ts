/** Columns of the statements that were logged, and what tells that one changed. */
import type { LogTemplates, TemplateLine } from '../../model.ts';
import { formatNumber } from '../../text.ts';
import { shownTemplate } from '../content.ts';
import { safe } from '../glyphs.ts';
import { count } from '../health.ts';
import type { Style } from '../line.ts';
import { severityName, severityStyle } from '../severity.ts';
import { byText, type TableColumn } from '../table.ts';

export const comparable = ({ exposure }: LogTemplates): boolean =>
  exposure.baseline > 0 && exposure.incident > 0;

/**
 * 99.99 % of the chi-squared distribution with one degree of freedom: of a thousand statements
 * that did not change, one is said to have changed in ten cases.
 */
const surelyChanged = 15.1;
export const isChanged = ({ change }: TemplateLine): boolean => change >= surelyChanged;

export const columnsFor = (
  subject: LogTemplates,
  revealed = false,
): readonly TableColumn<TemplateLine>[] => [
  {
    title: 'level',
    width: 7,
    text: ({ severity }) => (severity > 0 ? severityName(severity) : '–'),
    style: severityStyle,
    order: (a, b) => a.severity - b.severity,
    greatest: true,
  },
  ...(comparable(subject) ? comparedColumns(subject) : [countColumn]),
  { title: '', width: 1, text: () => '' },
  {
    title: 'service',
    width: 20,
    from: 100,
    text: ({ service }) => safe(service, 60),
    style: quietly,
    order: (a, b) => byText(a.service, b.service),
  },
  // The statement tells more than the end of a long name.
  {
    title: 'service',
    width: 14,
    below: 100,
    text: ({ service }) => safe(service, 60),
    style: quietly,
  },
  {
    title: 'statement',
    width: 0,
    text: (one) => safe(shownTemplate(one, revealed), 400),
    style: quietly,
    order: (a, b) => byText(a.template, b.template),
  },
];

const countColumn: TableColumn<TemplateLine> = {
  title: 'records',
  width: 9,
  align: 'right',
  text: ({ all }) => count(all),
  order: (a, b) => a.all - b.all,
  greatest: true,
};

function comparedColumns(subject: LogTemplates): readonly TableColumn<TemplateLine>[] {
  const names = subject.byHealth ? ['healthy', 'bad'] : ['before', 'incident'];
  return [
    {
      title: names[0] ?? '',
      width: 9,
      align: 'right',
      text: ({ counts }) => count(counts.baseline),
      style: quietly,
      order: (a, b) => a.counts.baseline - b.counts.baseline,
      greatest: true,
    },
    {
      title: names[1] ?? '',
      width: 9,
      align: 'right',
      text: ({ counts }) => count(counts.incident),
      style: quietly,
      order: (a, b) => a.counts.incident - b.counts.incident,
      greatest: true,
    },
    {
      title: 'Δ',
      width: 8,
      align: 'right',
      text: (one) => changeText(subject, one),
      style: (one) => (isChanged(one) ? ['bold'] : ['dim']),
      order: (a, b) => a.change - b.change,
      greatest: true,
    },
  ];
}

const quietly = (one: TemplateLine): readonly Style[] => (isChanged(one) ? [] : ['dim']);

/** How much more often than before, for as many requests or as long a time. */
export function changeText({ exposure }: LogTemplates, { counts }: TemplateLine): string {
  if (counts.baseline === 0) return counts.incident === 0 ? '–' : 'new';
  if (counts.incident === 0) return 'gone';
  const factor = counts.incident / exposure.incident / (counts.baseline / exposure.baseline);
  return `×${formatNumber(Number(factor.toPrecision(2)))}`;
}
