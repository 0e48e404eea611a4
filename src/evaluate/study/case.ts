/** One case of the study: recorded, watched, diagnosed as far as it had come, and thrown away. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { CaseLabel, Cause, Features } from '../../model.ts';
import {
  type DiagnosisRequest,
  diagnoseFeatures,
  importDumps,
  openSession,
  type Session,
} from '../../session.ts';
import { type Recording, record } from '../../simulate/index.ts';
import { isoTime } from '../../text.ts';
import { isRight } from '../case.ts';
import { labelOf } from '../label.ts';
import { rankOf, rightServices } from '../measures.ts';
import { type Alarms, alarmsOf } from './alarms.ts';
import { type Arm, arms, seenBy } from './arms.ts';
import { healthyMinutes } from './detection.ts';
import { lostOf } from './downtime.ts';
import { minuteMs, minutesOf } from './minutes.ts';
import { checksByErrors, checksInOrder, firstByErrors } from './operator.ts';

export interface StudyCase {
  readonly scenario: string;
  readonly seed: number;
  /** Also with the practice that rides out faults. */
  readonly withPractice: boolean;
}

/** Minutes of a fault that are recorded: who has not noticed by then notices at the end. */
export const faultyMinutes = 45;
/** Healthy minutes that are exported with an incident: as many as in other simulated cases. */
const baselineMinutes = 8;
/** What is waited for after an alarm before the telemetry is exported. */
export const settleMinutes = 2;
/** A postmortem has as many minutes of the fault as healthy ones. */
const postmortemMinutes = 8;
/** Of a long incident the latest minutes tell. */
const latestMinutes = 10;

/** What the first cause had right. */
interface Found {
  readonly service: boolean;
  /** Service, layer and class. */
  readonly all: boolean;
  /** What was answered, for the list of misses. */
  readonly answer: string;
}

export interface StudyOutcome {
  readonly scenario: string;
  readonly seed: number;
  readonly layer: string;
  readonly faultClass: string;
  readonly truth: string;
  readonly system: string;
  readonly services: number;
  readonly intensity: number;
  readonly isSudden: boolean;
  /** Minutes from the onset to the alarm; null: none within the recording. */
  readonly detected: Readonly<Record<'monitor' | Arm, number | null>>;
  /** What raised the first alarm of each. */
  readonly raisedBy: Readonly<Record<'monitor' | Arm, string | null>>;
  /** First cause of the postmortem. */
  readonly postmortem: Readonly<Record<Arm, Found>>;
  /** First cause as the operator has it after the alarm. */
  readonly atAlarm: Found;
  /** Expected number of suspects that are checked. */
  readonly checks: { readonly without: number; readonly with: number };
  /** The chance that the first suspect without observability is at fault. */
  readonly firstByErrors: number;
  /** Share of what users get that is lost in the minutes of the fault; null: not asked. */
  readonly lost: { readonly without: number; readonly practised: number | null };
}

export async function runStudyCase(one: StudyCase): Promise<StudyOutcome> {
  const recording = recordingOf(one, false);
  const alarms = alarmsOf(recording);
  const label = labelOf('label.json', new TextEncoder().encode(recording.label));
  const right = rightServices(label);
  const answers = await answersOf(recording, alarms, label);
  const practised = one.withPractice ? meanLost(recordingOf(one, true)) : null;
  const [fault] = label.faults;
  return {
    scenario: one.scenario,
    seed: one.seed,
    layer: fault?.layer ?? '',
    faultClass: fault?.faultClass ?? '',
    truth: label.causes.join(' '),
    system: label.system ?? '',
    services: recording.services.length,
    intensity: label.intensity ?? 0,
    isSudden: (JSON.parse(recording.label) as Said).extra?.onset === 'sudden',
    ...detectionOf(recording, alarms),
    postmortem: answers.postmortem,
    atAlarm: answers.atAlarm,
    checks: {
      without: checksByErrors(alarms.failures, right, recording.services),
      with: checksInOrder(answers.ranking, right, recording.services),
    },
    firstByErrors: firstByErrors(alarms.failures, right, recording.services),
    lost: { without: meanLost(recording), practised },
  };
}

interface Said {
  readonly extra?: { readonly onset?: string };
}

const recordingOf = ({ scenario, seed }: StudyCase, practised: boolean): Recording =>
  record(scenario, seed, { healthyMinutes, faultyMinutes, practised });

function meanLost(recording: Recording): number {
  const lost = lostOf(minutesOf(recording));
  return lost.reduce((sum, share) => sum + share, 0) / lost.length;
}

