/** Commands a person would run next, ready to paste: telemetry text is quoted for the shell. */
import type { Reference } from '../model.ts';
import type { Candidate } from './fusion.ts';

const shellQuote = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a control character must not be pasted
  `'${text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?').replace(/'/g, `'\\''`)}'`;
const sqlText = (text: string): string => `'${text.replace(/'/g, "''")}'`;

const query = (sql: string): string => `aidebug query ${shellQuote(sql)}`;

/** At most three: an example trace, what the service did, and the metric that moved. */
export function nextChecks({ service, cited }: Candidate): readonly string[] {
  const refs = cited.flatMap(({ evidence, direction }) =>
    direction === 'supports' ? evidence.refs : [],
  );
  const span = refs.find((ref) => ref.signal === 'span');
  const metric = refs.find((ref) => ref.signal === 'metric');
  return [
    ...(span ? [`aidebug trace ${span.traceId}`] : []),
    ...(metric ? [metricQuery(metric)] : []),
    query(`SELECT * FROM edges WHERE callee = ${sqlText(service)} OR caller = ${sqlText(service)}`),
  ];
}

const metricQuery = ({ metric, service }: Extract<Reference, { signal: 'metric' }>): string =>
  query(
    `SELECT time, instance, value, sum / count AS mean FROM metric_points WHERE metric = ${sqlText(metric)} AND service = ${sqlText(service)} ORDER BY time_ns`,
  );
