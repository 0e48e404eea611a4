import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { columnsOf, linkTrace, resolvePeer, serviceGraphBuilder } from '../src/graph/index.ts';
import type { Nanos, PeerAddress, PeerName, ServiceGraph, Span, SpanView } from '../src/model.ts';
import { anySpans, blank, column, draw, shuffled, spanId, traceId } from './draw.ts';

/** Names by attribute of the drawings, and by `kind:name` in the attribute `names`. */
function peerOf({ attributes }: SpanView): PeerAddress | null {
  const written = String(attributes.names ?? '').split(' ');
  const names = written.filter(Boolean).map((text) => named(text));
  if (attributes['server.address']) names.push(named(`host:${attributes['server.address']}`));
  const topic = attributes['messaging.destination.name'];
  if (topic) names.push(named(`messaging:${topic}`));
  return names.length === 0 ? null : { names };
}

function named(text: string): PeerName {
  const [kind = '', ...name] = text.split(':');
  return { kind: kind as PeerName['kind'], name: name.join(':') };
}

function graphOf(traces: readonly (readonly Span[])[]): ServiceGraph {
  const builder = serviceGraphBuilder(peerOf);
  for (const spans of traces) builder.add(columnsOf(linkTrace(spans)));
  return builder.finish();
}

/** Edges as `caller -> callee via calls/errors unanswered/errors`. */
const edgesOf = (graph: ServiceGraph) =>
  graph.edges.map(
    (edge) =>
      `${edge.caller} -> ${edge.callee} ${edge.via} ${edge.calls}/${edge.errors} ` +
      `${edge.unanswered}/${edge.unansweredErrors}`,
  );
const drawn = (...pictures: string[]) =>
  graphOf(pictures.map((picture, trace) => draw(picture, { trace })));

/**
 * Traces of one call each, one a line: `caller names... [-> service that answers] [xN]`. A line
 * without a call is a service that sends spans.
 */
function traces(text: string): Span[][] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.flatMap((line, number) => {
    const [, calls = '', answer, times = '1'] =
      /^(.*?)(?:-> (\S+))?\s*(?:x(\d+))?$/.exec(line) ?? [];
    const [service = '', ...names] = calls.trim().split(/\s+/);
    return Array.from({ length: Number(times) }, (_, repeat) => {
      const span = { ...blank, traceId: traceId(number * 1000 + repeat) };
      const root: Span = { ...span, service, kind: 'server' };
      const client: Span = {
        ...span,
        spanId: spanId(2),
        parentId: spanId(1),
        service,
        kind: 'client',
        attributes: { names: names.join(' ') },
      };
      const server: Span = {
        ...span,
        spanId: spanId(3),
        parentId: spanId(2),
        service: answer ?? '',
        kind: 'server',
      };
      return [root, ...(names.length > 0 ? [client] : []), ...(answer ? [server] : [])];
    });
  });
}
const called = (text: string) => graphOf(traces(text));
const resolved = (graph: ServiceGraph, names: string) =>
  resolvePeer(graph, { names: names.split(' ').map(named) });

