/**
 * The messages of OTLP as tables: what each field number holds, and its name in OTLP/JSON.
 * Source: opentelemetry-proto 1.9, common, resource, trace, logs, metrics (v1).
 */

/** How the value of a field is encoded, and what it becomes (see `decodeMessage`). */
export type Scalar =
  | 'string'
  | 'bytes'
  | 'id'
  | 'bool'
  | 'uint32'
  | 'enum'
  | 'sint32'
  | 'int64'
  | 'uint64'
  | 'fixed32'
  | 'fixed64'
  | 'sfixed64'
  | 'double';

export interface FieldType {
  readonly name: string;
  readonly type: Scalar | Message;
  readonly repeated: boolean;
}

/** By field number. */
export type Message = ReadonlyMap<number, FieldType>;

type Row = readonly [number: number, name: string, type: Scalar | Message | (() => Message)];

/** A name that ends in [] is repeated. */
function message(...rows: readonly Row[]): Message {
  return new Map(
    rows.map(([number, written, type]) => {
      const name = written.replace('[]', '');
      const field = { name, repeated: name !== written };
      if (typeof type !== 'function') return [number, { ...field, type }];
      // A message that holds itself is looked up when it is needed.
      return [
        number,
        {
          ...field,
          get type() {
            return type();
          },
        },
      ];
    }),
  );
}

const anyValue: Message = message(
  [1, 'stringValue', 'string'],
  [2, 'boolValue', 'bool'],
  [3, 'intValue', 'int64'],
  [4, 'doubleValue', 'double'],
  [5, 'arrayValue', () => arrayValue],
  [6, 'kvlistValue', () => keyValueList],
  [7, 'bytesValue', 'bytes'],
);
const keyValue = message([1, 'key', 'string'], [2, 'value', anyValue]);
const arrayValue = message([1, 'values[]', anyValue]);
const keyValueList = message([1, 'values[]', keyValue]);

const resource = message([1, 'attributes[]', keyValue]);
const scope = message(
  [1, 'name', 'string'],
  [2, 'version', 'string'],
  [3, 'attributes[]', keyValue],
);

const event = message(
  [1, 'timeUnixNano', 'fixed64'],
  [2, 'name', 'string'],
  [3, 'attributes[]', keyValue],
  [4, 'droppedAttributesCount', 'uint32'],
);
const link = message(
  [1, 'traceId', 'id'],
  [2, 'spanId', 'id'],
  [3, 'traceState', 'string'],
  [4, 'attributes[]', keyValue],
  [5, 'droppedAttributesCount', 'uint32'],
  [6, 'flags', 'fixed32'],
);
const status = message([2, 'message', 'string'], [3, 'code', 'enum']);
const span = message(
  [1, 'traceId', 'id'],
  [2, 'spanId', 'id'],
  [3, 'traceState', 'string'],
  [4, 'parentSpanId', 'id'],
  [5, 'name', 'string'],
  [6, 'kind', 'enum'],
  [7, 'startTimeUnixNano', 'fixed64'],
  [8, 'endTimeUnixNano', 'fixed64'],
  [9, 'attributes[]', keyValue],
  [10, 'droppedAttributesCount', 'uint32'],
  [11, 'events[]', event],
  [12, 'droppedEventsCount', 'uint32'],
  [13, 'links[]', link],
  [14, 'droppedLinksCount', 'uint32'],
  [15, 'status', status],
  [16, 'flags', 'fixed32'],
);

const logRecord = message(
  [1, 'timeUnixNano', 'fixed64'],
  [2, 'severityNumber', 'enum'],
  [3, 'severityText', 'string'],
  [5, 'body', anyValue],
  [6, 'attributes[]', keyValue],
  [8, 'flags', 'fixed32'],
  [9, 'traceId', 'id'],
  [10, 'spanId', 'id'],
  [11, 'observedTimeUnixNano', 'fixed64'],
  [12, 'eventName', 'string'],
);

const exemplar = message(
  [2, 'timeUnixNano', 'fixed64'],
  [3, 'asDouble', 'double'],
  [4, 'spanId', 'id'],
  [5, 'traceId', 'id'],
  [6, 'asInt', 'sfixed64'],
  [7, 'filteredAttributes[]', keyValue],
);
const pointTimes: readonly Row[] = [
  [2, 'startTimeUnixNano', 'fixed64'],
  [3, 'timeUnixNano', 'fixed64'],
];
const numberPoint = message(
  ...pointTimes,
  [4, 'asDouble', 'double'],
  [5, 'exemplars[]', exemplar],
  [6, 'asInt', 'sfixed64'],
  [7, 'attributes[]', keyValue],
  [8, 'flags', 'uint32'],
);
const histogramPoint = message(
  ...pointTimes,
  [4, 'count', 'fixed64'],
  [5, 'sum', 'double'],
  [6, 'bucketCounts[]', 'fixed64'],
  [7, 'explicitBounds[]', 'double'],
  [8, 'exemplars[]', exemplar],
  [9, 'attributes[]', keyValue],
  [10, 'flags', 'uint32'],
  [11, 'min', 'double'],
  [12, 'max', 'double'],
);
const buckets = message([1, 'offset', 'sint32'], [2, 'bucketCounts[]', 'uint64']);
const exponentialPoint = message(
  [1, 'attributes[]', keyValue],
  ...pointTimes,
  [4, 'count', 'fixed64'],
  [5, 'sum', 'double'],
  [6, 'scale', 'sint32'],
  [7, 'zeroCount', 'fixed64'],
  [8, 'positive', buckets],
  [9, 'negative', buckets],
  [10, 'flags', 'uint32'],
  [11, 'exemplars[]', exemplar],
  [12, 'min', 'double'],
  [13, 'max', 'double'],
  [14, 'zeroThreshold', 'double'],
);
const summaryPoint = message(
  ...pointTimes,
  [4, 'count', 'fixed64'],
  [5, 'sum', 'double'],
  [6, 'quantileValues[]', message([1, 'quantile', 'double'], [2, 'value', 'double'])],
  [7, 'attributes[]', keyValue],
  [8, 'flags', 'uint32'],
);
const temporality: Row = [2, 'aggregationTemporality', 'enum'];
const metric = message(
  [1, 'name', 'string'],
  [2, 'description', 'string'],
  [3, 'unit', 'string'],
  [5, 'gauge', message([1, 'dataPoints[]', numberPoint])],
  [7, 'sum', message([1, 'dataPoints[]', numberPoint], temporality, [3, 'isMonotonic', 'bool'])],
  [9, 'histogram', message([1, 'dataPoints[]', histogramPoint], temporality)],
  [10, 'exponentialHistogram', message([1, 'dataPoints[]', exponentialPoint], temporality)],
  [11, 'summary', message([1, 'dataPoints[]', summaryPoint])],
);

export type ProtobufSignal = 'traces' | 'logs' | 'metrics';

/** The fields of `ScopeSpans`, `ScopeLogs` and `ScopeMetrics` have the same numbers. */
export const scopeField = { scope: 1, records: 2, schemaUrl: 3 } as const;
/** So have those of `ResourceSpans`, …; 1000 is the deprecated list of before OTLP 0.15. */
export const entryField = { resource: 1, scopes: 2, schemaUrl: 3, oldScopes: 1000 } as const;

export const recordOf: Readonly<Record<ProtobufSignal, Message>> = {
  traces: span,
  logs: logRecord,
  metrics: metric,
};
export { numberPoint as numberPointMessage, resource as resourceMessage, scope as scopeMessage };
