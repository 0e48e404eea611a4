/** Logs as the features hold them: events of a trace's spans, and counts by template and minute. */
import type { Database } from 'better-sqlite3';
import { type LogCount, learnTemplates } from '../../features/index.ts';
import {
  type Cohort,
  type ComparisonPlan,
  type Nanos,
  nanos,
  type TraceId,
  type TraceLog,
  type TraceTree,
} from '../../model.ts';
import { contentCondition, placeOf, tellsPlace } from '../../semantics/index.ts';
import type { Extent } from './extent.ts';
import { parseAttributes } from './rows.ts';
import { hashText, labelOf, logIdText } from './schema.ts';

/** Texts learned from; with more, bodies are free text and have no templates. */
const mostTexts = 50_000;

/** Template by its key. */
export type Templates = (key: number) => string;

/** What the templates of the case are the same but for: depends on all of them, so it is found anew. */
export function learnStatements(db: Database): void {
  const rows = db
    .prepare('SELECT template_key, template FROM log_template ORDER BY template LIMIT ?')
    .raw()
    .all(mostTexts) as [number, string][];
  const learned = learnTemplates(rows.map(([, text]) => text));
  // Also of those that were among the first before others came: no order of imports shows.
  db.prepare(/* sql */ `UPDATE log_template SET statement = template
    WHERE statement = '' OR (template > ? AND statement <> template)`).run(rows.at(-1)?.[1] ?? '');
  const change = db.prepare(
    'UPDATE log_template SET statement = ? WHERE template_key = ? AND statement <> ?',
  );
  for (const [index, [key]] of rows.entries()) change.run(learned[index], key, learned[index]);
}

export function templatesIn(db: Database): Templates {
  const known = new Map<number, string>();
  const find = db.prepare('SELECT statement FROM log_template WHERE template_key = ?').pluck();
  return (key) => {
    const text = known.get(key) ?? (find.get(key) as string);
    if (known.size < mostTexts) known.set(key, text);
    return text;
  };
}

type TraceLogRow = [
  id: string,
  at: number,
  spanId: string | null,
  service: string,
  scope: string,
  eventName: string,
  severity: number,
  template: number,
  attributes: string,
];

/** Severity number of the OTLP log data model; that of a text where there is no number. */
const severityOf = (head: string): string => `CASE WHEN ${head}.severity_number > 0
  THEN ${head}.severity_number ELSE CASE substr(upper(${head}.severity_text), 1, 4)
  WHEN 'TRAC' THEN 1 WHEN 'DEBU' THEN 5 WHEN 'INFO' THEN 9 WHEN 'WARN' THEN 13
  WHEN 'ERRO' THEN 17 WHEN 'FATA' THEN 21 WHEN 'CRIT' THEN 21 ELSE 0 END END`;

/** Reads the logs of a trace as events of its spans; a log that belongs to none is left out. */
export function traceLogReader(
  db: Database,
  extent: Extent,
  templates: Templates,
): (tree: TraceTree) => readonly TraceLog[] {
  const rowsOf = db
    .prepare(/* sql */ `SELECT
      ${logIdText('g.')},
      g.time_ns - :epoch, g.span_id, r.service, s.name, h.event_name, ${severityOf('h')},
      g.template_key, g.attributes
      FROM log_record g JOIN log_head h USING (head_id) JOIN resource r USING (resource_id)
      JOIN scope s USING (scope_id)
      WHERE g.trace_id = :trace AND g.time_ns BETWEEN :believedFrom AND :believedTo`)
    .raw();
  return (tree) => {
    const rows = rowsOf.all({ ...extent, trace: tree.traceId satisfies TraceId }) as TraceLogRow[];
    if (rows.length === 0) return [];
    const places = new Map(tree.spans.map((span, index) => [span.spanId as string, index]));
    return rows.flatMap(([id, at, spanId, service, scope, eventName, severity, template, own]) => {
      const span = spanId === null ? covering(tree, service, at) : places.get(spanId);
      if (span === undefined) return [];
      const place = tellsPlace(own) ? placeOf(parseAttributes(own), scope) : null;
      const statement = eventName || (place ?? templates(template));
      return [{ span, at: nanos(at), statement, severity, id }];
    });
  };
}

/** The deepest span of the service at that time: where a log that names a trace only was written. */
function covering({ spans, depth }: TraceTree, service: string, at: number): number | undefined {
  let found: number | undefined;
  for (const [index, span] of spans.entries()) {
    const holds = span.service === service && span.start <= at && at <= span.end;
    if (holds && (found === undefined || deeper(depth, index, found))) found = index;
  }
  return found;
}

const deeper = (depth: Int32Array, index: number, than: number): boolean =>
  (depth[index] ?? 0) > (depth[than] ?? 0);

type CountRow = [
  hash: string,
  service: string,
  eventName: string,
  severity: number,
  template: number,
  side: string | null,
  minute: number,
  count: number,
  said: number,
];

/** Stands for all that people and models said in bodies of no name: findings quote templates. */
const saidTemplate = '(what was said)';

/**
 * Log records that belong to no trace of the case, by service, template and minute, in no order;
 * none if cohorts go by health.
 */