describe('calls', () => {
  test('are counted per caller and callee', () => {
    const graph = drawn(
      `
      web            [===========!]
        web>cart       [========!]
          cart@c-1      [=====!]
            cart>redis   [==!]
    `,
      `
      web            [===========]
        web>cart       [========]
          cart@c-2      [=====]
    `,
    );
    expect(edgesOf(graph)).toEqual(['cart -> redis call 1/1 1/1', 'web -> cart call 2/1 0/0']);
    expect(graph.nodes).toMatchObject([
      { service: 'cart', observed: true, spans: 3, errors: 2, instances: ['c-1', 'c-2'] },
      { service: 'redis', observed: false, spans: 0, errors: 0, instances: [], kind: 'service' },
      { service: 'web', observed: true, spans: 4, errors: 2, instances: [] },
    ]);
    expect(graph.unresolvedCalls).toBe(0);
  });

  test('last as long as the client span, within a bucket', () => {
    const [edge] = drawn(`
      web>cart       [========]
        cart          [==]
    `).edges;
    expect(edge?.p50Ns).toBeGreaterThan(9 * column * 0.95);
    expect(edge?.p99Ns).toBeLessThan(9 * column * 1.05);
  });

  test('within one service are no edges and not unanswered', () => {
    const graph = graphOf([
      draw('web@1>web [===]\n  web@2 [=]', { set: { 'web@2': { kind: 'server' } } }),
    ]);
    expect(graph).toMatchObject({ edges: [], unresolvedCalls: 0 });
    expect(graph.nodes.map(({ service }) => service)).toEqual(['web']);
  });

  test('without a client span fail as their server does', () => {
    const graph = drawn(`
      web            [===========]
        cart          [=====!]
        web/x         [=====]
          auth          [=]
    `);
    expect(edgesOf(graph)).toEqual(['web -> auth call 1/0 0/0', 'web -> cart call 1/1 0/0']);
  });

  test('that wrap another call of their service count once', () => {
    const graph = drawn(`
      web            [===========]
        web>lib       [=====]
          web/x         [==]
            web>auth     [=]
    `);
    expect(edgesOf(graph)).toEqual(['web -> auth call 1/0 1/0']);
  });

  test('that know only an IP go by the name of the call they lie in', () => {
    const graph = graphOf([
      draw('web>cart [====]\n  web>10.0.0.7 [==]', {
        set: { 'web>10.0.0.7': { attributes: { names: 'ip:10.0.0.7' } } },
      }),
    ]);
    expect(edgesOf(graph)).toEqual(['web -> cart call 1/0 1/0']);
  });

  test('inside an answered call are that call, and teach its names', () => {
    const graph = drawn(
      `
      ad>x           [======]
        ad>flags.prod   [==]
        flagd          [==]
    `,
      'ad>flags.prod [==!]',
    );
    expect(edgesOf(graph)).toEqual(['ad -> flagd call 2/1 1/1']);
  });

  test('of a client that names nobody are no calls', () => {
    const graph = graphOf([draw('web>x [==]', { set: { 'web>x': { attributes: {} } } })]);
    expect(graph).toMatchObject({ edges: [], unresolvedCalls: 0 });
  });
});

describe('messages and links', () => {
  test('a consumer below a producer is a messaging edge', () => {
    const graph = drawn(`
      shop           [====]
        shop>>orders   [=]
          >>mail         [====!]
    `);
    expect(edgesOf(graph)).toEqual(['shop -> mail messaging 1/0 0/0']);
  });

  test('a producer without a consumer calls its destination', () => {
    const graph = drawn('shop>>orders [=]');
    expect(edgesOf(graph)).toEqual(['shop -> orders messaging 1/0 1/0']);
    expect(graph.nodes[0]).toMatchObject({ service: 'orders', kind: 'messaging' });
  });

  const linkTo = (trace: number, span: number) => ({
    links: [{ traceId: traceId(trace), spanId: spanId(span), attributes: {} }],
  });

  test('a link points from the earlier service to the later, across traces in any order', () => {
    const publish = draw('shop>>orders [=]', { trace: 1 });
    const consume = draw('>>mail [==!]', { trace: 2, set: { '>>mail': linkTo(1, 1) } });
    for (const both of [
      [publish, consume],
      [consume, publish],
    ]) {
      const graph = graphOf(both);
      expect(edgesOf(graph)).toContain('shop -> mail messaging 1/1 0/0');
      expect(graph.unresolvedLinks).toBe(0);
    }
  });

  test('a link between other spans is a link edge', () => {
    const graph = graphOf([
      draw('web [==]\n  batch [=]', { set: { batch: { parentId: null, ...linkTo(1, 1) } } }),
    ]);
    expect(edgesOf(graph)).toEqual(['web -> batch link 1/0 0/0']);
  });

  test('a link to the own parent or service is no edge', () => {
    const graph = graphOf([
      draw('shop>>orders [=]\n  >>mail [=]\n  shop [=]', {
        set: { '>>mail': linkTo(1, 1), shop: linkTo(1, 1) },
      }),
    ]);
    expect(edgesOf(graph)).toEqual(['shop -> mail messaging 1/0 0/0']);
    expect(graph.unresolvedLinks).toBe(0);
  });

  test('links to spans that were not captured are counted', () => {
    const graph = graphOf([
      draw('web [=]\n  cart [=]', { set: { web: linkTo(7, 1), cart: linkTo(1, 99) } }),
    ]);
    expect(graph.unresolvedLinks).toBe(2);
  });
});

