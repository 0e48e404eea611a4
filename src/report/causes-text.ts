/** A diagnosis for people: the verdict in words, the ranking, and why. */
import type { Cause, CitedEvidence, Diagnosis } from '../model.ts';
import { displayWidth, plural, sanitise, wrap } from '../text.ts';
import { partsOf } from './parts.ts';
import { exemplarText, referenceTexts } from './references.ts';
import type { Style } from './style.ts';
import { table } from './table.ts';
import {
  delayText,
  explainedText,
  headline,
  impactText,
  regimes,
  ruledOutText,
} from './wording.ts';

interface View {
  readonly columns: number;
  readonly style: Style;
}

/** Causes after the first that are explained in brief. */
const briefCauses = 4;
const listedServices = 6;

export function causesText(diagnosis: Diagnosis, view: View): string {
  const { causes } = diagnosis;
  const sections = [
    verdictLines(diagnosis, view),
    rankingLines(causes, view),
    ...causes
      .slice(0, 1 + briefCauses)
      .map((cause, at) => causeLines(cause, diagnosis.impact, at > 0, view)),
    ruledOutLines(diagnosis, view),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function verdictLines(diagnosis: Diagnosis, { columns, style }: View): readonly string[] {
  const { causes, windows, regime, dataQuality } = diagnosis;
  const [first] = causes;
  const facts: [string, string][] = [
    ['impact', impactText(diagnosis)],
    ['services', shortList(diagnosis.impact.services)],
    ['onset', diagnosis.onset ?? 'unknown'],
    ['incident', windowText(windows.incident)],
    ['baseline', windows.baseline ? windowText(windows.baseline) : 'none'],
    ['compared', regimes[regime]],
    ['data', qualityText(dataQuality)],
  ];
  return [
    ...wrap(headline(diagnosis), columns).map(style.bold),
    ...(first ? hang(first.summary, '  ', '  ', columns) : []),
    '',
    ...facts
      .filter(([, text]) => text !== '')
      .flatMap(([name, text]) => hang(text, name.padEnd(10), ' '.repeat(10), columns)),
  ];
}

const windowText = ({ from, to }: { from: string; to: string }): string => `${from} to ${to}`;

function shortList(names: readonly string[]): string {
  const shown = names.slice(0, listedServices).map((name) => sanitise(name, 60));
  const more = names.length - shown.length;
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function qualityText({ score, defects }: Diagnosis['dataQuality']): string {
  const counts = defects.map(({ code, count }) => plural(count, code, code)).join(', ');
  return `quality ${score.toFixed(2)}${counts === '' ? ', no defects' : `; defects: ${counts}`}`;
}

function rankingLines(causes: readonly Cause[], { columns, style }: View): readonly string[] {
  if (causes.length === 0) return [];
  return table(
    [
      { title: '#', align: 'right' },
      { title: 'service' },
      { title: 'layer' },
      { title: 'class' },
      { title: 'score', align: 'right' },
      { title: 'conf.', align: 'right' },
      { title: 'band' },
    ],
    causes.map((cause) => [
      String(cause.rank),
      cause.service,
      cause.layer,
      cause.faultClass,
      cause.score.toFixed(3),
      cause.confidence.toFixed(3),
      cause.band,
    ]),
    columns,
    style,
  );
}

/** `brief`: what speaks most for and against it only, for causes that did not win. */
function causeLines(
  cause: Cause,
  impact: Diagnosis['impact'],
  brief: boolean,
  view: View,
): readonly string[] {
  const { columns, style } = view;
  const title = `${cause.rank}. ${placeOf(cause)}: ${cause.faultClass} (${cause.band})`;
  const weights = partsOf(
    cause.score,
    cause.evidence.map(({ weight }) => weight),
  );
  const all = cause.evidence.map((evidence, at) => ({ evidence, weight: weights[at] ?? '' }));
  const shown = brief ? briefly(all) : all;
  const left = all.length - shown.length;
  return [
    ...wrap(title, columns).map(style.bold),
    ...shown.flatMap(({ evidence, weight }) => evidenceLines(evidence, weight, brief, view)),
    ...(left > 0 ? [`  … ${left} more`] : []),
    ...cause.missing.flatMap((what) => hang(`missing: ${what}`, '  ?         ', indent, columns)),
    ...explainedLines(cause, impact, view),
    ...(brief
      ? []
      : [...pathLines(cause, view), ...exampleLines(cause, view), ...nextLines(cause)]),
  ];
}

/** The strongest for it, and the strongest against it or else the next one for it. */
function briefly<T extends { readonly evidence: CitedEvidence }>(all: readonly T[]): readonly T[] {
  const last = all.at(-1);
  if (all.length <= 2 || last?.evidence.direction !== 'contradicts') return all.slice(0, 2);
  return [...all.slice(0, 1), last];
}

/** Where the text of an evidence begins. */
const indent = ' '.repeat(12);

function placeOf({ service, entity, operation, instance }: Cause): string {
  const parts = [
    service,
    entity === `service:${service}` ? null : entity,
    operation === null || entity.includes(operation) ? null : `operation ${operation}`,
    instance === null || entity.includes(instance) ? null : `instance ${instance}`,
  ];
  return parts
    .filter((part) => part !== null)
    .map((part) => sanitise(part, 120))
    .join(', ');
}

/** One evidence: `✓ +0.410 what was seen`, and below it what to open. */
function evidenceLines(
  { direction, summary, refs }: CitedEvidence,
  weight: string,
  brief: boolean,
  { columns, style }: View,
): readonly string[] {
  const supports = direction === 'supports';
  const mark = supports ? '✓' : style.red('✗');
  const [first = '', ...rest] = hang(summary, indent, indent, columns);
  return [
    `  ${mark} ${weight.padStart(6)}  ${first.slice(indent.length)}`,
    ...rest,
    ...referenceLines(brief ? refs.slice(0, 1) : refs, columns).map(style.dim),
  ];
}

/** As many references on a line as fit; none of them is broken unless it is longer than a line. */
function referenceLines(refs: CitedEvidence['refs'], columns: number): readonly string[] {
  const lines: string[] = [];
  for (const part of referenceTexts(refs)) {
    const last = lines.at(-1);
    const joined = last === undefined ? null : `${last} · ${part}`;
    if (joined !== null && displayWidth(joined) <= columns) lines[lines.length - 1] = joined;
    else lines.push(...hang(part, indent, indent, columns));
  }
  return lines;
}

function explainedLines(
  { explains }: Cause,
  impact: Diagnosis['impact'],
  { columns }: View,
): readonly string[] {
  const text = explainedText(explains, impact);
  return text === '' ? [] : hang(text, '  explains  ', indent, columns);
}

function pathLines({ path }: Cause, { columns }: View): readonly string[] {
  return path.flatMap(({ from, to, delayMs }, at) => {
    const delay = delayText(delayMs);
    const step = `${sanitise(from, 60)} → ${sanitise(to, 60)}${delay}`;
    return hang(step, at === 0 ? '  path      ' : indent, indent, columns);
  });
}

function exampleLines({ exemplars }: Cause, { columns }: View): readonly string[] {
  const text = exemplarText(exemplars);
  return text === '' ? [] : hang(text, '  example   ', indent, columns);
}

/** Commands are never broken or cut: they are there to be pasted. */
const nextLines = ({ nextChecks }: Cause): readonly string[] =>
  nextChecks.map((command, at) => `${at === 0 ? '  next      ' : indent}${sanitise(command)}`);

function ruledOutLines(
  { ruledOut, causes }: Diagnosis,
  { columns, style }: View,
): readonly string[] {
  if (ruledOut.length === 0) return [];
  return [
    style.bold('ruled out'),
    ...ruledOut.flatMap((one) =>
      hang(`${sanitise(one.service, 60)}: ${ruledOutText(one, causes)}`, '  ', '    ', columns),
    ),
  ];
}

/** Wrapped text with one start for its first line and another for the rest. */
const hang = (text: string, first: string, rest: string, columns: number): readonly string[] =>
  wrap(sanitise(text), columns - rest.length).map((line, at) => (at === 0 ? first : rest) + line);
