/** The two traces that an answer lays side by side. */
import { expect, test } from 'vitest';
import { diagnose } from '../src/diagnose/index.ts';
import { earlier, featuresOf, later } from './case.ts';

const calm = `
  web/GET      [========]
    web>db       [===]
      db/query     [=]
`;
const broken = `
  web/GET      [========!]
    web>db       [===!]
      db/query     [=!]
`;
const other = `
  web/POST     [====]
`;
const thrown = {
  set: {
    'db/query': {
      events: [{ name: 'exception', time: null, attributes: { 'exception.type': 'KeyError' } }],
    },
  },
};

test('one that shows the cause, and a healthy one of the same type and median duration', () => {
  const uneven = earlier(calm, 5, {
    vary: (span, number) =>
      span.parentId === null
        ? { ...span, end: (span.end + ((number * 3) % 5) * 1e6) as typeof span.end }
        : span,
  });
  const baseline = [...uneven, ...earlier(other, 40)];
  const incident = [...later(broken, 30, thrown), ...later(other, 20)];
  const [first] = diagnose(featuresOf({ baseline, incident })).causes;
  expect(first?.service).toBe('db');
  const failing = new Set(incident.slice(0, 30).map(([root]) => root?.traceId));
  expect(failing.has(first?.exemplars.bad ?? undefined)).toBe(true);
  // They are longer by 0, 3, 1, 4 and 2 ms: the last is the middle one.
  expect(first?.exemplars.good).toBe(uneven[4]?.[0]?.traceId);
});

test('no good one where none of its kind was healthy', () => {
  const baseline = earlier(other, 40);
  const [first] = diagnose(featuresOf({ baseline, incident: later(broken, 30, thrown) })).causes;
  expect(first?.exemplars.bad).not.toBeNull();
  expect(first?.exemplars.good).toBeNull();
});