describe('an unanswered call goes to', () => {
  test('the service that answered to the name before', () => {
    const graph = called(`
      web host:shop-7.internal:8080 -> cart
      web host:shop-7.internal
    `);
    expect(edgesOf(graph)).toEqual(['web -> cart call 2/0 1/0']);
    expect(graph.nodes[0]).toMatchObject({ service: 'cart', aliases: ['shop-7.internal'] });
  });

  test('nobody if several services answered to the name', () => {
    const graph = called(`
      web host:gateway -> cart
      web host:gateway -> auth
      web host:gateway
    `);
    expect(graph.unresolvedCalls).toBe(1);
    expect(resolved(graph, 'host:gateway')).toBeNull();
    expect(graph.nodes.map(({ service }) => service)).toEqual(['auth', 'cart', 'web']);
  });

  test('the one that answered nearly always', () => {
    const answers = (n: number) => `
      web host:front -> cart x${n}
      web host:front -> auth
      web host:front
    `;
    expect(resolved(called(answers(10)), 'host:front')).toBe('cart');
    expect(resolved(called(answers(9)), 'host:front')).toBeNull();
  });

  test('a service called like the gateway, which the gateway is', () => {
    const graph = called(`
      web host:gateway -> cart
      web host:gateway -> auth
      web host:gateway
      gateway
    `);
    expect(edgesOf(graph)).toContain('web -> gateway call 1/0 1/0');
  });

  test.each([
    ['host:Cart'],
    ['peer:cart'],
    ['host:cart:7070'],
    ['host:cart.default.svc.cluster.local:7070'],
    ['host:cart.prod'],
    ['rpc:oteldemo.Cart'],
  ])('the observed service that %s means', (name) => {
    expect(edgesOf(called(`web ${name}\ncart`))).toEqual(['web -> cart call 1/0 1/0']);
  });

  test.each([['host:cart.example.com'], ['host:my-cart'], ['rpc:cart.Health']])(
    'another node than the observed service cart for %s',
    (name) => {
      expect(edgesOf(called(`web ${name}\ncart`))).not.toContain('web -> cart call 1/0 1/0');
    },
  );

  test('the host that another caller names beside the same RPC service', () => {
    const graph = called(`
      frontend host:cartservice rpc:oteldemo.CartService
      checkout rpc:oteldemo.CartService
    `);
    expect(edgesOf(graph)).toEqual([
      'checkout -> cartservice call 1/0 1/0',
      'frontend -> cartservice call 1/0 1/0',
    ]);
    expect(graph.nodes[0]).toMatchObject({ service: 'cartservice', observed: false });
    expect(graph.nodes.find(({ service }) => service === 'cartservice')?.aliases).toEqual([
      'oteldemo.cartservice',
    ]);
  });

  test('a node of its own if the RPC service is offered by two hosts', () => {
    const graph = called(`
      a host:cart rpc:grpc.Health
      b host:auth rpc:grpc.Health
      c rpc:grpc.Health
    `);
    expect(edgesOf(graph)).toEqual([
      'a -> cart call 1/0 1/0',
      'b -> auth call 1/0 1/0',
      'c -> Health call 1/0 1/0',
    ]);
  });

  test('the service that answers to another of its names', () => {
    const graph = called(`
      a rpc:x.Cart -> cart-v2
      b host:basket rpc:x.Cart
      c host:basket
    `);
    expect(edgesOf(graph)).toContain('c -> cart-v2 call 1/0 1/0');
  });

  test('the RPC service and not the host, if services that answer elsewhere share the host', () => {
    const graph = called(`
      a rpc:x.Cart -> cart
      a rpc:x.Auth -> auth
      b host:envoy rpc:x.Cart
      b host:envoy rpc:x.Auth
      b host:envoy rpc:x.Mail
      c host:envoy
    `);
    expect(edgesOf(graph)).toEqual([
      'a -> auth call 1/0 0/0',
      'a -> cart call 1/0 0/0',
      'b -> Mail call 1/0 1/0',
      'b -> auth call 1/0 1/0',
      'b -> cart call 1/0 1/0',
    ]);
    expect(graph.unresolvedCalls).toBe(1);
  });

  test('the host, if only one RPC service of several on it answers elsewhere', () => {
    const graph = called(`
      a rpc:x.Cart -> cart
      b host:envoy rpc:x.Cart
      b host:envoy rpc:x.Mail
    `);
    expect(edgesOf(graph)).toContain('b -> envoy call 1/0 1/0');
    expect(edgesOf(graph)).toContain('b -> cart call 1/0 1/0');
  });

  test.each(['localhost', 'LOCALHOST:80', '127.0.0.1:6379', '::1', '[::1]:80', '0.0.0.0'])(
    'nobody if all it says is host %s',
    (host) => {
      expect(called(`web host:${host} -> cart\nweb host:${host}`)).toMatchObject({
        aliases: {},
        unresolvedCalls: 1,
      });
    },
  );

  test('the database or RPC service on localhost', () => {
    const graph = called(`
      web host:localhost database:redis
      web host:localhost ip:127.0.0.1 rpc:x.Cart
    `);
    expect(edgesOf(graph)).toEqual(['web -> Cart call 1/0 1/0', 'web -> redis call 1/0 1/0']);
  });

  test('an IP as what it is known for, else as such, never before a name', () => {
    expect(edgesOf(called('web ip:10.0.0.7 -> cart\nweb ip:10.0.0.7:80'))).toEqual([
      'web -> cart call 2/0 1/0',
    ]);
    expect(edgesOf(called('web host:10.0.0.7:80'))).toEqual(['web -> 10.0.0.7 call 1/0 1/0']);
    expect(edgesOf(called('web ip:10.0.0.7 host:cart\nweb ip:10.0.0.7'))).toEqual([
      'web -> cart call 2/0 2/0',
    ]);
    expect(edgesOf(called('web ip:10.0.0.7 -> auth\nweb ip:10.0.0.7 host:cart'))).toEqual([
      'web -> auth call 1/0 0/0',
      'web -> cart call 1/0 1/0',
    ]);
  });
});

