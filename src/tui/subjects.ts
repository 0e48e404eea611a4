/** What the session is asked for at each place. */
import { once } from '../grouping.ts';
import { type Cell, type Nanos, nanos, type Overview, type QueryResult } from '../model.ts';
import { contentCondition } from '../semantics/index.ts';
import type { Session } from '../session.ts';
import { contrastsOf } from './contrasts.ts';
import type { Names } from './finder.ts';
import type {
  MatchingSpans,
  MatchingTraces,
  Place,
  Question,
  SqlResult,
  Subjects,
} from './screen.ts';
import { baselineText, spanOf } from './screens/verdict.ts';

/** Reads the subject of a place. The overview is made once, and maybe elsewhere. */
export function readerOf(
  session: Session,
  overview: () => Promise<Overview>,
): (place: Place) => Promise<unknown> {
  return async (place) => {
    switch (place.screen) {
      case 'incident':
      case 'causes':
      case 'graph':
      case 'diff':
        return overview();
      case 'traces':
        return session.traces();
      case 'trace':
        return { data: await session.trace(place.traceId), spanId: place.spanId };
      case 'logs':
        return session.templates();
      case 'lines':
        return session.logsOf(place.service, place.template, momentOf(place.around));
      case 'metrics':
        return session.metricLines();
      case 'notes':
        return session.notes();
      case 'sql':
        return { tables: await tablesOf(session) };
      case 'explain':
        return { questions: contrastsOf(await overview(), place) };
      case 'log':
        return session.log(place.id);
      case 'point':
        return session.point(place.metric, place.service, place.at);
    }
  };
}

/** A place may come from a file. */
function momentOf(text: string | undefined): Nanos | null {
  const at = Number(text);
  return text === undefined || !Number.isSafeInteger(at) ? null : nanos(at);
}

/** Answers the questions of the screens. Rejects with a `UserError` for people. */
export function askerOf(session: Session): (question: Question) => Promise<unknown> {
  return async (question) => {
    switch (question.ask) {
      case 'logs':
        return {
          ...(await session.logsThat(question.filter)),
          condition: await session.condition('logs', question.filter),
        };
      case 'names':
        return namesOf(session);
      case 'tables':
        return tablesOf(session);
      case 'spans':
        return spansThat(session, question.begin);
      case 'sql':
        return statementResult(session, question.sql);
      case 'matching':
        return matchingTraces(session, question.filter);
      case 'drift':
        return session.drift();
      case 'diff':
        return session.diff(question.a, question.b);
      case 'explain':
        return session.explain({ ...question, signal: null });
      case 'traces': {
        const { rows, columns } = await session.list('traces', question.filter, everyRow);
        const at = columns.indexOf('trace_id');
        const ids = new Set<string>();
        for await (const row of rows) ids.add(String(row[at]));
        return { ids, condition: await session.condition('traces', question.filter) };
      }
    }
  };
}

/** Traces that are named where a filter is looked up by the way. */
const mostMatching = 8;

async function matchingTraces(session: Session, filter: string): Promise<MatchingTraces> {
  const sort = { column: 'duration_ms', descending: true };
  const { total, ...found } = await session.list('traces', filter, {
    limit: mostMatching,
    brief: false,
    sort,
  });
  const { columns, rows } = await resultOf(found);
  const at = (row: readonly Cell[], name: string): Cell => row[columns.indexOf(name)] ?? null;
  const traces = rows.map((row) => {
    const durationMs = at(row, 'duration_ms');
    return {
      traceId: String(at(row, 'trace_id')),
      service: String(at(row, 'root_service') ?? ''),
      name: String(at(row, 'root_name') ?? ''),
      durationMs: durationMs === null ? null : Number(durationMs),
      failed: Number(at(row, 'failed')) === 1,
    };
  });
  return { total, traces };
}

