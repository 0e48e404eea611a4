/** Spans of a trace that pass a filter: words, or terms of the filter language. */
import { rowsThat } from '../../search/index.ts';
import { valueText } from '../facts.ts';
import type { TraceModel, TraceNode } from './trace-model.ts';

/** Told with a unit, as in the list of traces. */
const durations = ['dur', 'duration', 'self'];

/** The spans that pass; or why the filter is none. */
export function spansThat(
  { nodes }: TraceModel,
  filter: string,
): ReadonlySet<TraceNode> | { readonly problem: string } {
  const passing = rowsThat(nodes, filter, filtered, durations);
  return 'problem' in passing ? passing : new Set(passing.rows);
}

/** Facts are made when they are asked for: of words in a large trace they never are. */
const filtered = (node: TraceNode) => ({
  text: textOf(node),
  get facts() {
    return factsOf(node);
  },
  attribute: (name: string) => attributeOf(node, name),
});

const textOf = ({ span: { service, name, statusMessage, spanId } }: TraceNode): string =>
  `${service} ${name} ${statusMessage} ${spanId}`;

function factsOf({ span, totalMs, selfMs }: TraceNode) {
  const { service, instance, name, status, kind, spanId, timed } = span;
  const total = timed ? totalMs * 1e6 : null;
  return {
    service,
    instance,
    name,
    operation: name,
    status,
    kind,
    dur: total,
    duration: total,
    self: timed ? selfMs * 1e6 : null,
    span: spanId,
  };
}

/** Of the span or of its resource. */
function attributeOf({ span }: TraceNode, name: string): string | number | boolean | null {
  const value = span.attributes[name] ?? span.resource[name];
  if (value === undefined || value === null) return null;
  return typeof value === 'number' || typeof value === 'boolean' ? value : valueText(value);
}
