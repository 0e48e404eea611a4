/** Outcomes → `docs/study.md`. Nothing in it depends on the clock or the machine. */

import type { StudyOutcome } from './case.ts';
import { type FailureType, failureTypes } from './cases.ts';
import { cell, shown, table } from './cells.ts';
import {
  type DetectionArm,
  detectionFigures,
  foundShares,
  practiceFigures,
  type TableOne,
  tableOne,
  typed,
} from './figures.ts';
import type { HealthyOutcome } from './healthy.ts';
import { hypothesesOf } from './hypotheses.ts';
import { method } from './method.ts';
import { checkMinutes, otherCheckMinutes } from './operator.ts';
import { published } from './published.ts';
import { ofType, type Target, targetsOf } from './targets.ts';

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
  return `${parts.map((part) => part.trim()).join('\n\n')}\n`;
}

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

const percent = (share: number): string => shown(share, 'share').replace('.0 %', ' %');

function times({ outcomes }: StudyResult): string {
  const all = tableOne(typed(failureTypes, outcomes), checkMinutes);
  const { detection: found, repair, uptime } = published;
  const row = (
    name: string,
    paper: { readonly without: number; readonly with: number },
    keys: readonly [keyof TableOne, keyof TableOne],
    unit: 'minutes' | 'share',
  ): string[] => {
    const said = (value: number) => (unit === 'share' ? percent(value) : String(value));
    const theirs = `${said(paper.without)} → ${said(paper.with)}`;
    const change =
      unit === 'minutes' ? `−${percent(Number((1 - paper.with / paper.without).toFixed(3)))}` : '';
    return [name, theirs, change, ...keys.map((key) => cell(all[key], unit))];
  };
  const heads = ['', 'published', '', 'here, without', 'here, with', 'shorter by'];
  const rows = [
    [
      ...row('MTTD, minutes', found, ['detectionWithout', 'detectionWith'], 'minutes'),
      cell(all.detectionCut, 'share'),
    ],
    [
      ...row('MTTR, minutes', repair, ['repairWithout', 'repairWith'], 'minutes'),
      cell(all.repairCut, 'share'),
    ],
    [...row('uptime, by time', uptime, ['uptimeWithout', 'uptimeWith'], 'share'), ''],
    [
      ...['uptime, by requests', '–', ''],
      ...[cell(all.servedWithout, 'share'), cell(all.servedWith, 'share'), ''],
    ],
  ];
  const byType = failureTypes.map((type) => {
    const own = tableOne(typed([type], outcomes), checkMinutes);
    return [
      type.name,
      cell(own.detectionWithout, 'minutes'),
      cell(own.detectionWith, 'minutes'),
      cell(own.repairWithout, 'minutes'),
      cell(own.repairWith, 'minutes'),
    ];
  });
  return `
## Table 1: times and uptime, without and with observability

${table(heads, rows)}
Means; the three failure types count alike. MTTD: from the onset to the alarm; who is not alarmed notices after 45
minutes, when the recording ends, so the mean without observability is a lower bound. MTTR: from the alarm to
the repaired system. Uptime by time: of a day with one incident, every minute from onset to repair counted as
down, whatever still works; by requests: only the share of it that users lost (see *Assumptions*).

${table(['', 'MTTD without', 'MTTD with', 'MTTR without', 'MTTR with'], byType)}`;
}

function causes({ outcomes }: StudyResult): string {
  const rows = failureTypes.map((type) => {
    const own = foundShares(ofType(type, outcomes));
    const paper = published.found[type.name];
    return [
      `${type.name} (${own.n})`,
      paper ? `${percent(paper.without)} → ${percent(paper.with)}` : '–',
      cell(own.all.it, 'share'),
      cell(own.all.traces, 'share'),
      cell(own.all.signals, 'share'),
      cell(own.atAlarm, 'share'),
    ];
  });
  const services = failureTypes.map((type) => {
    const own = foundShares(ofType(type, outcomes));
    return [
      type.name,
      cell(own.byErrors, 'share'),
      ...(['it', 'traces', 'signals'] as const).map((arm) => cell(own.service[arm], 'share')),
    ];
  });
  const heads = ['', 'published', 'IT metrics', '+ logs, traces', '+ signals', 'at the alarm'];
  return `
## Table 2: share of root causes found

${table(heads, rows)}
Found: the first cause names the right service, layer and fault class. The arms read the same telemetry of the same
postmortem (8 minutes before the fault and 8 of it), each with what the one before has: metrics of machines and
processes with requests, failures and durations of each route; all logs and spans with all they carry; metrics of data and models. *At the alarm*: all of it, but only what had come
in two minutes after the alarm. The right service alone; *most errors*: the chance that a service drawn by its share of failed requests is at fault:

${table(['', 'most errors', 'IT metrics', '+ logs, traces', '+ signals'], services)}`;
}

