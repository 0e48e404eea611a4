/** Commands a person would run next, ready to paste: telemetry text is quoted for SQL and shell. */
import type { Reference } from '../model.ts';
import type { Candidate } from './fusion.ts';

const shellQuote = (text: string): string => `'${text.replace(/'/g, `'\\''`)}'`;

// biome-ignore lint/suspicious/noControlCharactersInRegex: a control character must not be pasted
const controls = /([\u0000-\u001f\u007f-\u009f\u2028\u2029]+)/;

/** SQL text without a control character in it: those are spelt as numbers. */
function sqlText(text: string): string {
  const parts = text.split(controls).map((part, index) => {
    const codes = [...part].map((character) => character.codePointAt(0)).join(', ');
    return index % 2 === 1 ? `char(${codes})` : `'${part.replace(/'/g, "''")}'`;
  });
  return parts.filter((part) => part !== "''").join(' || ') || "''";
}

const query = (sql: string): string => `aidebug query ${shellQuote(sql)}`;

/** At most three: an example trace, the metric that moved, and what calls and is called. */
export function nextChecks({ service, cited }: Candidate): readonly string[] {
  const refs = cited.flatMap(({ evidence, direction }) =>
    direction === 'supports' ? evidence.refs : [],
  );
  const span = refs.find((ref) => ref.signal === 'span');
  const metric = refs.find((ref) => ref.signal === 'metric');
  const name = sqlText(service);
  return [
    ...(span ? [`aidebug trace ${span.traceId}`] : []),
    ...(metric ? [metricQuery(metric)] : []),
    query(`SELECT * FROM edges WHERE callee = ${name} OR caller = ${name}`),
  ];
}

const metricQuery = ({ metric, service }: Extract<Reference, { signal: 'metric' }>): string =>
  query(
    `SELECT time, instance, value, sum / count AS mean FROM metric_points WHERE metric = ${sqlText(metric)} AND service = ${sqlText(service)} ORDER BY time_ns`,
  );
