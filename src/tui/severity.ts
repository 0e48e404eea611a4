import { severities } from '../model.ts';
import type { Style } from './line.ts';

/** Severity numbers of OTLP logs in words: four steps to a name (OpenTelemetry log data model). */
const names = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];

/** 1 to 24; anything else is "unknown". */
export const severityName = (severity: number): string =>
  names[Math.floor((severity - 1) / 4)] ?? 'unknown';

export const severityStyle = ({ severity }: { readonly severity: number }): readonly Style[] =>
  severity >= severities.error ? ['red'] : severity >= severities.warning ? ['yellow'] : ['dim'];
