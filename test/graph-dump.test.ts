/**
 * The service graph of a real dump: 36 s of the OpenTelemetry demo with its cart service down, so
 * that the service at fault sent no span at all.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { columnsOf, linkTrace, resolvePeer, serviceGraphBuilder } from '../src/graph/index.ts';
import type {
  Nanos,
  PeerAddress,
  PeerName,
  Span,
  SpanId,
  SpanKind,
  TraceId,
} from '../src/model.ts';
import { blank } from './draw.ts';

const data = process.env.AIDEBUG_DATA;
if (data === undefined) process.stderr.write('SKIPPED graph-dump: AIDEBUG_DATA is not set\n');

interface Pairs {
  readonly attributes?: readonly { readonly key: string; readonly value: object }[];
}
interface RawSpan extends Pairs {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind?: number;
  readonly status?: { readonly code?: number };
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
}
interface RawLine {
  readonly resourceSpans?: readonly {
    readonly resource: Pairs;
    readonly scopeSpans: readonly { readonly spans: readonly RawSpan[] }[];
  }[];
}

const kinds: SpanKind[] = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];
const epochNs = 1730291040000000000n;
const sinceEpoch = (ns: string) => Number(BigInt(ns) - epochNs) as Nanos;
const attributesOf = ({ attributes = [] }: Pairs) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));

function readSpans(path: string): Span[] {
  const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean);
  const resources = lines.flatMap((line) => (JSON.parse(line) as RawLine).resourceSpans ?? []);
  return resources.flatMap(({ resource, scopeSpans }) =>
    scopeSpans
      .flatMap(({ spans }) => spans)
      .map((span) => ({
        ...blank,
        traceId: span.traceId as TraceId,
        spanId: span.spanId as SpanId,
        parentId: (span.parentSpanId || null) as SpanId | null,
        service: String(attributesOf(resource)['service.name']),
        name: span.name,
        kind: kinds[span.kind ?? 0] ?? 'unspecified',
        status: span.status?.code === 2 ? 'error' : 'unset',
        start: sinceEpoch(span.startTimeUnixNano),
        end: sinceEpoch(span.endTimeUnixNano),
        attributes: attributesOf(span),
      })),
  );
}

function peerOf({ attributes }: Pick<Span, 'attributes'>): PeerAddress | null {
  const names: PeerName[] = [];
  const add = (kind: PeerName['kind'], name: unknown) => {
    if (typeof name === 'string') names.push({ kind, name });
  };
  add('host', attributes['server.address'] ?? attributes['net.peer.name']);
  add('host', /^\w+:\/\/([^/]+)/.exec(String(attributes['http.url']))?.[1]);
  add('rpc', attributes['rpc.service']);
  add('ip', attributes['network.peer.address'] ?? attributes['peer.address']);
  return names.length === 0 ? null : { names };
}

describe.skipIf(data === undefined)('the graph of a dump whose cart service is down', () => {
  const byTrace = new Map<TraceId, Span[]>();
  for (const span of data ? readSpans(`${data}/otlp/otel-tui/test_data.json`) : []) {
    byTrace.set(span.traceId, [...(byTrace.get(span.traceId) ?? []), span]);
  }
  const trees = [...byTrace.values()].map(linkTrace);
  const builder = serviceGraphBuilder(peerOf);
  for (const tree of trees) builder.add(columnsOf(tree));
  const graph = builder.finish();
  const edge = (caller: string, callee: string) =>
    graph.edges.find((found) => found.caller === caller && found.callee === callee);

  test('has a node for it, known from its callers', () => {
    expect(graph.nodes.find(({ service }) => service === 'cartservice')).toEqual({
      service: 'cartservice',
      observed: false,
      spans: 0,
      errors: 0,
      instances: [],
      aliases: ['oteldemo.cartservice'],
      kind: 'service',
    });
    expect(graph.nodes.filter(({ observed }) => !observed)).toHaveLength(1);
  });

  test('leads to it from frontend, and from checkout, which names it as RPC service only', () => {
    const failed = (calls: number) => ({
      calls,
      errors: calls,
      unanswered: calls,
      unansweredErrors: calls,
    });
    expect(edge('frontend', 'cartservice')).toMatchObject(failed(14));
    expect(edge('checkoutservice', 'cartservice')).toMatchObject(failed(4));
    const names = [{ kind: 'rpc' as const, name: 'oteldemo.CartService' }];
    expect(resolvePeer(graph, { names })).toBe('cartservice');
  });

  test('counts what others answered and left unanswered', () => {
    expect(edge('frontend', 'adservice')).toMatchObject({ calls: 11, unanswered: 2 });
    expect(edge('adservice', 'flagd')).toMatchObject({ calls: 2, unanswered: 0 });
    expect(edge('recommendationservice', 'flagd')).toMatchObject({ calls: 4, unanswered: 0 });
    expect(graph).toMatchObject({ unresolvedCalls: 0, unresolvedLinks: 0 });
  });

  test('keeps every span in its trees', () => {
    expect(trees).toHaveLength(141);
    expect(trees.reduce((sum, { spans }) => sum + spans.length, 0)).toBe(547);
  });
});
