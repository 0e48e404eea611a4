/** References to telemetry as words that can be pasted into a command. */
import type { Exemplars, PublishedReference } from '../model.ts';
import { sanitise } from '../text.ts';

/** Digits of an id that are shown: enough to be unique in a case, and `aidebug trace` takes them. */
const shownDigits = 8;

const short = (id: string): string => {
  const text = sanitise(id, 64);
  return text.length > shownDigits ? `${text.slice(0, shownDigits)}…` : text;
};

/**
 * `trace 42a60545… span 1277d2d7…`, `log 9f3b…`, and `metric x of y at …` with the times of all
 * references to that metric; in the order given.
 */
export function referenceTexts(references: readonly PublishedReference[]): readonly string[] {
  const times = new Map<string, string[]>();
  for (const reference of references) {
    const known = times.get(subjectOf(reference));
    if (known) known.push(...timeOf(reference));
    else times.set(subjectOf(reference), [...timeOf(reference)]);
  }
  return [...times].map(([subject, at]) => subject + at.join(', '));
}

function subjectOf(reference: PublishedReference): string {
  switch (reference.signal) {
    case 'span':
      return `trace ${short(reference.traceId)} span ${short(reference.spanId)}`;
    case 'log':
      return `log ${short(reference.id)}`;
    case 'metric':
      return `metric ${sanitise(reference.metric, 80)} of ${sanitise(reference.service, 40)} at `;
  }
}

/** `bad trace 42a60545… · good trace 9f3b21aa…`, those that there are. */
export const exemplarText = ({ bad, good }: Exemplars): string =>
  [
    ...(bad === null ? [] : [`bad trace ${short(bad)}`]),
    ...(good === null ? [] : [`good trace ${short(good)}`]),
  ].join(' · ');

const timeOf = (reference: PublishedReference): readonly string[] =>
  reference.signal === 'metric' ? [reference.at] : [];

/** One reference, as of `referenceTexts`. */
export const exampleText = (reference: PublishedReference): string =>
  referenceTexts([reference])[0] ?? '';

/** With all digits, for programs: `TRACE/SPAN`, the id of a log, `SERVICE METRIC TIME`. */
export function wholeReference(reference: PublishedReference | null): string | null {
  if (reference === null) return null;
  if (reference.signal === 'metric') {
    return `${reference.service} ${reference.metric} ${reference.at}`;
  }
  return reference.signal === 'span' ? `${reference.traceId}/${reference.spanId}` : reference.id;
}