describe('a node that sent nothing', () => {
  test.each([
    ['peer:Payments host:pay.svc', 'Payments', 'service'],
    ['host:pay.shop.svc.cluster.local', 'pay', 'service'],
    ['host:pay.internal', 'pay.internal', 'service'],
    ['host:api.openai.com:443 ip:1.2.3.4', 'api.openai.com', 'external'],
    ['host:api.mistral.eu', 'api.mistral.eu', 'external'],
    ['host:cart.eu', 'cart.eu', 'service'],
    ['host:db-1 database:postgresql/shop', 'db-1', 'database'],
    ['database:redis', 'redis', 'database'],
    ['host:broker messaging:orders', 'broker', 'messaging'],
    ['rpc:oteldemo.CartService', 'CartService', 'service'],
  ])('known as %s is called %s and is a %s', (names, service, kind) => {
    expect(called(`web ${names}`).nodes).toContainEqual(
      expect.objectContaining({ service, kind, observed: false }),
    );
  });

  test('is one node where two names of it would be called alike', () => {
    const graph = called('a host:cartservice\nb rpc:x.CartService\nc host:CartService.shop.svc');
    expect(graph.nodes.map(({ service }) => service)).toEqual(['a', 'b', 'c', 'cartservice']);
  });

  test('is not one with another of the same short RPC name', () => {
    const graph = called('a rpc:x.Health\nb rpc:y.Health');
    expect(graph.nodes.map(({ service }) => service)).toEqual(['a', 'b', 'x.Health', 'y.Health']);
  });

  test('does not join stores of one kind on different hosts', () => {
    const graph = called('a host:r1 database:redis\nb host:r2 database:redis');
    expect(edgesOf(graph)).toEqual(['a -> r1 call 1/0 1/0', 'b -> r2 call 1/0 1/0']);
    expect(resolved(graph, 'database:redis')).toBeNull();
  });
});

