/** What the drawn cases of `classes.ts` are made of: signals, requests, agents. */
import type { Attributes, Nanos, Span } from '../src/model.ts';
import { type DrawnCase, earlier, gauge, later, logging, type Many, type Trace } from './case.ts';

/** A gauge once a minute that goes from one level to another, each within a fiftieth. */
export function moved(name: string, was: number, is: number, of: Of = {}): DrawnCase {
  const about = (level: number, count: number): number[] =>
    Array.from({ length: count }, (_, at) => level * (1 + ((at * 5) % 7) / 350));
  return metric(name, about(was, 8), about(is, 5), of);
}
interface Of {
  readonly service?: string;
  readonly instance?: string;
  readonly attributes?: Attributes;
}
const metric = (
  name: string,
  before: readonly number[],
  during: readonly number[],
  { service = 'cart', instance = `${service}-0`, attributes = {} }: Of = {},
): DrawnCase => ({
  series: [gauge({ name, service, instance, attributes, before, during })],
});
/** A counter that stood still. */
const counted = (name: string): DrawnCase => metric(name, Array(8).fill(0), [1, 2, 3, 4, 5]);

export const together = (...all: readonly DrawnCase[]): DrawnCase => {
  const [baseline, incident] = [
    all.flatMap((one) => one.baseline ?? []),
    all.flatMap((one) => one.incident ?? []),
  ];
  const unlabelled = all.flatMap((one) => one.unlabelled ?? []);
  return {
    ...(baseline.length + incident.length > 0 ? { baseline, incident } : {}),
    ...(unlabelled.length > 0 ? { unlabelled } : {}),
    series: all.flatMap((one) => one.series ?? []),
  };
};

export const cpu = moved('container.cpu.utilization', 0.3, 0.97);
/** Half of it is used: requests wait a little. */
export const someCpu = moved('container.cpu.utilization', 0.3, 0.6);
export const memory = moved('container.memory.utilization', 0.4, 0.96);
export const someMemory = moved('container.memory.utilization', 0.4, 0.6);
export const disk = moved('system.disk.utilization', 0.2, 0.97);
export const queue = moved('http.server.requests.waiting', 0, 9);
export const restarts = counted('k8s.container.restarts');
export const xid = counted('DCGM_FI_DEV_XID_ERRORS');
export const clock = moved('DCGM_FI_DEV_SM_CLOCK', 1_400, 700);
export const descriptors = together(
  moved('process.open_fds', 300, 1_000),
  metric('process.max_fds', Array(8).fill(1_024), Array(5).fill(1_024)),
);
export const freshness = (of?: Of) => moved('feature.freshness_seconds', 30, 900, of);
export const psi = (of?: Of) => moved('feature.psi', 0.05, 0.6, of);
export const found = (of?: Of) => moved('retrieval.documents.count', 8, 1, of);
export const elsewhere = { service: 'other' };
export const quality = (service = 'cart') =>
  moved('model.accuracy', 0.92, 0.6, { service, attributes: { 'model.name': 'ranker' } });
/** One replica of ten has a new version: of all of them hardly anything changes. */
export function worseVersion(service = 'cart'): DrawnCase {
  const replica = (number: number, name: string): Of => ({
    ...{ service, instance: `${service}-${number}` },
    attributes: { 'model.name': 'ranker', 'model.version': name },
  });
  const usual = [0.9, 0.91, 0.92, 0.9, 0.91, 0.9, 0.92, 0.91];
  return together(
    ...Array.from({ length: 9 }, (_, at) =>
      metric('model.confidence', usual, usual.slice(0, 5), replica(at, 'v7')),
    ),
    metric('model.confidence', [], [0.7, 0.71, 0.7, 0.69, 0.7], replica(9, 'v8')),
  );
}