const armNames: Readonly<Record<DetectionArm, string>> = {
  monitor: 'threshold alarms (without observability)',
  it: '+ the watch on IT metrics',
  traces: '+ the watch on logs and traces',
  signals: '+ the watch on data and model signals',
};

function detection({ outcomes }: StudyResult): string {
  const heads = [
    '',
    ...failureTypes.map(({ name }) => `${name}: mean`),
    'median of all',
    'sudden: median',
    'alarmed',
  ];
  const three = failureTypes.flatMap((type) => ofType(type, outcomes));
  const sudden = three.filter(({ isSudden }) => isSudden);
  const rows = (Object.keys(armNames) as DetectionArm[]).map((arm) => [
    armNames[arm],
    ...failureTypes.map((type) =>
      cell(detectionFigures(ofType(type, outcomes), arm).mean, 'minutes'),
    ),
    cell(detectionFigures(three, arm).median, 'minutes'),
    cell(detectionFigures(sudden, arm).median, 'minutes'),
    cell(detectionFigures(three, arm).alarmed, 'share'),
  ]);
  return `
## H1: observability shortens detection

Minutes from onset to alarm, by what the alarms may read. The second row has the same rule as those below it on IT metrics, so
that what the rule does and what the data do stand apart.

${table(heads, rows)}`;
}

function accuracy({ outcomes }: StudyResult): string {
  const rows = failureTypes.map((type) => {
    const { gain, all } = foundShares(ofType(type, outcomes));
    const beyond =
      all.signals.value === null || all.traces.value === null
        ? null
        : all.signals.value - all.traces.value;
    return [
      type.name,
      cell(gain.traces, 'points'),
      cell(gain.signals, 'points'),
      shown(beyond, 'points'),
    ];
  });
  const heads = [
    '',
    'H2: logs and traces over IT metrics',
    'H4: with signals over IT metrics',
    'signals over logs and traces',
  ];
  return `
## H2 and H4: what raises the share of causes found

Percentage points of Table 2, paired by case. H2: structured logs and traces raise debugging accuracy. H4: AI-specific
signals beat traditional IT metrics. Spans keep what they carry of models (confidence, version) in the arm of logs and
traces; what is called signals is metrics of data and models.

${table(heads, rows)}`;
}

function practice({ outcomes }: StudyResult): string {
  const rows = failureTypes.flatMap((type) => {
    const figures = practiceFigures(ofType(type, outcomes));
    if (figures === null) return [];
    return [
      [
        `${type.name} (${figures.n})`,
        cell(figures.without, 'minutes'),
        cell(figures.with, 'minutes'),
        cell(figures.cut, 'share'),
      ],
    ];
  });
  if (rows.length === 0) {
    return '## H3: reliability practice lowers downtime\n\nNot asked where all classes are run.';
  }
  return `
## H3: reliability practice lowers downtime

The same systems, seeds and faults, run twice and never repaired: as they are, and with retries with growing pauses, a plainer model
that stands in, and automatic rollback of a worse version. Minutes of service that users lose in an hour of the fault.

${table(['', 'without', 'with the practice', 'less by'], rows)}`;
}

function sensitivity({ outcomes }: StudyResult): string {
  const all = typed(failureTypes, outcomes);
  const row = (name: string, figures: TableOne): string[] => [
    name,
    ...(['detectionCut', 'repairWithout', 'repairWith', 'repairCut', 'uptimeWith'] as const).map(
      (key) => cell(figures[key], key.startsWith('repairW') ? 'minutes' : 'share'),
    ),
  ];
  const rows = [
    row(`${checkMinutes} minutes a suspect`, tableOne(all, checkMinutes)),
    ...otherCheckMinutes.map((minutes) =>
      row(`${minutes} minutes a suspect`, tableOne(all, minutes)),
    ),
    row('noticed after 30 minutes without an alarm', tableOne(all, checkMinutes, 30)),
    row('noticed after 15 minutes without an alarm', tableOne(all, checkMinutes, 15)),
  ];
  const heads = [
    '',
    'MTTD shorter by',
    'MTTR without',
    'MTTR with',
    'MTTR shorter by',
    'uptime with',
  ];
  return `## Sensitivity\n\n${table(heads, rows)}`;
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
