import type { Span } from '../model.ts';
import type { TraceTree } from './link-trace.ts';
import type { PeerAddress } from './peer-address.ts';

/** Plain data: can be structured-cloned. */
export interface ServiceGraph {
  /** By service name. */
  readonly nodes: readonly ServiceNode[];
  /** By caller, callee, via. */
  readonly edges: readonly ServiceEdge[];
  /** Node name by alias key (`aliasKey`). Names that identify nobody are absent. */
  readonly aliases: Readonly<Record<string, string>>;
  /** Unanswered client calls whose address identifies nobody (loopback, a gateway to many). */
  readonly unresolvedCalls: number;
  /** Span links whose target was not captured, or not kept within the memory bound. */
  readonly unresolvedLinks: number;
}

export interface ServiceNode {
  readonly service: string;
  /** False: sent no span, known from its callers only. */
  readonly observed: boolean;
  readonly spans: number;
  /** Spans with status error. */
  readonly errors: number;
  /** Sorted. */
  readonly instances: readonly string[];
  /** Other names callers use for it, without ports, sorted. */
  readonly aliases: readonly string[];
  /** Of an observed node always `service`. */
  readonly kind: 'service' | 'database' | 'messaging' | 'external';
}

/** Calls from one service to another; a service's calls to itself are no edge. */
export interface ServiceEdge {
  readonly caller: string;
  readonly callee: string;
  /** `link`: a span link only. `messaging`: a producer or consumer takes part. */
  readonly via: 'call' | 'link' | 'messaging';
  readonly calls: number;
  /** Failed calls: status of the client span; of the callee's span if there is no client span. */
  readonly errors: number;
  /** Calls whose callee sent no span. */
  readonly unanswered: number;
  readonly unansweredErrors: number;
  /** Duration as the caller saw it, ns (see `histogram.ts`); null if no call was timed. */
  readonly p50Ns: number | null;
  readonly p95Ns: number | null;
  readonly p99Ns: number | null;
}

export interface ServiceGraphBuilder {
  /** Each trace once, in any order. */
  add(tree: TraceTree): void;
  finish(): ServiceGraph;
}

/** Accumulates the service graph trace by trace. `peerOf`: null if a span names no callee. */
export function serviceGraphBuilder(
  peerOf: (span: Span) => PeerAddress | null,
): ServiceGraphBuilder {
  throw new Error(`not written: ${peerOf}`);
}

/** Node that an address denotes; null if its names identify nobody. */
export function resolvePeer(graph: ServiceGraph, address: PeerAddress): string | null {
  throw new Error(`not written: ${graph} ${address}`);
}
