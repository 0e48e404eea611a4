/**
 * The schema of a case: private tables, and the public views over them. Both are SQL files; the
 * views use a few shorthands in braces that are written out here, so that they also work in
 * the plain `sqlite3` shell.
 */
import { readFileSync } from 'node:fs';
import { packageFile } from '../../package.ts';

/** Stored as `pragma user_version`. Another number means: import again. */
export const schemaVersion = 8;

// src/ is shipped beside dist/: the files need no copy step.
const read = (name: string): string =>
  readFileSync(packageFile(`src/store/sqlite/${name}`), 'utf8');

export const tables = (): string => read('tables.sql');
export const indexes = (): string => read('indexes.sql');

/** The documented public views, as runnable SQL. */
export const views = (): string =>
  read('views.sql')
    .replace(/\{iso ([^}]+)\}/g, (_, column: string) => isoTime(column))
    .replace(/\{label (\w+) ([\w.]+) ([\w.]+)\}/g, (_, signal: string, key: string, own: string) =>
      labelOf(signal, key, own),
    )
    .replace(/\{attributes (\w+) (\w+)\}/g, (_, own: string, head: string) =>
      attributesOf(own, head),
    )
    .replace(/\{severity (\w+)\}/g, (_, table: string) => severityName(table))
    .replace(/\{hash (\w+)\}/g, (_, table: string) => hashText(`${table}.hash`));

/** The SELECT of a view, with columns of its tables that users do not see. */
export function viewWith(name: string, columns: string): string {
  const [, select = ''] =
    new RegExp(`^CREATE VIEW ${name} AS SELECT\\n([\\s\\S]*?);$`, 'm').exec(views()) ?? [];
  return `SELECT ${columns}, ${select}`;
}

/** Exact: whole seconds by strftime, milliseconds by integer arithmetic. */
function isoTime(column: string): string {
  return (
    `(strftime('%Y-%m-%dT%H:%M:%S', ${column} / 1000000000, 'unixepoch') || ` +
    `printf('.%03dZ', ${column} / 1000000 % 1000))`
  );
}

/** The attributes of a span: those of its head and its own, which are others. */
function attributesOf(span: string, head: string): string {
  const [own, shared] = [`${span}.attributes`, `${head}.attributes`];
  return (
    `CASE WHEN ${own} IS NULL THEN ${shared} WHEN length(${shared}) = 2 THEN ${own} ` +
    `ELSE substr(${shared}, 1, length(${shared}) - 1) || ',' || substr(${own}, 2) END`
  );
}

/** A record in several imports is baseline if one of them is; else the least label. */
export function labelOf(signal: string, key: string, own: string): string {
  return (
    `(SELECT label FROM (SELECT ${own} AS label UNION ALL SELECT j.label FROM also_in a ` +
    `JOIN import j USING (import_id) WHERE a.signal = '${signal}' AND a.record_key = ${key}) ` +
    `WHERE label IS NOT NULL ORDER BY label <> 'baseline', label LIMIT 1)`
  );
}

/** A hash as it is shown: 16 hex digits. */
export const hashText = (column: string): string => `printf('%016x', ${column})`;

/** Id of a log record, as the view `logs` writes it; `of`: prefix of its columns, such as `g.`. */
export const logIdText = (of = ''): string =>
  `(${hashText(`${of}hash`)} || CASE ${of}occurrence WHEN 1 THEN '' ELSE '-' || ${of}occurrence END)`;

/** Severity ranges of the OTLP log data model: 1-4 trace … 21-24 fatal. */
export function severityName(table: string): string {
  const names = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
  const cases = names.map((name, index) => `WHEN ${index} THEN '${name}'`).join(' ');
  return (
    `CASE WHEN ${table}.severity_number > 0 THEN CASE (${table}.severity_number - 1) / 4 ` +
    `${cases} END ELSE upper(${table}.severity_text) END`
  );
}