export function* logCounts(
  db: Database,
  extent: Extent,
  plan: ComparisonPlan,
  templates: Templates,
): Generator<LogCount> {
  const { cohortBy } = plan;
  if (cohortBy.how === 'health') return;
  const loose = `g.time_ns BETWEEN :believedFrom AND :believedTo AND (g.trace_id IS NULL
    OR NOT EXISTS (SELECT 1 FROM trace_name t WHERE t.trace_id = g.trace_id))`;
  const rows = db
    .prepare(/* sql */ `SELECT ${hashText('min(g.hash)')}, r.service, h.event_name,
      ${severityOf('h')}, g.template_key, ${sideOf(plan)} AS side,
      (g.time_ns - :epoch) / 60000000000 AS minute,
      count(*), max(${saysContent})
      FROM log_record g JOIN log_head h USING (head_id) JOIN resource r USING (resource_id)
      JOIN import i ON i.import_id = g.import_id
      WHERE ${loose} GROUP BY g.head_id, g.template_key, side, minute`)
    .raw()
    .iterate({ ...extent, ...boundsOf(plan) }) as IterableIterator<CountRow>;
  const cohortOf = cohortNamed(plan);
  for (const [example, service, event, severity, template, side, number, count, said] of rows) {
    const cohort = cohortOf(side);
    if (cohort === null) continue;
    const minute = nanos(number * 60e9);
    const named = event || (said === 1 ? saidTemplate : templates(template));
    yield { service, template: named, severity, cohort, minute, count, example };
  }
}

/** SQL for the side a record is on: its label, or the window its time lies in; else null. */
const sideOf = ({ cohortBy }: ComparisonPlan): string =>
  cohortBy.how === 'label'
    ? `CASE g.shared WHEN 0 THEN i.label ELSE ${labelOf('log', 'g.log_key', 'i.label')} END`
    : `CASE WHEN g.time_ns - :epoch BETWEEN :baselineFrom AND :baselineTo THEN 'baseline'
       WHEN g.time_ns - :epoch BETWEEN :incidentFrom AND :incidentTo THEN 'incident' END`;

function cohortNamed({ cohortBy }: ComparisonPlan): (side: string | null) => Cohort | null {
  const names =
    cohortBy.how === 'label' ? cohortBy : { baseline: 'baseline', incident: 'incident' };
  return (side) =>
    side === names.baseline ? 'baseline' : side === names.incident ? 'incident' : null;
}

/** Log records of one statement, side and minute; what they count for is told elsewhere. */
export interface TemplateCount {
  readonly service: string;
  readonly template: string;
  /** True: what people and models said is part of the template. */
  readonly content: boolean;
  readonly severity: number;
  readonly cohort: Cohort | null;
  /** Null: no usable time. */
  readonly minute: Nanos | null;
  readonly first: Nanos | null;
  readonly last: Nanos | null;
  readonly count: number;
}

/**
 * All log records by statement, side and minute, in no order. `healthy`: the side of a trace, where
 * cohorts go by health; a record of no trace is then on neither.
 */
export function* templateCounts(
  db: Database,
  extent: Extent,
  plan: ComparisonPlan,
  templates: Templates,
  healthy: ReadonlyMap<string, Cohort>,
): Generator<TemplateCount> {
  const byHealth = plan.cohortBy.how === 'health';
  const believed = 'g.time_ns BETWEEN :believedFrom AND :believedTo';
  const rows = db
    .prepare(/* sql */ `SELECT r.service, h.event_name, ${severityOf('h')}, g.template_key,
      ${byHealth ? 'g.trace_id' : sideOf(plan)} AS side,
      CASE WHEN ${believed} THEN (g.time_ns - :epoch) / 60000000000 END AS minute,
      min(CASE WHEN ${believed} THEN g.time_ns - :epoch END),
      max(CASE WHEN ${believed} THEN g.time_ns - :epoch END), count(*), max(${saysContent})
      FROM log_record g JOIN log_head h USING (head_id) JOIN resource r USING (resource_id)
      JOIN import i ON i.import_id = g.import_id
      GROUP BY g.head_id, g.template_key, side, minute`)
    .raw()
    .iterate({ ...extent, ...boundsOf(plan) }) as IterableIterator<TemplateCountRow>;
  const named = cohortNamed(plan);
  const offset = (at: number | null): Nanos | null => (at === null ? null : nanos(at));
  for (const [service, event, severity, template, side, minute, first, last, count, said] of rows) {
    yield {
      service,
      template: event || templates(template),
      content: event === '' && said === 1,
      severity,
      cohort: byHealth ? (healthy.get(side ?? '') ?? null) : named(side),
      minute: minute === null ? null : nanos(minute * 60e9),
      first: offset(first),
      last: offset(last),
      count,
    };
  }
}

type TemplateCountRow = [
  service: string,
  eventName: string,
  severity: number,
  template: number,
  side: string | null,
  minute: number | null,
  first: number | null,
  last: number | null,
  count: number,
  said: number,
];

const saysContent = contentCondition('g.attributes', 'g.body');

/** Keys of the templates of one statement. */
export const keysOf = (db: Database, statement: string): readonly number[] =>
  db
    .prepare('SELECT template_key FROM log_template WHERE statement = ?')
    .pluck()
    .all(statement) as number[];

/** Offsets of the windows; those of a missing baseline hold no time. */
const boundsOf = ({ baseline, incident }: ComparisonPlan) => ({
  baselineFrom: baseline?.from ?? 1,
  baselineTo: baseline?.to ?? 0,
  incidentFrom: incident.from,
  incidentTo: incident.to,
});
