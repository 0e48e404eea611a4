/**
 * What a failed call says about itself: the kind of failure in its status codes and texts.
 * Status codes first (they are conventions), then wordings of the common runtimes.
 */
import type { Span } from '../model.ts';
import { firstText } from './resource.ts';

export type FailureKind =
  | 'name-resolution'
  | 'connection'
  | 'timeout'
  | 'rate-limit'
  | 'out-of-memory'
  | 'pool'
  | 'other';

const memoryWords =
  /out of memory|\boom.?kill|outofmemoryerror|memoryerror|cannot allocate memory|\benomem\b/i;

/** Wordings of libc, Go, Node, Java, Python, gRPC core and Envoy; most specific first. */
const wordings: readonly (readonly [FailureKind, RegExp])[] = [
  [
    'name-resolution',
    /name resol(ution|ver)|getaddrinfo|enotfound|eai_again|no such host|unknownhost|name or service not known|nodename nor servname|lookup \S+ on \S+|dial (tcp|udp): lookup|dns (error|failure|resolution)|(could not|unable to|failed to) resolve host|server misbehaving|nxdomain/i,
  ],
  ['out-of-memory', memoryWords],
  // SQLAlchemy, HikariCP, DBCP, Knex, generic-pool, Go, Redis and HTTP clients: none was free in the client's own pool.
  [
    'pool',
    /queuepool limit|(connection )?pool (is |was )?(exhausted|at capacity)|pool timeout|pool error|pooltimeout|(acquir|obtain|get|wait|lease)\w* (for )?(an? |the )?(idle |jdbc )?(connection|object|resource) from (the )?(connection )?pool|hikaripool\S* - connection is not available|timeout acquiring a connection|resourcerequest timed out|no (free|idle) connections?\b/i,
  ],
  [
    'rate-limit',
    /rate.?limit|too many requests|resource_exhausted|quota exceeded|insufficient_quota|throttl(ed|ing)/i,
  ],
  [
    'connection',
    /econnrefused|connection refused|connection reset|econnreset|\bepipe\b|broken pipe|connection error|connection failure|connect error|no connection established|failed to connect|upstream connect|no route to host|ehostunreach|enetunreach|(host|network) is unreachable|connection (was )?(closed|aborted)|closed connection|remotedisconnected|socket hang up|no healthy upstream|transport is closing/i,
  ],
  ['timeout', /timed? ?out|timeout|deadline.?exceeded|etimedout/i],
];

/** Wordings of validators, databases and readers of columnar files for data of another shape. */
const schemaWords =
  /schema\W?(validation|mismatch|error|violation|evolution)|no such column|unknown column|column ["'`]?\S+["'`]? (does not exist|not found|is missing)|missing (required )?(column|field)|undefined ?column|unexpected (column|field|type)|cannot cast|incompatible (schema|type)s?/i;

/** Whether a text says that data has another shape than was agreed. */
export const isSchemaFailure = (text: string): boolean => schemaWords.test(text.slice(0, 2_000));

/** What the driver of a GPU logs (NVIDIA's Xid messages, error correction), and ROCm's of a reset. */
const gpuWords =
  /\bxid\b\W.{0,60}\d|fallen off the bus|(uncorrectable|double.?bit) ecc|\becc error|gpu reset (begin|failed)|ring \S+ timeout/i;

/** Events that no process or GPU passes over, by what kernels, drivers and orchestrators log of them. */
export function fatalEventIn(text: string): 'out-of-memory' | 'gpu-error' | null {
  const read = text.slice(0, 2_000);
  if (gpuWords.test(read)) return 'gpu-error';
  return memoryWords.test(read) ? 'out-of-memory' : null;
}

/** Codes of gRPC by name, as the stable convention writes them: OK is 0, UNAUTHENTICATED 16. */
const grpcCodes: readonly string[] = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
];
const grpcKinds: Readonly<Record<string, FailureKind>> = {
  DEADLINE_EXCEEDED: 'timeout',
  RESOURCE_EXHAUSTED: 'rate-limit',
  UNAVAILABLE: 'connection',
};
/** HTTP codes that speak of the way to the server rather than of the server. */
const httpKinds: Readonly<Record<string, FailureKind>> = {
  '408': 'timeout',
  '429': 'rate-limit',
  '502': 'connection',
  '503': 'connection',
  '504': 'timeout',
};

/** Every text a failed span gives for its failure: status, exceptions, error attributes. */
export function failureTexts(span: Span): readonly string[] {
  const texts = [
    span.statusMessage,
    firstText(span.attributes, ['error.message', 'grpc.error_message', 'exception.message']),
    firstText(span.attributes, ['error.type', 'exception.type']),
    ...span.events.flatMap((event) => [
      firstText(event.attributes, ['exception.message', 'message', 'error.message']),
      firstText(event.attributes, ['exception.type']),
    ]),
  ];
  return texts.filter((text): text is string => text !== null && text !== '');
}

/** The kind of a failed span's failure. Texts win over codes: they are the more specific. */
export function failureOf(span: Span): FailureKind {
  const text = failureTexts(span).join('\n').slice(0, 10_000);
  const worded = wordings.find(([, pattern]) => pattern.test(text))?.[0];
  if (worded) return worded;
  return grpcKinds[grpcCode(span) ?? ''] ?? httpKinds[httpCode(span) ?? ''] ?? 'other';
}

const grpcNames = ['rpc.grpc.status_code', 'rpc.response.status_code'];
const httpNames = ['http.response.status_code', 'http.status_code'];

/** Names of the codes that `failed` goes by. */
export const failureCodes: readonly string[] = [...grpcNames, ...httpNames];

/** Name of the gRPC code, from its name or number; null if none is recorded. */
function grpcCode({ attributes }: Pick<Span, 'attributes'>): string | null {
  const code = firstText(attributes, grpcNames);
  return code === null ? null : (grpcCodes[Number(code)] ?? code.toUpperCase());
}

const httpCode = ({ attributes }: Pick<Span, 'attributes'>): string | null =>
  firstText(attributes, httpNames);

/** Whether a span failed: by its status, or by an HTTP or gRPC code where the status is unset. */
export function failed(span: Pick<Span, 'status' | 'attributes'>): boolean {
  if (span.status === 'error') return true;
  if (span.status === 'ok') return false;
  const grpc = grpcCode(span);
  return Number(httpCode(span) ?? 0) >= 500 || (grpc !== null && serverFaults.has(grpc));
}

/** gRPC codes that are the server's fault (OpenTelemetry's table for server spans). */
const serverFaults = new Set([
  'UNKNOWN',
  'DEADLINE_EXCEEDED',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
]);

/** The exception type, else the status message's first line; null if the span tells neither. */
export function errorSignature(span: Span): string | null {
  const type = span.events
    .map((event) => firstText(event.attributes, ['exception.type']))
    .find((text) => text !== null);
  return type ?? firstText(span.attributes, ['error.type', 'exception.type']) ?? messageOf(span);
}

function messageOf(span: Span): string | null {
  const [text] = failureTexts(span);
  return text?.split('\n')[0]?.slice(0, 200) ?? null;
}