/** The monitor stays when observability comes: an alarm is whichever comes first. */
function detectionOf({ onset }: Recording, { monitor, watch }: Alarms) {
  const first = (arm: Arm): { minute: number; by: string } | null => {
    const own = watch[arm];
    if (own === null && monitor === null) return null;
    if (own && (monitor === null || own.minute <= monitor.minute)) {
      return { minute: own.minute, by: own.name.key };
    }
    return monitor && { minute: monitor.minute, by: monitor.rule };
  };
  const all = {
    monitor: monitor && { minute: monitor.minute, by: monitor.rule },
    it: first('it'),
    traces: first('traces'),
    signals: first('signals'),
  };
  const after = (minute: number): number => minute + 1 - onset / minuteMs;
  return {
    detected: mapped(all, (one) => one && after(one.minute)),
    raisedBy: mapped(all, (one) => one?.by ?? null),
  };
}

const mapped = <Key extends string, From, To>(
  from: Readonly<Record<Key, From>>,
  to: (one: From) => To,
): Record<Key, To> =>
  Object.fromEntries(Object.entries<From>(from).map(([key, one]) => [key, to(one)])) as Record<
    Key,
    To
  >;

interface Answers {
  readonly postmortem: Record<Arm, Found>;
  readonly atAlarm: Found;
  /** Services as the operator has them, first the likeliest. */
  readonly ranking: readonly string[];
}

/** What is asked is asked of a case that holds no more than had come in by then. */
async function answersOf(recording: Recording, alarms: Alarms, label: CaseLabel): Promise<Answers> {
  const folder = await mkdtemp(join(tmpdir(), 'aidebug-study-'));
  try {
    const database = join(folder, 'case.db');
    let imported = (healthyMinutes - baselineMinutes) * minuteMs;
    const featuresAt = async (minutes: number, since: number): Promise<Features> => {
      const until = Math.min(recording.end, minutes * minuteMs);
      if (until > imported) await importUpTo(recording, folder, database, imported, until);
      imported = Math.max(imported, until);
      await using session = await openSession(database);
      return await windowed(session, recording, since, until);
    };
    const alarm = alarmTimes(recording, alarms);
    const postmortemAt = healthyMinutes + postmortemMinutes;
    const askAlarm = () => featuresAt(alarm.until, alarm.since);
    const askLater = () => featuresAt(postmortemAt, healthyMinutes);
    // What comes first is asked first: afterwards the case holds more.
    const isLate = alarm.until > postmortemAt;
    const early = isLate ? await askLater() : await askAlarm();
    const late = isLate ? await askAlarm() : await askLater();
    const [atAlarm, whole] = isLate ? [late, early] : [early, late];
    const { causes } = diagnoseFeatures(atAlarm);
    const postmortem = arms.map((arm) => {
      const diagnosis = diagnoseFeatures(seenBy(arm, whole));
      return [arm, foundOf(diagnosis.causes, label)] as const;
    });
    return {
      postmortem: Object.fromEntries(postmortem) as Record<Arm, Found>,
      atAlarm: foundOf(causes, label),
      ranking: causes.map(({ service }) => service),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Minutes from which and up to which the operator looks; without an alarm the last ones. */
function alarmTimes({ end }: Recording, { monitor, watch: { signals } }: Alarms) {
  const last = Math.floor(end / minuteMs);
  const own = signals ?? null;
  const at = Math.min(own?.minute ?? last, monitor?.minute ?? last);
  const isOwn = own !== null && own.minute === at;
  const until = Math.min(last, at + 1 + settleMinutes);
  const since = isOwn ? own.since : at - 1;
  return { until, since: Math.max(healthyMinutes, since, until - latestMinutes) };
}

async function importUpTo(
  recording: Recording,
  folder: string,
  database: string,
  from: number,
  until: number,
): Promise<void> {
  const dump = join(folder, `from-${from}`);
  for (const { path, content } of recording.files(from, until)) {
    await mkdir(dirname(join(dump, path)), { recursive: true });
    await writeFile(join(dump, path), content);
  }
  await importDumps(database, [dump], { label: null });
  await rm(dump, { recursive: true });
}

function windowed(session: Session, recording: Recording, since: number, until: number) {
  const time = (minutes: number): string => isoTime(BigInt(recording.unix(minutes * minuteMs)));
  const request: DiagnosisRequest = {
    baseline: `${time(healthyMinutes - baselineMinutes)}/${time(healthyMinutes)}`,
    incident: `${time(since)}/${time(until / minuteMs)}`,
  };
  return session.features(request);
}

function foundOf(causes: readonly Cause[], label: CaseLabel): Found {
  const [first] = causes;
  const service = rankOf(causes, rightServices(label)) === 1;
  const rest = isRight(label, first, 'layer') && isRight(label, first, 'faultClass');
  const answer = first ? `${first.service} ${first.layer} ${first.faultClass}` : 'nothing';
  return { service, all: service && rest === true, answer };
}