describe('any traces', () => {
  const names = fc
    .array(
      fc.constantFrom(
        'host:a',
        'host:cart',
        'host:envoy',
        'host:localhost',
        'peer:Cart',
        'rpc:x.Cart',
        'rpc:x.B',
        'database:redis',
        'messaging:orders',
        'ip:10.0.0.7',
      ),
      { maxLength: 3 },
    )
    .map((list) => list.join(' '));
  const cases = fc.array(
    fc.tuple(anySpans, fc.array(names, { minLength: 14, maxLength: 14 }), fc.array(fc.nat(8))),
    { maxLength: 8 },
  );
  const anyTraces = cases.map((list) =>
    list.map(([spans, addresses, links], trace) =>
      spans.map((span, index): Span => {
        const to = links[index];
        const link = { traceId: traceId(to ?? 0), spanId: spanId((to ?? 0) + 1), attributes: {} };
        return {
          ...span,
          traceId: traceId(trace),
          attributes: { names: addresses[index] ?? '' },
          links: to === undefined ? [] : [link],
          end: (span.end * column) as Nanos,
        };
      }),
    ),
  );

  test('give the same graph in every order', () => {
    fc.assert(
      fc.property(shuffled(anyTraces), ([one, other]) => {
        expect(JSON.stringify(graphOf(other))).toBe(JSON.stringify(graphOf(one)));
      }),
    );
  });

  test('give a graph whose parts fit together and can be cloned', () => {
    fc.assert(
      fc.property(anyTraces, (list) => {
        const graph = graphOf(list);
        expect(structuredClone(graph)).toEqual(graph);
        const nodes = new Map(graph.nodes.map((node) => [node.service, node]));
        expect(nodes.size).toBe(graph.nodes.length);
        for (const edge of graph.edges) {
          expect(nodes.get(edge.caller)?.observed).toBe(true);
          expect(nodes.has(edge.callee)).toBe(true);
          expect(edge.caller).not.toBe(edge.callee);
          if (!nodes.get(edge.callee)?.observed) expect(edge.unanswered).toBe(edge.calls);
        }
        for (const node of Object.values(graph.aliases)) expect(nodes.has(node)).toBe(true);
      }),
    );
  });

  const lines = fc.array(
    fc.tuple(fc.constantFrom('web', 'shop'), names, fc.constantFrom('', '', '-> cart', '-> auth')),
    { maxLength: 10 },
  );
  const graphOfLines = (list: readonly (readonly string[])[]) =>
    called(list.map((line) => line.join(' ')).join('\n'));

  test('give names the same meaning in every order', () => {
    fc.assert(
      fc.property(shuffled(lines), ([one, other]) => {
        expect(JSON.stringify(graphOfLines(other))).toBe(JSON.stringify(graphOfLines(one)));
      }),
    );
  });

  test('resolve an address as the graph did', () => {
    fc.assert(
      fc.property(lines, (list) => {
        const graph = graphOfLines(list);
        const unanswered = list.filter(([, address, answer]) => address !== '' && answer === '');
        const callees = unanswered.map(([caller, address]) => ({
          caller,
          callee: resolved(graph, address),
        }));
        for (const edge of callees.filter(({ caller, callee }) => callee && callee !== caller)) {
          expect(graph.edges).toContainEqual(expect.objectContaining(edge));
        }
        const unresolved = callees.filter(({ callee }) => callee === null).length;
        expect(unresolved).toBe(graph.unresolvedCalls);
      }),
    );
  });
});
