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
  | 'other';

/** Wordings of libc, Go, Node, Java, Python, gRPC core and Envoy; most specific first. */
const wordings: readonly (readonly [FailureKind, RegExp])[] = [
  [
    'name-resolution',
    /name resolution|getaddrinfo|enotfound|eai_again|no such host|unknownhost|name or service not known|nodename nor servname|lookup \S+ on \S+|dns (error|failure)|server misbehaving|nxdomain/i,
  ],
  [
    'out-of-memory',
    /out of memory|oomkilled|outofmemoryerror|cuda error: out of memory|memoryerror/i,
  ],
  ['rate-limit', /rate.?limit|too many requests|resource_exhausted|quota exceeded/i],
  [
    'connection',
    /econnrefused|connection refused|connection reset|econnreset|epipe|broken pipe|connection error|connect error|no connection established|failed to connect|upstream connect|no route to host|ehostunreach|enetunreach|host is unreachable|connection (was )?(closed|aborted)|socket hang up|no healthy upstream|transport is closing/i,
  ],
  ['timeout', /timed? ?out|timeout|deadline.?exceeded|etimedout/i],
];

/** gRPC codes: 4 deadline exceeded, 8 resource exhausted, 14 unavailable. */
const grpcKinds: Readonly<Record<string, FailureKind>> = {
  '4': 'timeout',
  '8': 'rate-limit',
  '14': 'connection',
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
  const grpc = firstText(span.attributes, ['rpc.grpc.status_code', 'rpc.response.status_code']);
  const http = firstText(span.attributes, ['http.response.status_code', 'http.status_code']);
  return grpcKinds[grpc ?? ''] ?? httpKinds[http ?? ''] ?? 'other';
}

/** Whether a span failed: by its status, or by an HTTP or gRPC code where the status is unset. */
export function failed(span: Span): boolean {
  if (span.status === 'error') return true;
  if (span.status === 'ok') return false;
  const http = Number(
    firstText(span.attributes, ['http.response.status_code', 'http.status_code']) ?? 0,
  );
  const grpc = firstText(span.attributes, ['rpc.grpc.status_code', 'rpc.response.status_code']);
  return http >= 500 || (grpc !== null && serverFaults.has(grpc));
}

/** gRPC codes that are the server's fault (OpenTelemetry's table for server spans). */
const serverFaults = new Set(['2', '4', '12', '13', '14', '15']);

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
