/** Requests as protobuf and back, by code that protobufjs generated from the published schema. */
import root from 'otlp-transformer-0208/build/src/generated/root.js';

const { trace, logs } = root.opentelemetry.proto.collector;

const bytesOf = (id) => Buffer.from(id, 'hex');

/** Ids are text in OTLP/JSON, bytes in protobuf. */
const withBytes = ({ traceId, spanId, parentSpanId, ...rest }) => ({
  ...rest,
  traceId: bytesOf(traceId),
  spanId: bytesOf(spanId),
  ...(parentSpanId !== undefined && { parentSpanId: bytesOf(parentSpanId) }),
});

function tracesWithBytes({ resourceSpans }) {
  return {
    resourceSpans: resourceSpans.map(({ resource, scopeSpans }) => ({
      resource,
      scopeSpans: scopeSpans.map(({ scope, spans }) => ({ scope, spans: spans.map(withBytes) })),
    })),
  };
}

function logsWithBytes({ resourceLogs }) {
  return {
    resourceLogs: resourceLogs.map(({ resource, scopeLogs }) => ({
      resource,
      scopeLogs: scopeLogs.map(({ scope, logRecords }) => ({
        scope,
        logRecords: logRecords.map(withBytes),
      })),
    })),
  };
}

/** A request of `writeDump` as protobuf. */
export function encoded(request) {
  const [message, found] =
    'resourceSpans' in request
      ? [trace.v1.ExportTraceServiceRequest, tracesWithBytes(request)]
      : [logs.v1.ExportLogsServiceRequest, logsWithBytes(request)];
  return message.encode(message.fromObject(found)).finish();
}

export const decodedTraces = (bytes) => trace.v1.ExportTraceServiceRequest.decode(bytes);
export const decodedLogs = (bytes) => logs.v1.ExportLogsServiceRequest.decode(bytes);
