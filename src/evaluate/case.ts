/** One labelled case: imported into a case of its own, asked, and thrown away. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CaseLabel, CaseRow, Cause, Diagnosis, PublishedReference } from '../model.ts';
import { importDumps, openSession, type Session } from '../session.ts';
import type { AnswerFacts } from './answers.ts';
import type { LabelledCase } from './label.ts';
import { pathF1, rankOf, rightServices, type Scored } from './measures.ts';
import { methods } from './methods/index.ts';

export interface CaseOptions {
  /** Whether the folders `baseline/` and `incident/` label the windows. */
  readonly labelled: boolean;
  /** Signals and detectors that are left out. */
  readonly without: readonly string[];
  /** Names: `aidebug`, or of `methods`. */
  readonly methods: readonly string[];
}

/** What came out of one case. Plain data: it comes from a worker. */
export interface CaseOutcome {
  /** One for each method, in the order asked. */
  readonly rows: readonly CaseRow[];
  /** Null if aidebug was not asked. */
  readonly answer: AnswerFacts | null;
}

/**
 * The case is imported once, whatever the number of methods.
 * @throws {UserError} if the case cannot be imported.
 */
export async function runCase(
  one: LabelledCase,
  { labelled, without, methods: asked }: CaseOptions,
): Promise<CaseOutcome> {
  const timed = stopwatch();
  const folder = await mkdtemp(join(tmpdir(), 'aidebug-evaluate-'));
  try {
    const db = join(folder, 'case.db');
    await importDumps(db, [one.path], labelled ? {} : { label: null });
    await using session = await openSession(db);
    const imported = timed();
    const asking = { without, asked, imported };
    const own = asked.includes('aidebug') ? await askedOurs(session, one, asking) : null;
    const others = await askedOthers(session, one, asking);
    const rows = own === null ? others : [own.row, ...others];
    return {
      rows: asked.flatMap((name) => rows.find(({ method }) => method === name) ?? []),
      answer: own?.facts ?? null,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Seconds since it was last asked. */
function stopwatch(): () => number {
  let last = performance.now();
  return () => {
    const from = last;
    last = performance.now();
    return (last - from) / 1000;
  };
}

const rounded = (seconds: number): number => Math.round(seconds * 1000) / 1000;

interface Asking {
  readonly without: readonly string[];
  readonly asked: readonly string[];
  /** Seconds that the import took. */
  readonly imported: number;
}

async function askedOurs(session: Session, one: LabelledCase, { without, imported }: Asking) {
  const { healthy } = one.label;
  const timed = stopwatch();
  const diagnosis = await session.diagnose({ without });
  const seconds = rounded(imported + timed());
  const rank = rankOf(diagnosis.causes, rightServices(one.label));
  const {
    service = null,
    layer = null,
    faultClass = null,
    score = null,
    confidence = null,
  } = diagnosis.causes[0] ?? {};
  const said = { verdict: diagnosis.verdict, service, layer, faultClass, score, confidence };
  const facts = await factsOf(session, diagnosis, one.label);
  // A first cause in a healthy case is wrong, however sure.
  const sure = confidence === null ? null : { confidence, right: !healthy && rank === 1 };
  return {
    row: { case: one.name, method: 'aidebug', healthy, rank, ...said, seconds },
    facts: { ...facts, sure, seconds },
  };
}

/** The other methods, all on the same features. */
async function askedOthers(
  session: Session,
  { name, label }: LabelledCase,
  { without, asked, imported }: Asking,
): Promise<readonly CaseRow[]> {
  const others = methods.filter((method) => asked.includes(method.name));
  if (others.length === 0) return [];
  const timed = stopwatch();
  const features = await session.features({ without, everyPoint: true });
  const read = imported + timed();
  return others.map(({ name: method, score }) => {
    const scores = score(features);
    const said = { verdict: null, layer: null, faultClass: null, score: null, confidence: null };
    return {
      ...{ case: name, method, healthy: label.healthy, rank: rankOf(scores, rightServices(label)) },
      ...said,
      service: firstOf(scores),
      seconds: rounded(read + timed()),
    };
  });
}

/** Of services with equal scores the first by name. */
const firstOf = (scores: readonly Scored[]): string | null =>
  scores.toSorted((a, b) => b.score - a.score || (a.service < b.service ? -1 : 1))[0]?.service ??
  null;

async function factsOf(
  session: Session,
  { causes, verdict }: Diagnosis,
  label: CaseLabel,
): Promise<Omit<AnswerFacts, 'sure' | 'seconds'>> {
  const [first] = causes;
  return {
    layer: isRight(label, first, 'layer'),
    faultClass: isRight(label, first, 'faultClass'),
    pathF1: label.path === null || label.healthy ? null : pathF1(first?.path ?? [], label.path),
    citedOnPath: label.healthy ? null : await citedOf(session, first, label),
    quiet: label.healthy ? verdict === 'no-clear-cause' : null,
    bothInThree:
      label.causes.length < 2
        ? null
        : label.causes.every((cause) => (rankOf(causes, [cause]) ?? 4) <= 3),
  };
}

/** Of several faults it is that of the service named which must be met, or any where none of them is. */
export function isRight(
  { faults }: CaseLabel,
  first: Cause | undefined,
  of: 'layer' | 'faultClass',
): boolean | null {
  const named = faults.filter(({ service }) => service === first?.service);
  const known = (named.length > 0 ? named : faults).flatMap((fault) => fault[of] ?? []);
  return known.length === 0 ? null : known.some((one) => one === first?.[of]);
}

async function citedOf(session: Session, first: Cause | undefined, label: CaseLabel) {
  const refs = (first?.evidence ?? []).flatMap(({ refs: cited }) => cited);
  if (refs.length === 0) return null;
  const onPath = new Set([
    ...rightServices(label),
    ...(label.path ?? []).flatMap(({ from, to }) => [from, to]),
  ]);
  const services = await Promise.all(refs.map((ref) => serviceOf(session, ref)));
  return {
    cited: services.length,
    onPath: services.filter((service) => service !== null && onPath.has(service)).length,
  };
}

/** Whose span, log or metric the reference is; null if it cannot be found. */
async function serviceOf(session: Session, ref: PublishedReference): Promise<string | null> {
  if (ref.signal === 'metric') return ref.service;
  if (ref.signal === 'log') return (await session.log(ref.id)).log.service;
  const { rows } = await session.query(
    `SELECT service FROM spans WHERE trace_id = '${ref.traceId}' AND span_id = '${ref.spanId}'`,
  );
  for await (const [service] of rows) return String(service);
  return null;
}
