/** Formats that are recognised but not read: each with what to do instead. */
import { UserError } from '../errors.ts';
import { type Head, isBinary } from './format.ts';

interface Unread {
  readonly title: string;
  readonly hint: string;
  matches(head: Head): boolean;
}

const readAsOtlp =
  'Export OTLP/JSON instead: replay it through an OpenTelemetry Collector with the file exporter.';
const exportFromSdk =
  'Export OTLP instead (OTEL_TRACES_EXPORTER=otlp) to a Collector with the file exporter.';
const exportFromTool = 'Export its OpenTelemetry spans as OTLP/JSON instead.';

const magic =
  (...signatures: readonly string[]) =>
  ({ bytes }: Head): boolean =>
    signatures.some((hex) => Buffer.from(bytes.subarray(0, hex.length / 2)).equals(fromHex(hex)));
const fromHex = (hex: string): Buffer => Buffer.from(hex, 'hex');
const keys =
  (...wanted: readonly string[]) =>
  ({ paths }: Head): boolean =>
    wanted.every((path) => paths.has(path));
const anyOf =
  (...tests: readonly Unread['matches'][]) =>
  (head: Head): boolean =>
    tests.some((test) => test(head));

/** Asked in order: the narrow before the wide. */
const unread: readonly Unread[] = [
  compressed('bzip2', '425a68', 'bunzip2 FILE'),
  compressed('xz', 'fd377a585a', 'xz -d FILE'),
  compressed('lz4', '04224d18', 'lz4 -d FILE'),
  compressed('zip', '504b0304', 'unzip FILE'),
  { title: 'Parquet', hint: readAsOtlp, matches: magic('50415231') },
  { title: 'Apache Arrow', hint: readAsOtlp, matches: magic('4152524f5731', 'ffffffff') },
  {
    title: 'an SQLite database',
    hint: 'If it is an aidebug case, open it with --db.',
    matches: magic('53514c69746520666f726d61742033'),
  },
  {
    title: 'UTF-16 text',
    hint: 'Convert it to UTF-8 first: iconv -f UTF-16 -t UTF-8 FILE.',
    matches: magic('fffe', 'feff'),
  },
  {
    title: 'a list of Tempo search results, not traces',
    hint: 'Fetch each trace: /api/v2/traces/ID.',
    matches: anyOf(keys('traces[].traceID'), keys('traces', 'metrics')),
  },
  {
    title: 'Langfuse JSON',
    hint: exportFromTool,
    matches: anyOf(
      keys('observations[].traceId'),
      keys('trace.projectId'),
      keys('traceId', 'startTime', 'type'),
      keys('data[].traceId', 'data[].type'),
      keys('data[].id', 'data[].projectId'),
    ),
  },
  {
    title: 'a dump of JavaScript SDK spans (ReadableSpan), or its console output',
    hint: exportFromSdk,
    matches: anyOf(keys('spanContext.traceId'), keys('_spanContext.traceId'), ({ text }) =>
      /^\s*traceId: '/m.test(text),
    ),
  },
  {
    title: 'Zipkin v1 JSON',
    hint: 'Ask Zipkin for v2: /api/v2/traces.',
    matches: anyOf(keys('traceId', 'id', 'binaryAnnotations'), keys('annotations[].endpoint')),
  },
  {
    title: 'output of the Python console exporter',
    hint: exportFromSdk,
    matches: ({ paths, text }) => paths.has('context.trace_id') && /"0x[0-9a-f]{32}"/.test(text),
  },
  {
    title: 'Phoenix spans',
    hint: exportFromTool,
    matches: anyOf(keys('context.trace_id'), keys('data[].context.trace_id')),
  },
  {
    title: 'output of the Go stdout exporter',
    hint: exportFromSdk,
    matches: keys('SpanContext.TraceID'),
  },
  { title: 'MLflow traces', hint: exportFromTool, matches: keys('info.trace_id', 'data.spans') },
  { title: 'LangSmith runs', hint: exportFromTool, matches: keys('dotted_order', 'run_type') },
  {
    title: 'AWS X-Ray JSON',
    hint: readAsOtlp,
    matches: anyOf(keys('Traces[].Segments'), keys('trace_id', 'start_time', 'subsegments')),
  },
  {
    title: 'Datadog JSON',
    hint: readAsOtlp,
    matches: anyOf(
      keys('data[].attributes.span_id'),
      keys('trace_id', 'span_id', 'start', 'duration', 'meta'),
    ),
  },
  {
    title: 'rows of a ClickHouse table of the OpenTelemetry exporter',
    hint: readAsOtlp,
    matches: anyOf(keys('TraceId', 'SpanName'), keys('TraceId', 'SeverityText', 'Body')),
  },
  {
    title: 'single OTLP spans without resource and scope',
    hint: 'Wrap them in {"resourceSpans":[{"scopeSpans":[{"spans":[...]}]}]}.',
    matches: keys('traceId', 'spanId', 'startTimeUnixNano'),
  },
  {
    title: 'a container log',
    hint: 'Take the lines out of it first: jq -r .log FILE.',
    matches: keys('log', 'stream', 'time'),
  },
];

function compressed(name: string, signature: string, command: string): Unread {
  return {
    title: `${name}-compressed data`,
    hint: `Decompress it first: ${command}.`,
    matches: magic(signature),
  };
}

/** The error for a dump that no format reads. `damage` is what is wrong with its compression. */
export function explainUnread(name: string, head: Head, damage: string | null): UserError {
  const known =
    'aidebug reads OTLP (JSON or protobuf), Jaeger and Zipkin JSON, also in gzip or zstd.';
  const because = damage === null ? '' : ` (${damage})`;
  const error = (message: string, hint: string): UserError =>
    new UserError('unreadable', `${name}: ${message}${because}`, { hint });
  if (head.text.trim() === '') {
    const what = head.bytes.length === 0 ? 'is empty' : 'holds nothing but white space';
    return error(what, known);
  }
  const found = unread.find(({ matches }) => matches(head));
  if (found) return error(`is ${found.title}, which aidebug does not read`, found.hint);
  if (isBinary(head.bytes)) return error('is binary data of an unknown format', known);
  if (/^[\s\uFEFF]*[[{]/.test(head.text)) return error('is JSON, but not telemetry', known);
  return error('is text of an unknown format', known);
}
