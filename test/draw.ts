import fc from 'fast-check';
import type { Attributes, Nanos, Span, SpanId, SpanKind, TraceId } from '../src/model.ts';

export interface DrawOptions {
  /** Number of the trace, so that several drawings do not share ids. */
  readonly trace?: number;
  /** Fields to set on the spans with a label, which is written as in the drawing. */
  readonly set?: Readonly<Record<string, Partial<Span>>>;
}

/** Nanoseconds a column of the drawing stands for. */
export const column = 1e6;

/**
 * Spans of one trace from a drawing, in the order of its lines. Indentation nests, one column is
 * one millisecond, and the first column that holds a `[` is time 0.
 *
 *     web/checkout     [==========!]    service/operation; `!` = status error
 *       web>cart         [====]         client span of web that calls host cart
 *         cart@c-7       [===]          service@instance
 *       web>>orders           []        producer span of web for destination orders
 *         >>mail                |       consumer span of mail; `|` = no length
 *     ~auth              [==]           parent not captured
 *       auth/cache       [=?]           `?` = not timed
 *
 * A span below one of its own service is internal, any other is a server.
 */
export function draw(picture: string, { trace = 1, set = {} }: DrawOptions = {}): Span[] {
  const lines = picture.split('\n').filter((line) => line.trim() !== '');
  const origin = Math.min(...lines.map((line) => line.search(/[[|]/)));
  const open: { readonly indent: number; readonly span: Span }[] = [];
  return lines.map((line, index) => {
    const match = /^( *)(\S+) *(?:\[=*([!?]?)\]|\|)\s*$/.exec(line);
    if (!match) throw new Error(`cannot read this line of the drawing: ${line}`);
    const [, { length: indent } = '', label = '', mark] = match;
    while (open.length > 0 && (open.at(-1)?.indent ?? 0) >= indent) open.pop();
    const parent = open.at(-1)?.span ?? null;
    const span: Span = {
      ...blank,
      ...meaningOf(label, parent),
      traceId: traceId(trace),
      spanId: spanId(index + 1),
      parentId: label.startsWith('~') ? spanId(0xffffff) : (parent?.spanId ?? null),
      status: mark === '!' ? 'error' : 'unset',
      timed: mark !== '?',
      start: ((line.search(/[[|]/) - origin) * column) as Nanos,
      end: ((line.search(/[\]|]\s*$/) - origin) * column) as Nanos,
      ...set[label],
    };
    open.push({ indent, span });
    return span;
  });
}

export const traceId = (number: number): TraceId =>
  number.toString(16).padStart(32, '0') as TraceId;

export const spanId = (number: number): SpanId => number.toString(16).padStart(16, '0') as SpanId;

/** A span that says nothing: what a test leaves out. */
export const blank: Span = {
  traceId: traceId(1),
  spanId: spanId(1),
  parentId: null,
  service: '',
  instance: null,
  name: '',
  kind: 'internal',
  status: 'unset',
  statusMessage: '',
  start: 0 as Nanos,
  end: 0 as Nanos,
  timed: true,
  label: null,
  attributes: {},
  resource: {},
  events: [],
  links: [],
};

type Meaning = Pick<Span, 'service' | 'instance' | 'name' | 'kind' | 'attributes'>;

function meaningOf(label: string, parent: Span | null): Meaning {
  const match = /^~?([^/>@]*)(?:@([^/>]*))?(>>|>|\/)?(.*)$/.exec(label);
  const [, service = '', instance = null, sign = '', rest = ''] = match ?? [];
  const span = (own: string, kind: SpanKind, name: string, attributes: Attributes = {}) => ({
    service: own,
    instance,
    name: name === '' ? own : name,
    kind,
    attributes,
  });
  if (sign === '>') return span(service, 'client', `call ${rest}`, { 'server.address': rest });
  if (sign === '>>' && service === '') return span(rest, 'consumer', `process ${rest}`);
  if (sign === '>>') {
    const destination = { 'messaging.destination.name': rest };
    return span(service, 'producer', `publish ${rest}`, destination);
  }
  return span(service, parent?.service === service ? 'internal' : 'server', rest);
}

/** Spans of one trace with nothing right about them: ids that clash, parents that cycle or are not there. */
export const anySpans: fc.Arbitrary<Span[]> = fc
  .array(
    fc.record({
      ...Object.fromEntries(Object.entries(blank).map(([key, value]) => [key, fc.constant(value)])),
      spanId: fc.integer({ min: 1, max: 12 }).map(spanId),
      parentId: fc.option(fc.integer({ min: 1, max: 14 }).map(spanId)),
      service: fc.constantFrom('a', 'b', 'c'),
      kind: fc.constantFrom<SpanKind>('client', 'server', 'internal', 'producer', 'consumer'),
      status: fc.constantFrom('unset', 'error'),
      timed: fc.integer({ min: 0, max: 9 }).map((n) => n > 0),
      start: fc.nat(20),
      length: fc.nat(12),
    }),
    { minLength: 1, maxLength: 14 },
  )
  .map((drafts) =>
    drafts.map(({ length, ...span }) => ({ ...span, end: span.start + length }) as unknown as Span),
  );

/** A list, and the same list in another order. */
export const shuffled = <T>(lists: fc.Arbitrary<T[]>): fc.Arbitrary<[T[], T[]]> =>
  lists.chain((list) =>
    fc.tuple(
      fc.constant(list),
      fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length }),
    ),
  );