/** Spans whose id begins so; a question may come from anywhere. */
async function spansThat(session: Session, begin: string): Promise<MatchingSpans> {
  const { rows } = await resultOf(
    await session.query(/* sql */ `SELECT trace_id, span_id, service, name FROM spans
      WHERE span_id GLOB '${begin.replace(/[^0-9a-f]/g, '')}*'
      ORDER BY span_id, trace_id LIMIT ${mostMatching + 1}`),
  );
  const spans = rows.slice(0, mostMatching).map(([traceId, spanId, service, name]) => ({
    traceId: String(traceId),
    spanId: String(spanId),
    service: String(service),
    name: String(name),
  }));
  return { spans, more: rows.length > mostMatching };
}

/** Values of attributes in so many spans: those that are frequent anywhere are among them. */
const sampledSpans = 5_000;

/** Everything of the case that has a name, for the finder. */
export async function namesOf(session: Session): Promise<Names> {
  const { templates } = await session.templates();
  const { rows: metrics } = await resultOf(
    await session.query('SELECT DISTINCT metric, service FROM metric_points ORDER BY 1, 2'),
  );
  const { rows: attributes } = await resultOf(
    await session.query(/* sql */ `SELECT a.key, a.value FROM
      (SELECT attributes FROM spans LIMIT ${sampledSpans}) s, json_each(s.attributes) a
      WHERE a.type IN ('text', 'integer') AND length(a.value) <= 80
      GROUP BY a.key, a.value HAVING count(*) > 1 ORDER BY count(*) DESC, a.key, a.value`),
  );
  return {
    statements: templates.map(({ service, template, content }) => ({ service, template, content })),
    metrics: metrics.map(([metric, service]) => ({
      metric: String(metric),
      service: String(service),
    })),
    attributes: attributes.map(([key, value]) => ({ key: String(key), value: String(value) })),
  };
}

/** Rows that a person looks through. */
const mostRows = 1_000;

type Rows = Pick<SqlResult, 'columns' | 'rows' | 'more'>;

async function resultOf({ columns, rows }: QueryResult): Promise<Rows> {
  const first: (readonly Cell[])[] = [];
  for await (const row of rows) {
    if (first.length === mostRows) return { columns, rows: first, more: true };
    first.push(row);
  }
  return { columns, rows: first, more: false };
}

async function statementResult(session: Session, sql: string): Promise<SqlResult> {
  const result = await resultOf(await session.query(sql));
  return /\blog(s|_templates|_record)\b/i.test(sql)
    ? { ...result, said: await saidIn(session) }
    : result;
}

/** Statements of logs, and templates, that hold what people and models said: all records are looked at, once. */
const saidIn = once(async (session: Session): Promise<ReadonlySet<string>> => {
  const { rows } = await session.query(/* sql */ `SELECT DISTINCT l.statement, t.template
    FROM (SELECT DISTINCT iif(event_name = '', statement, NULL) AS statement, template_id FROM logs
      WHERE ${contentCondition('attributes', 'body', 'event_name')}) l
    JOIN log_templates t USING (template_id)`);
  const said = new Set<string>();
  for await (const row of rows) for (const text of row) if (text !== null) said.add(String(text));
  return said;
});

/** The public views and their columns. */
async function tablesOf(session: Session): Promise<Subjects['sql']['tables']> {
  const { rows } = await resultOf(
    await session.query(/* sql */ `SELECT m.name, json_group_array(p.name) FROM sqlite_master m
      JOIN pragma_table_info(m.name) p WHERE m.type = 'view' GROUP BY m.name ORDER BY m.rowid`),
  );
  return rows.map(([name, columns]) => ({
    name: String(name),
    columns: JSON.parse(String(columns)) as string[],
  }));
}

const everyRow = { limit: null, brief: true, sort: null } as const;

/** The windows and how good the data are, in one line. */
export function contextOf({ diagnosis }: Overview): string {
  const { windows, dataQuality } = diagnosis;
  const baseline = baselineText(diagnosis);
  return [
    ...(baseline === null ? [] : [baseline]),
    `incident ${spanOf(windows.incident)} UTC`,
    `data ${Math.floor(dataQuality.score * 100)}%`,
  ].join(' · ');
}
