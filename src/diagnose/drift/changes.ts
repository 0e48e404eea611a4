/** What was put in place during the incident, as the telemetry itself says: facts, no statistics. */
import { grouped } from '../../grouping.ts';
import type {
  Cohort,
  DeclaredChange,
  Features,
  Nanos,
  Reference,
  SampledTrace,
  ValueFeature,
} from '../../model.ts';
import { type DeclaredKind, declaredKind } from '../../semantics/index.ts';

/** A change before its times are written out. */
export interface Change extends Pick<DeclaredChange, 'kind' | 'service' | 'key' | 'from' | 'to'> {
  readonly at: Nanos;
  readonly reference: Reference;
  /** All attributes that say so. */
  readonly keys: readonly string[];
}

interface Seen {
  /** How many spans had it, by window. */
  readonly spans: Record<Cohort, number>;
  at: Nanos;
  reference: Reference;
}

/** By time, then service and key. */
export function changesOf(features: Features): readonly Change[] {
  const found = [...declaredIn(features)]
    .flatMap(([subject, { kind, values }]) => {
      const [service, key] = JSON.parse(subject) as [string, string];
      const before = [...values]
        .filter(([, { spans }]) => spans.baseline > 0)
        .sort(
          ([a, one], [b, other]) => other.spans.baseline - one.spans.baseline || (a < b ? -1 : 1),
        );
      const [from] = before;
      // Of a service or key that the baseline does not have it is not known what was there.
      if (!from) return [];
      return [...values]
        .filter(([, { spans }]) => spans.baseline === 0)
        .map(([to, { at, reference }]): Change => {
          return { kind, service, key, from: from[0], to, at, reference, keys: [key] };
        });
    })
    .sort((a, b) => a.at - b.at || (orderOf(a) < orderOf(b) ? -1 : 1));
  return [...grouped(found, ({ service, to }) => JSON.stringify([service, to])).values()].map(once);
}

/**
 * What several attributes say of one thing is one change, since the first of them said so. Where one
 * of them is the version of the service, a model's is the same repeated.
 */
function once(changes: readonly Change[]): Change {
  const [first] = changes as readonly [Change, ...Change[]];
  const told = changes.find(({ kind }) => kind === 'version') ?? first;
  return { ...told, at: first.at, keys: changes.map(({ key }) => key) };
}

const orderOf = ({ service, key, to }: Change): string => JSON.stringify([service, key, to]);

interface Subject {
  readonly kind: DeclaredKind;
  readonly values: Map<string, Seen>;
}

type Note = (
  [service, key, value]: readonly [string, string, unknown],
  cohort: Cohort,
  at: Nanos,
  reference: Reference,
) => void;

/** Values by service and attribute: those of spans, of their resources, and of metrics. */
function declaredIn({ sample, values }: Features): ReadonlyMap<string, Subject> {
  const subjects = new Map<string, Subject>();
  const note: Note = ([service, key, value], cohort, at, reference) => {
    const kind = declaredKind(key);
    const text = Array.isArray(value) ? value.join(', ') : value;
    if (kind === null || (typeof text !== 'string' && typeof text !== 'number')) return;
    const name = JSON.stringify([service, key]);
    const subject = subjects.get(name) ?? { kind, values: new Map<string, Seen>() };
    subjects.set(name, subject);
    const seen = subject.values.get(String(text)) ?? {
      ...{ spans: { baseline: 0, incident: 0 }, at, reference },
    };
    subject.values.set(String(text), seen);
    seen.spans[cohort] += 1;
    if (at < seen.at) Object.assign(seen, { at, reference });
  };
  for (const trace of sample) noteTrace(trace, note);
  for (const value of values) if (value.origin === 'metric') noteMetric(value, note);
  return subjects;
}

function noteTrace({ tree, cohort }: SampledTrace, note: Note): void {
  for (const { service, attributes, resource, traceId, spanId, start, timed } of tree.spans) {
    if (!timed) continue;
    const reference = { signal: 'span', traceId, spanId } as const;
    for (const of of [attributes, resource]) {
      for (const [key, value] of Object.entries(of)) {
        note([service, key, value], cohort, start, reference);
      }
    }
  }
}

function noteMetric({ name, source, attributes, minutes }: ValueFeature, note: Note): void {
  const { service, version, model } = source;
  const own = Object.entries({ ...attributes, 'model.version': model === null ? null : version });
  for (const { cohort, example } of minutes) {
    const reference = { signal: 'metric', metric: name, service, at: example.at } as const;
    for (const [key, value] of own) note([service, key, value], cohort, example.at, reference);
  }
}
