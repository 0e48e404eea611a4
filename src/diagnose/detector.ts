/** What a detector is, and how an evidence row is made: the same way everywhere. */
import type { Evidence, Features, Reference, Span } from '../model.ts';

/** One idea that turns features into evidence. Pure; order of rows does not matter. */
export interface Detector {
  readonly name: string;
  /** Whether the case holds what it could show anything in; always, if it is left out. */
  looksAt?(features: Features): boolean;
  detect(features: Features): Iterable<Evidence>;
}

/** What a healthy service may fail of: it still keeps the customary availability objective of 99 %. */
export const tolerated = 0.01;

/** Below this strength a row is noise and is not kept. */
export const faint = 0.05;

/** The row, with an id from its content; none when it is too faint or cites nothing. */
export function* evidence(row: Omit<Evidence, 'id'>): Generator<Evidence> {
  if (!(row.strength >= faint) || row.refs.length === 0) return;
  const refs = row.refs.slice(0, 5);
  // The summary too: two values of one span are two findings.
  const content = [row.kind, row.entity, row.service, row.summary, JSON.stringify(refs)];
  yield { id: contentId(content), ...row, refs };
}

/** FNV-1a over two seeds, 12 hex digits: enough to tell the rows of one case apart. */
function contentId(parts: readonly string[]): string {
  const text = parts.join('\u0001');
  const half = (seed: number): string => {
    let hash = seed;
    for (let i = 0; i < text.length; i += 1) {
      hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    }
    return (hash >>> 0).toString(16).padStart(8, '0').slice(0, 6);
  };
  return half(0x811c9dc5) + half(0x9747b28c);
}

export const spanReference = ({
  traceId,
  spanId,
}: Pick<Span, 'traceId' | 'spanId'>): Reference => ({
  signal: 'span',
  traceId,
  spanId,
});

/** Spans of one moment stand in the order of their ids. */
export const inTime = (spans: readonly Span[]): readonly Span[] =>
  [...spans].sort((a, b) => a.start - b.start || (a.spanId < b.spanId ? -1 : 1));

/** The first `count` spans in time that are told apart by `key`: varied examples, not five alike. */
export function exemplars(
  spans: readonly Span[],
  key: (span: Span) => string,
  count = 5,
): readonly Reference[] {
  const ordered = inTime(spans);
  const firsts = new Map<string, Span>();
  for (const span of ordered) if (!firsts.has(key(span))) firsts.set(key(span), span);
  const chosen = [...new Set([...firsts.values(), ...ordered])].slice(0, count);
  return chosen.map(spanReference);
}