export const well = `
  web/GET      [==============]
    web>cart     [==========]
      cart/get     [=======]
        cart>db      [==]
`;
export const refused = `
  web/GET      [==============!]
    web>cart     [==========!]
`;
export const refusedTwice = `
  web/GET      [==============!]
    web>cart     [==!]
    web>cart          [====!]
`;
export const failing = `
  web/GET      [==============!]
    web>cart     [==========!]
      cart/get     [=======!]
        cart>db      [==]
`;
/** The second attempt is answered; the first is answered by a failure, or by nobody. */
export const again = (first = '\n      cart/get    [!]') => `
  web/GET      [==================]
    web>cart     [==!]${first}
    web>cart          [==========]
      cart/get          [=======]
        cart>db           [==]
`;
export const slow = `
  web/GET      [==================================================]
    web>cart     [==============================================]
      cart/get     [===========================================]
        cart>db      [==]
`;
export const far = `
  web/GET      [==================================================]
    web>cart     [==============================================]
      cart/get                    [=======]
        cart>db                     [==]
`;
/** Another service that cart knows nothing of. */
export const apart = `
  other/GET    [==========!]
`;

export const requests = (picture: string, count = 20, rest: Partial<Many> = {}, usual = well) => ({
  baseline: earlier(usual, 48),
  incident: later(picture, count, rest),
});
/** Requests of the incident only. */
export const more = (picture: string, count: number, rest: Partial<Many> = {}): DrawnCase => ({
  baseline: [],
  incident: later(picture, count, rest),
});
export const saying = (statusMessage: string, span = 'web>cart') => ({
  set: { [span]: { statusMessage } },
});
export const refusing = saying('connect ECONNREFUSED 10.0.0.1:80');
export const late = saying('deadline exceeded');
export const broken = saying('KeyError: price', 'cart/get');
export const limited: Partial<Many> = {
  set: {
    'cart/get': { attributes: { 'http.response.status_code': 429 } },
    'web>cart': { attributes: { 'server.address': 'cart', 'http.response.status_code': 429 } },
  },
};
/** The first of two attempts; the other is answered. */
export const firstLimited: Partial<Many> = {
  vary: (span) =>
    span.status === 'error'
      ? { ...span, attributes: { ...span.attributes, 'http.response.status_code': 429 } }
      : span,
};
/** One call in five is sent again after the time-out of TCP. */
export const sentAgain: Partial<Many> = {
  vary: (span: Span, number: number): Span =>
    number % 5 === 0 && (span.service === 'web' || span.parentId === null)
      ? { ...span, end: (span.end + 200e6) as Nanos }
      : span,
};
/** The failures of a store that cart asks, in some requests. */
export const carried = more(
  `
  web/GET      [==============!]
    web>cart     [==========!]
      cart/get     [=======!]
        cart>db      [==!]
`,
  12,
  saying('no such table', 'cart>db'),
);
export const ofVersion = (version: string): Partial<Many> => ({
  vary: (span: Span) =>
    span.service === 'cart' ? { ...span, resource: { 'service.version': version } } : span,
});

export const inRegion = (region: string): Partial<Many> => ({
  vary: (span: Span) =>
    span.service === 'cart' ? { ...span, resource: { 'cloud.region': region } } : span,
});

const stored = (time: number): { picture: string; rest: Partial<Many> } => ({
  picture: `
  web/PUT      [${'='.repeat(time + 4)}]
    web>cart     [${'='.repeat(time)}]
`,
  rest: {
    set: { 'web>cart': { attributes: { 'server.address': 'cart', 'url.path': '/checkpoints/7' } } },
  },
});
export const store = (time: number) => ({
  baseline: earlier(stored(10).picture, 40, stored(10).rest),
  incident: later(stored(time).picture, 30, stored(time).rest),
});

/** One rank of four takes twice as long; who they are is on the spans. */
export const ranks = (of: typeof earlier, factors: readonly number[]): readonly Trace[] =>
  factors.flatMap((factor, rank) =>
    of('cart/forward [==========]', 30, {
      vary: (span, number): Span => ({
        ...span,
        instance: `cart-${rank}`,
        resource: { 'torch.distributed.rank': rank },
        end: (span.start + (span.end - span.start) * (factor + ((number * 7) % 11) / 200)) as Nanos,
      }),
    }),
  );

const steps = (...lines: readonly string[]): Partial<Many> => ({
  set: { 'cart/get': logging(...lines.map((line, at) => [at + 1, line] as const)) },
});
export const returning = (rest: Partial<Many> = {}, before: Partial<Many> = {}): DrawnCase => ({
  baseline: earlier(well, 60, { ...steps('found', 'reserved', 'priced'), ...before }),
  incident: later(well, 40, { ...steps('found'), ...rest }),
});
