/** One labelled case: imported into a case of its own, asked, and thrown away. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CaseRow, Diagnosis, PublishedReference } from '../model.ts';
import { importDumps, openSession, type Session } from '../session.ts';
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
  /** What aidebug answers; the rank is that of the first method if aidebug was not asked. */
  readonly row: CaseRow;
  /** Rank of the right service by method; null if it is not listed. */
  readonly ranks: Readonly<Record<string, number | null>>;
  readonly answer: AnswerFacts | null;
}

/** What the first cause had right; null where the label, or the answer, does not say. */
export interface AnswerFacts {
  readonly layer: boolean | null;
  readonly faultClass: boolean | null;
  readonly pathF1: number | null;
  readonly citedOnPath: { readonly cited: number; readonly onPath: number };
  readonly quiet: boolean | null;
  readonly bothInThree: boolean | null;
}

/** @throws {UserError} if the case cannot be imported. */
export async function runCase(
  one: LabelledCase,
  { labelled, without, methods: asked }: CaseOptions,
): Promise<CaseOutcome> {
  const from = performance.now();
  const folder = await mkdtemp(join(tmpdir(), 'aidebug-evaluate-'));
  try {
    const db = join(folder, 'case.db');
    await importDumps(db, [one.path], labelled ? {} : { label: null });
    await using session = await openSession(db);
    const { diagnosis } = await session.examine({ without });
    const seconds = Math.round(performance.now() - from) / 1000;
    const ranks = await ranksOf(session, diagnosis, one, asked, without);
    const isAsked = asked.includes('aidebug');
    const rank = ranks[isAsked ? 'aidebug' : (asked[0] ?? '')] ?? null;
    return {
      row: { case: one.name, rank, verdict: diagnosis.verdict, ...first(diagnosis), seconds },
      ranks,
      answer: isAsked ? await factsOf(session, diagnosis, one) : null,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function first({ causes: [cause] }: Diagnosis) {
  const { service = null, layer = null, faultClass = null, confidence = null } = cause ?? {};
  return { service, layer, faultClass, confidence };
}

async function ranksOf(
  session: Session,
  { causes }: Diagnosis,
  { label }: LabelledCase,
  asked: readonly string[],
  without: readonly string[],
): Promise<Readonly<Record<string, number | null>>> {
  const right = rightServices(label);
  const others = methods.filter(({ name }) => asked.includes(name));
  const ranks: Record<string, number | null> = {};
  if (asked.includes('aidebug')) ranks.aidebug = rankOf(causes, right);
  if (others.length === 0) return ranks;
  const { features } = await session.examine({ without, everyMetric: true });
  for (const { name, score } of others) ranks[name] = rankOf(score(features), right);
  return ranks;
}

async function factsOf(
  session: Session,
  { causes, verdict }: Diagnosis,
  { label }: LabelledCase,
): Promise<AnswerFacts> {
  const [first] = causes;
  const scored: readonly Scored[] = causes;
  const isRight = (known: string | null, said: string | undefined): boolean | null =>
    known === null || label.healthy ? null : said === known;
  const onPath = new Set([
    ...rightServices(label),
    ...(label.path ?? []).flatMap(({ from, to }) => [from, to]),
  ]);
  const refs = label.healthy ? [] : (first?.evidence ?? []).flatMap(({ refs: cited }) => cited);
  const services = await Promise.all(refs.map((ref) => serviceOf(session, ref)));
  return {
    layer: isRight(label.layer, first?.layer),
    faultClass: isRight(label.faultClass, first?.faultClass),
    pathF1: label.path === null || label.healthy ? null : pathF1(first?.path ?? [], label.path),
    citedOnPath: {
      cited: services.length,
      onPath: services.filter((service) => service !== null && onPath.has(service)).length,
    },
    quiet: label.healthy ? verdict === 'no-clear-cause' : null,
    bothInThree:
      label.causes.length < 2
        ? null
        : label.causes.every((cause) => (rankOf(scored, [cause]) ?? 4) <= 3),
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
