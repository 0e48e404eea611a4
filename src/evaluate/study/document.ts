/** Outcomes → `docs/study.md`. Nothing in it depends on the clock or the machine. */

import { wrap } from '../../text.ts';
import type { StudyOutcome } from './case.ts';
import { type FailureType, failureTypes } from './cases.ts';
import { cell, shown, table } from './cells.ts';
import { detectionFigures, foundShares, typed } from './figures.ts';
import type { HealthyOutcome } from './healthy.ts';
import { hypothesesOf } from './hypotheses.ts';
import { method } from './method.ts';
import { accuracy, causes, detection, practice, sensitivity, times } from './sections.ts';
import { type Target, targetsOf } from './targets.ts';

export interface StudyResult {
  readonly types: readonly FailureType[];
  /** Cases of each class. */
  readonly count: number;
  readonly seed: number;
  readonly allClasses: boolean;
  readonly outcomes: readonly StudyOutcome[];
  readonly healthy: readonly HealthyOutcome[];
  /** File of the plot, beside the document. */
  readonly plotName: string;
}

export function documentOf(result: StudyResult): string {
  const parts = [
    head(result),
    targets(targetsOf(result)),
    hypotheses(result),
    times(result),
    causes(result),
    detection(result),
    accuracy(result),
    practice(result),
    sensitivity(result),
    alarms(result),
    ...(result.allClasses ? [everyClass(result)] : []),
    method(result),
    misses(result),
  ];
  return `${parts.map((part) => flowed(part.trim())).join('\n\n')}\n`;
}

const lineWidth = 118;

/** Paragraphs and items of lists in lines of one width; tables, titles and code stay. */
function flowed(markdown: string): string {
  const blocks = markdown.split(/\n{2,}/).map((block) => {
    if (/^(\||#|```|!)/.test(block)) return block;
    const items = block.split(/\n(?=- )/).map((item) => item.replace(/\s+/g, ' ').trim());
    return items
      .flatMap((item) => wrap(item, lineWidth).map((line, at) => indented(item, line, at)))
      .join('\n');
  });
  return blocks.join('\n\n');
}

const indented = (item: string, line: string, at: number): string =>
  at > 0 && item.startsWith('- ') ? `  ${line}` : line;

const head = ({ types, count, seed, allClasses, outcomes, plotName }: StudyResult): string => `
# The study, done again

A published study of observability in distributed AI systems reports that faults are found and repaired about
three times as fast with it as without, and states four hypotheses. Here it is done again on simulated systems whose
faults are known, with aidebug as the observability. Made by

\`\`\`sh
aidebug evaluate --study${allClasses ? ' --all-classes' : ''} --count ${count} --seed ${seed}
\`\`\`

from ${outcomes.length} cases, ${count} of each of ${types.flatMap(({ classes }) => classes).length} fault classes; every case has a seed, and so a topology, names, load and
fault, of its own that was used for nothing else. Intensities are drawn evenly from faint to plain. In brackets: 95 %
intervals, from 2,000 bootstrap samples over cases. The published figures stand beside ours; systems, faults and
operators are others, so the differences between the arms can be compared and the levels hardly.

![share of faults noticed over time, and share of causes found](${plotName})
`;

function targets(all: readonly Target[]): string {
  const goal = ({ unit, atLeast, atMost }: Target): string => {
    const kind = unit === 'share' ? 'share' : 'number';
    return atLeast === undefined
      ? `at most ${shown(atMost ?? null, kind)}`
      : `at least ${shown(atLeast, kind)}`;
  };
  const rows = all.map((target) => [
    target.what,
    goal(target),
    cell(target.figure, target.unit === 'share' ? 'share' : 'number'),
    target.reached === null ? '–' : target.reached ? 'yes' : '**no**',
  ]);
  return `## Targets\n\n${table(['', 'target', 'here', 'reached'], rows)}`;
}

function hypotheses({ outcomes }: StudyResult): string {
  const rows = hypothesesOf(typed(failureTypes, outcomes)).map(
    ({ name, says, measure, unit, figure, holds }) => [
      `${name}: ${says}`,
      measure,
      cell(figure, unit),
      holds === null ? '–' : holds ? 'yes' : 'not shown',
    ],
  );
  return `
## Hypotheses

${table(['', 'measured as', 'here', 'holds'], rows, 2)}

Paired by case, failure types alike; it holds if the whole interval is above 0. The parts are in the sections below.`;
}

function alarms({ healthy }: StudyResult): string {
  const hours = healthy.reduce((sum, one) => sum + one.hours, 0);
  const sum = (of: 'watch' | 'monitor'): string =>
    String(healthy.reduce((all, one) => all + one[of], 0));
  const raised = healthy.filter(({ watch }) => watch > 0);
  const list = raised.map(({ seed, raisedBy }) => `- seed ${seed}: ${raisedBy}`).join('\n');
  return `
## False alarms

In ${hours.toFixed(0)} healthy hours of ${healthy.length} systems, with the deploys, errors and changes of load that every case has, the watch raised ${sum('watch')}
and the threshold alarms ${sum('monitor')}.

${list}`;
}

function everyClass({ types, outcomes }: StudyResult): string {
  const rows = types
    .flatMap(({ classes }) => classes)
    .map((name) => {
      const own = outcomes.filter(({ scenario }) => scenario === name);
      const { all, service, n } = foundShares(own);
      return [
        name,
        String(n),
        cell(service.signals, 'share'),
        cell(all.signals, 'share'),
        cell(detectionFigures(own, 'monitor').mean, 'minutes'),
        cell(detectionFigures(own, 'signals').mean, 'minutes'),
      ];
    });
  const heads = ['class', 'cases', 'service', 'service, layer, class', 'MTTD without', 'MTTD with'];
  return `## Every class\n\n${table(heads, rows)}`;
}

function misses({ types, outcomes }: StudyResult): string {
  const known = types.flatMap(({ classes }) => classes);
  const missed = known.flatMap((name) =>
    outcomes.filter(({ scenario, postmortem }) => scenario === name && !postmortem.signals.all),
  );
  const rows = missed.map(({ scenario, seed, intensity, truth, postmortem }) => [
    scenario,
    String(seed),
    intensity.toFixed(2),
    truth,
    postmortem.signals.answer,
  ]);
  if (rows.length === 0) return '## Misses\n\nNone.';
  return `
## Misses

Postmortems with all signals whose first cause was not right in service, layer and class. Each can be made again by its class and seed.

${table(['class', 'seed', 'intensity', 'at fault', 'answered'], rows, 5)}`;
}
