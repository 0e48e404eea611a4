/** What the session is asked for at each place. */
import { once } from '../grouping.ts';
import { type Cell, type Nanos, nanos, type Overview, type QueryResult } from '../model.ts';
import { contentEvents } from '../semantics/index.ts';
import type { Session } from '../session.ts';
import type { Names } from './finder.ts';
import type { MatchingTraces, Place, Question, SqlResult, Subjects } from './screen.ts';
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
      case 'sql':
        return statementResult(session, question.sql);
      case 'matching':
        return matchingTraces(session, question.filter);
      case 'drift':
        return session.drift();
      case 'diff':
        return session.diff(question.a, question.b);
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
  const ofLogs = /\blog(s|_templates|_record)\b/i.test(sql);
  return { ...result, said: ofLogs && (await saysInLogs(session)) };
}

/** Whether any log record tells by its name that it is what was said: all are looked at, once. */
const saysInLogs = once(async (session: Session): Promise<boolean> => {
  const names = contentEvents.flatMap((begin) => [
    `event_name GLOB '${begin}*'`,
    `instr(attributes, '"event.name":"${begin}') > 0`,
  ]);
  const { rows } = await resultOf(
    await session.query(`SELECT 1 FROM logs WHERE ${names.join(' OR ')} LIMIT 1`),
  );
  return rows.length > 0;
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
