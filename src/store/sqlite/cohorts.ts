/**
 * Two cohorts of spans or logs, in one pass over the case. The pass reads of each record only
 * whose it is; of a cohort above the limit the records of the traces with the least hash stay, and
 * only those that stayed are read in full.
 */
import type { Database } from 'better-sqlite3';
import { lotOf } from '../../features/index.ts';
import type {
  Attributes,
  Cohort,
  CohortRecord,
  Cohorts,
  ContrastedSignal,
  Facts,
  Filter,
  SpanId,
  TraceId,
} from '../../model.ts';
import { renamer } from '../../semantics/index.ts';
import { extentOf } from './extent.ts';
import { type Condition, compile, compileSpans } from './filter.ts';
import { mappingOf } from './mapping.ts';
import { remembered } from './remembered.ts';
import { parseAttributes, resourceReader } from './rows.ts';
import { logIdText, severityName, viewWith } from './schema.ts';
import { headReader } from './span-heads.ts';

/** Of a record: its key, the cluster it is of, what tells it apart in there, and the tests. */
type Row = [key: number, cluster: string, id: string, incident: number, baseline: number];

const sources = {
  spans: {
    select: () => viewWith('spans', 's.span_key AS record_key'),
    cluster: 'trace_id',
    id: 'span_id',
  },
  logs: {
    select: () => viewWith('logs', 'g.log_key AS record_key'),
    cluster: 'coalesce(trace_id, id)',
    id: 'id',
  },
} as const;

export function readCohorts(
  db: Database,
  of: ContrastedSignal,
  filters: { readonly incident: Filter; readonly baseline: Filter | null },
  limit: number,
): Cohorts {
  const { last } = extentOf(db);
  const compiled = (filter: Filter): Condition =>
    of === 'spans' ? compileSpans(filter, last) : compile(filter, 'logs', last);
  const incident = compiled(filters.incident);
  const baseline = filters.baseline ? compiled(filters.baseline) : { sql: '1', values: [] };
  const { select, cluster, id } = sources[of];
  const rows = db
    .prepare(
      `SELECT record_key, ${cluster}, ${id}, ${incident.sql}, ${baseline.sql} FROM (${select()})`,
    )
    .raw()
    .iterate(...incident.values, ...baseline.values) as IterableIterator<Row>;
  const kept = { incident: leastLots(limit), baseline: leastLots(limit) };
  const found = { incident: 0, baseline: 0 };
  let overlap = 0;
  for (const [key, trace, record, isIncident, isBaseline] of rows) {
    if (isIncident && isBaseline && filters.baseline) overlap += 1;
    const cohort: Cohort | null = isIncident ? 'incident' : isBaseline ? 'baseline' : null;
    if (cohort === null) continue;
    found[cohort] += 1;
    kept[cohort].add(key, trace as TraceId, record as TraceId);
  }
  const recordOf = of === 'spans' ? spanReader(db) : logReader(db);
  const records = (['incident', 'baseline'] as const).flatMap((cohort) =>
    kept[cohort].keys().map((key) => recordOf(key, cohort)),
  );
  return { found, overlap, records };
}

/**
 * The records with the least lots, at most `limit`: those of a trace stand together, because its
 * lot comes first, and the record's own decides within the last trace.
 */
function leastLots(limit: number) {
  const keys: number[] = [];
  const lots: number[] = [];
  let below = Number.POSITIVE_INFINITY;
  const trim = (): void => {
    if (lots.length <= limit) return;
    below = Float64Array.from(lots).sort()[limit] as number;
    let left = 0;
    for (let at = 0; at < lots.length; at += 1) {
      if ((lots[at] as number) >= below) continue;
      lots[left] = lots[at] as number;
      keys[left] = keys[at] as number;
      left += 1;
    }
    lots.length = left;
    keys.length = left;
  };
  return {
    add(key: number, cluster: TraceId, id: TraceId): void {
      const lot = lotOf(cluster) + lotOf(id) / 0x1_0000_0000;
      if (lot >= below) return;
      keys.push(key);
      lots.push(lot);
      if (lots.length >= 2 * limit) trim();
    },
    /** In the order of the keys: as the records lie in the file. */
    keys(): readonly number[] {
      trim();
      return keys.sort((a, b) => a - b);
    },
  };
}

type RecordReader = (key: number, cohort: Cohort) => CohortRecord;

interface SpanRow {
  readonly traceId: TraceId;
  readonly spanId: SpanId;
  readonly head: number;
  readonly ns: number | null;
  readonly attributes: string | null;
  readonly nested: number;
}

function spanReader(db: Database): RecordReader {
  const headOf = headReader(db);
  const rename = renamer(mappingOf(db));
  const find = db.prepare(/* sql */ `SELECT trace_id AS traceId, span_id AS spanId, head_id AS head,
    end_ns - start_ns AS ns, attributes, nested
    FROM span JOIN trace_name USING (trace_key) WHERE span_key = ?`);
  const findEvents = db
    .prepare('SELECT name, attributes FROM span_event WHERE span_key = ? ORDER BY position')
    .raw();
  const fieldsOf = remembered((head: number): Attributes => {
    const { service, instance, name, kind, status } = headOf(head);
    return { service, instance, name, kind, status };
  });
  return (key, cohort) => {
    const { traceId, spanId, head, ns, attributes, nested } = find.get(key) as SpanRow;
    const { attributes: shared, resource } = headOf(head);
    const facts: Facts[] = [
      { of: 'field', values: fieldsOf(head) },
      { of: 'attribute', values: shared },
    ];
    if (attributes !== null) {
      facts.push({ of: 'attribute', values: rename(parseAttributes(attributes)) });
    }
    facts.push({ of: 'resource', values: resource });
    if (ns !== null && ns >= 0) facts.push({ of: 'field', values: { dur: ns } });
    if (nested > 0) {
      for (const [event, of] of findEvents.all(key) as [string, string][]) {
        facts.push({ of: 'field', values: { event } });
        facts.push({ of: 'event', values: rename(parseAttributes(of)) });
      }
    }
    const ref = { signal: 'span', traceId, spanId } as const;
    return { cohort, id: `${spanId} ${key}`, cluster: traceId, ref, facts };
  };
}

interface LogRow {
  readonly id: string;
  readonly trace: string | null;
  readonly head: number;
  readonly resource: number;
  readonly severity: string;
  readonly event: string;
  readonly template: string;
  readonly attributes: string;
}

function logReader(db: Database): RecordReader {
  const resourceOf = resourceReader(db);
  const rename = renamer(mappingOf(db));
  const find = db.prepare(/* sql */ `SELECT g.trace_id AS trace, h.resource_id AS resource,
    ${logIdText('g.')} AS id,
    ${severityName('h')} AS severity, h.event_name AS event, m.template_id AS template, g.attributes
    FROM log_record g JOIN log_head h USING (head_id) JOIN log_template m USING (template_key)
    WHERE log_key = ?`);
  return (key, cohort) => {
    const { id, trace, resource, severity, event, template, attributes } = find.get(key) as LogRow;
    const { service, instance, attributes: ofResource } = resourceOf(resource);
    const sev = severity.toLowerCase();
    const facts: Facts[] = [
      { of: 'field', values: { service, instance, sev, event: event || null, template } },
      { of: 'attribute', values: rename(parseAttributes(attributes)) },
      { of: 'resource', values: ofResource },
    ];
    return { cohort, id, cluster: trace ?? id, ref: { signal: 'log', id }, facts };
  };
}
