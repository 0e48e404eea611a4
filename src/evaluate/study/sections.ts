/** The sections of the document that have the figures of the three failure types. */
import type { StudyOutcome } from './case.ts';
import { failureTypes } from './cases.ts';
import { cell, shown, table } from './cells.ts';
import {
  type DetectionArm,
  detectionFigures,
  foundShares,
  leastOutage,
  minutesADay,
  practiceFigures,
  type TableOne,
  tableOne,
  typed,
  uptimeOf,
} from './figures.ts';
import { checkMinutes, otherCheckMinutes } from './operator.ts';
import { published } from './published.ts';
import { ofType } from './targets.ts';

interface Outcomes {
  readonly outcomes: readonly StudyOutcome[];
}

const percent = (share: number): string => shown(share, 'share').replace('.0 %', ' %');

export function times({ outcomes }: Outcomes): string {
  const all = tableOne(typed(failureTypes, outcomes), checkMinutes);
  const { detection: found, repair, uptime } = published;
  const least = leastOutage(typed(failureTypes, outcomes), checkMinutes);
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

Uptime by time has a bound here: were every fault noticed at once and the service at fault the first that is checked, waiting,
check and repair alone would take ${least === null ? '–' : shown(least, 'minutes')} minutes; ${percent(uptime.with)} of a day leaves ${shown((1 - uptime.with) * minutesADay, 'minutes')}. The published times with observability make ${shown(uptimeOf(found.with + repair.with), 'share')} at
one incident a day: the published ${percent(uptime.with)} would be fewer incidents, or outages in which part of the system works.

${table(['', 'MTTD without', 'MTTD with', 'MTTR without', 'MTTR with'], byType)}`;
}

export function causes({ outcomes }: Outcomes): string {
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

export function detection({ outcomes }: Outcomes): string {
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

export function accuracy({ outcomes }: Outcomes): string {
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

export function practice({ outcomes }: Outcomes): string {
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

export function sensitivity({ outcomes }: Outcomes): string {
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
