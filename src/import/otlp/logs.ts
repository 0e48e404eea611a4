/** One OTLP log record. Spec: opentelemetry-proto, logs/v1/logs.proto. */
import type { LogRecord, ResourceRecord, ScopeRecord } from '../../model.ts';
import type { Draft } from '../draft.ts';
import { shownValue } from '../shown.ts';
import { attributesText, bodyOf } from './any-value.ts';
import { enumField, type Fields, field, textField, unsignedField } from './fields.ts';
import { hexId } from './ids.ts';
import { isUnset, rawTimes, timeNs } from './times.ts';

/** 0 unspecified, then TRACE, TRACE2 .. FATAL4 as 1 to 24. */
const severities: ReadonlyMap<string, number> = new Map([
  ['0', 0],
  ['UNSPECIFIED', 0],
  ...['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'].flatMap((name, group) =>
    [1, 2, 3, 4].flatMap((step): [string, number][] => {
      const number = group * 4 + step;
      return [
        [String(number), number],
        [step === 1 ? name : `${name}${step}`, number],
      ];
    }),
  ),
]);
const timeField = ['timeUnixNano', 'time_unix_nano'] as const;
const observedField = ['observedTimeUnixNano', 'observed_time_unix_nano'] as const;
const severityField = ['severityNumber', 'severity_number'] as const;

/** Adds the log to the draft; none is skipped. */
export function decodeLog(
  draft: Draft,
  log: Fields,
  resource: ResourceRecord,
  scope: ScopeRecord,
): void {
  const time = times(draft, log);
  const body = bodyOf(draft, field(log, 'body'));
  draft.log({
    resource,
    scope,
    timeNs: time.timeNs,
    observedNs: time.observedNs,
    rawTime: time.rawTime,
    severityNumber: enumField(draft, log, severityField, severities, 'SEVERITY_NUMBER_', 0),
    severityText: textField(draft, log, 'severityText', 'severity_text'),
    body: body.text,
    structured: body.structured,
    eventName: textField(draft, log, 'eventName', 'event_name'),
    traceId: idOrNull(draft, 'traceId', field(log, 'traceId', 'trace_id'), 32),
    spanId: idOrNull(draft, 'spanId', field(log, 'spanId', 'span_id'), 16),
    flags: unsignedField(draft, log, 'flags'),
    attributes: attributesText(draft, log.attributes),
  });
}

function idOrNull(draft: Draft, name: string, value: unknown, digits: 16 | 32): string | null {
  const id = hexId(value, digits);
  if (id === null) draft.note('bad-record', `${name} is ${shownValue(value)}, no id: left out`);
  return id || null;
}

/** The observed time stands in for an absent one: the data model says so. */
function times(draft: Draft, log: Fields): Pick<LogRecord, 'timeNs' | 'observedNs' | 'rawTime'> {
  const time = field(log, ...timeField);
  const observed = field(log, ...observedField);
  const observedNs = timeNs(observed);
  const exact = timeNs(time);
  const timeBad = exact === null && !isUnset(time);
  const observedBad = observedNs === null && !isUnset(observed);
  const found = exact ?? observedNs;
  if (!timeBad && !observedBad && found !== null) {
    return { timeNs: found, observedNs, rawTime: null };
  }
  const rawTime = rawTimes(log, timeField, observedField);
  const kept = exact === null && observedNs !== null ? ', the observed time is taken' : '';
  draft.note('bad-time', `a time of the log cannot be used: ${rawTime}${kept}`);
  return { timeNs: found, observedNs, rawTime };
}
