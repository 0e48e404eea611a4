import { expect, test } from 'vitest';
import { diagnose } from '../src/diagnose/index.ts';
import { withoutReactions } from '../src/diagnose/reaction.ts';
import type { Evidence, EvidenceKind, ServiceGraph } from '../src/model.ts';
import { earlier, featuresOf, gauge, later } from './case.ts';

const calls = (...pairs: readonly (readonly [string, string])[]): ServiceGraph => ({
  nodes: [],
  edges: pairs.map(([caller, callee]) => ({
    ...{ caller, callee, via: 'call' as const, calls: 9, errors: 0, unanswered: 0 },
    ...{ unansweredErrors: 0, p50Ns: null, p95Ns: null, p99Ns: null },
  })),
  aliases: {},
  unresolvedCalls: 0,
  unresolvedLinks: 0,
});
const row = (service: string, kind: EvidenceKind, strength: number): Evidence => ({
  ...{ id: `${service} ${kind}`, service, kind, strength, entity: `service:${service}` },
  ...{ operation: null, instance: null, summary: '', refs: [], traces: [], firstSeen: null, p: 0 },
  ...{ effect: { baseline: null, incident: 1 }, n: { baseline: 1, incident: 1 } },
});
const left = (rows: readonly Evidence[], graph: ServiceGraph) =>
  withoutReactions(rows, graph).map(({ id, strength }) => [id, Number(strength.toFixed(3))]);

test('a queue and the time in it count as far as nothing below explains them', () => {
  const graph = calls(['web', 'agent'], ['agent', 'proxy']);
  const rows = [
    ...[row('web', 'queue', 1), row('web', 'self-time', 0.8), row('web', 'cpu', 0.5)],
    row('proxy', 'queue', 0.6),
  ];
  expect(left(rows, graph)).toEqual([
    ['web queue', 0.4],
    ['web self-time', 0.32],
    // What is no waiting stays.
    ['web cpu', 0.5],
    ['proxy queue', 0.6],
  ]);
});

test('own time without a queue is no waiting, and what is explained altogether is gone', () => {
  const graph = calls(['web', 'db']);
  const slow = [row('web', 'self-time', 0.8), row('db', 'self-time', 1)];
  expect(left(slow, graph)).toEqual(left(slow, calls()));
  expect(left([row('web', 'queue', 1), ...slow], graph)).toEqual([['db self-time', 1]]);
});

test('services that call each other do not explain each other away', () => {
  const rows = [row('a', 'queue', 1), row('b', 'queue', 1)];
  expect(left(rows, calls(['a', 'b'], ['b', 'a']))).toEqual(left(rows, calls()));
});

test('every score is a number', () => {
  const slow = `
    web/GET   [=====================================]
      web>db    [================================]
        db/get   [==============================]
  `;
  const quick = `
    web/GET   [=======]
      web>db    [====]
        db/get   [==]
  `;
  const waiting = gauge({
    ...{ name: 'http.server.requests.waiting', service: 'web', instance: 'web-0' },
    ...{ before: [0, 0, 0, 0, 0, 0, 0, 0], during: [9, 9, 9, 9, 9] },
  });
  const features = featuresOf({
    baseline: earlier(quick, 60),
    incident: later(slow, 60),
    series: [waiting],
  });
  const { causes } = diagnose(features);
  expect(causes[0]?.service).toBe('db');
  for (const { score, confidence } of causes) {
    expect(score).toBeGreaterThanOrEqual(0);
    expect(confidence).toBeLessThanOrEqual(1);
  }
});
