/**
 * Which statement of the code wrote a log record. Where the logger says so itself, the text need
 * not be compared: two bodies of one line are one statement, however different.
 *
 * After: OpenTelemetry's code attributes, old and new names; `log.logger` and `log.origin` of the
 * Elastic Common Schema; what Logback, Log4j and Python's logging add.
 */
import type { Attributes } from '../model.ts';
import { firstText } from './resource.ts';

export const eventNames = ['event.name'];
const loggerNames = ['log.logger', 'logger.name', 'logger_name', 'logger'];
const functionNames = ['code.function.name', 'code.function', 'log.origin.function'];
const fileNames = ['code.file.path', 'code.filepath', 'code.namespace', 'log.origin.file.name'];
const lineNames = ['code.line.number', 'code.lineno', 'log.origin.file.line'];

/** Whether attributes, as JSON text, may tell a place: parsing them is the dear part. */
export const tellsPlace = (attributes: string): boolean =>
  /"(?:event\.name|code\.|log\.origin)/.test(attributes);

/**
 * Name of the event, else logger or file and line; null if the record tells neither: a logger
 * alone writes many statements. `scope` stands in for the logger.
 */
export function placeOf(attributes: Attributes, scope: string): string | null {
  const event = firstText(attributes, eventNames);
  if (event !== null) return event;
  const line = firstText(attributes, lineNames);
  if (line === null) return null;
  const logger =
    firstText(attributes, loggerNames) ??
    firstText(attributes, fileNames) ??
    firstText(attributes, functionNames) ??
    scope;
  return `${logger}:${line}`;
}
