import { expect, test } from 'vitest';
import { diagnose } from '../src/diagnose/index.ts';
import { withoutReactions } from '../src/diagnose/reaction.ts';
import type { Evidence, ServiceGraph } from '../src/model.ts';
import { earlier, featuresOf, gauge, graphOf, later, evidenceOf as row } from './case.ts';

const left = (rows: readonly Evidence[], graph: ServiceGraph) =>
  withoutReactions(rows, graph).map(({ id, strength }) => [id, Number(strength.toFixed(3))]);

test('a queue and the time in it count as far as nothing below explains them', () => {
  const graph = graphOf([
    ['web', 'agent'],
    ['agent', 'proxy'],
  ]);
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
  const graph = graphOf([['web', 'db']]);
  const slow = [row('web', 'self-time', 0.8), row('db', 'self-time', 1)];
  expect(left(slow, graph)).toEqual(left(slow, graphOf([])));
  expect(left([row('web', 'queue', 1), ...slow], graph)).toEqual([['db self-time', 1]]);
});

test('threads that are taken by requests that wait for a slow callee', () => {
  const graph = graphOf([['web', 'db']]);
  expect(left([row('web', 'limit', 1), row('db', 'storage-time', 0.7)], graph)).toEqual([
    ['web limit', 0.3],
    ['db storage-time', 0.7],
  ]);
  expect(left([row('web', 'limit', 1)], graph)).toEqual([['web limit', 1]]);
});

test('services that call each other do not explain each other away', () => {
  const rows = [row('a', 'queue', 1), row('b', 'queue', 1)];
  expect(
    left(
      rows,
      graphOf([
        ['a', 'b'],
        ['b', 'a'],
      ]),
    ),
  ).toEqual(left(rows, graphOf([])));
});

test('nor do those that call each other in a circle', () => {
  const rows = ['a', 'b', 'c'].map((service) => row(service, 'queue', 1));
  const circle = graphOf([
    ['a', 'b'],
    ['b', 'c'],
    ['c', 'a'],
  ]);
  expect(left(rows, circle)).toEqual(left(rows, graphOf([])));
});

test('what an agent asks for again and again waits for the agent', () => {
  const graph = graphOf([
    ['web', 'agent'],
    ['agent', 'proxy'],
    ['other', 'proxy'],
  ]);
  const waits = [row('proxy', 'queue', 1), row('proxy', 'self-time', 0.5)];
  const loop = row('agent', 'agent-turns', 0.75);
  expect(left([...waits, loop], graph)).toEqual([
    ['proxy queue', 0.25],
    ['proxy self-time', 0.125],
    ['agent agent-turns', 0.75],
  ]);
  // Also where nobody counts who waits, and where the one asked asks the agent in turn.
  const slow = [row('proxy', 'self-time', 0.5), row('proxy', 'callee-timeout', 0.5), loop];
  const both = graphOf([
    ['agent', 'proxy'],
    ['proxy', 'agent'],
  ]);
  expect(left(slow, both).slice(0, 2)).toEqual([
    ['proxy self-time', 0.125],
    ['proxy callee-timeout', 0.125],
  ]);
  // The queue of one that the agent does not ask, or that asks the agent, is another matter.
  const elsewhere = [row('other', 'queue', 1), row('web', 'queue', 1), loop];
  expect(left(elsewhere, graph)).toEqual(left(elsewhere, graphOf([])));
});

test('data that are late because a queue stands before a slow store are no stale data', () => {
  const graph = graphOf([['loader', 'store']]);
  const late = [
    ...[row('loader', 'freshness', 1), row('loader', 'completeness', 0.5)],
    row('store', 'storage-time', 0.8),
  ];
  // Without a queue nothing waits.
  expect(left(late, graph)).toEqual(left(late, graphOf([])));
  expect(left([...late, row('loader', 'queue', 1)], graph)).toEqual([
    ['loader freshness', 0.2],
    ['loader completeness', 0.1],
    ['store storage-time', 0.8],
    ['loader queue', 0.2],
  ]);
});

test('data are late because what is written to cannot be reached', () => {
  const graph = graphOf([
    ['loader', 'features'],
    ['web', 'features'],
    ['web', 'other'],
  ]);
  const late = [row('loader', 'freshness', 1), row('features', 'completeness', 0.5)];
  const gone = row('features', 'unreachable-callee', 0.6);
  expect(left([...late, gone], graph)).toEqual([
    ['loader freshness', 0.4],
    // The loader that writes it cannot.
    ['features completeness', 0.2],
    ['features unreachable-callee', 0.6],
  ]);
  const elsewhere = row('other', 'name-resolution-failure', 1);
  expect(left([late[0] as Evidence, elsewhere], graph)).toEqual([
    ['loader freshness', 1],
    ['other name-resolution-failure', 1],
  ]);
});

test('data are late because of who is late to write the store that they are read from', () => {
  const calls: [string, string][] = [
    ['sink', 'warehouse'],
    ['loader', 'warehouse'],
    ['loader', 'features'],
  ];
  const through = graphOf(calls, ['warehouse']);
  const old = [row('loader', 'freshness', 1), row('features', 'freshness', 1)];
  const slow = row('sink', 'self-time', 0.9);
  const lag = row('sink', 'freshness', 1);
  expect(left([...old, slow, lag], through)).toEqual([
    ['loader freshness', 0.1],
    ['features freshness', 0.1],
    ['sink self-time', 0.9],
    ['sink freshness', 1],
  ]);
  // Slow, but not late with its work; late, but not slow; or between them a service, not a store.
  expect(left([...old, slow], through)).toEqual(left([...old, slow], graphOf([])));
  expect(left([...old, lag], through)).toEqual(left([...old, lag], graphOf([])));
  expect(left([...old, slow, lag], graphOf(calls))).toEqual(left([...old, slow, lag], graphOf([])));
  // Who reads is as slow itself.
  const both = [...old, slow, lag, row('loader', 'self-time', 1)];
  expect(left(both, through)).toContainEqual(['loader freshness', 1]);
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

test('calls that one side loses are not the slowness of what has no spans behind it', () => {
  const rows = [
    ...[row('store', 'retransmissions', 0.9), row('redis', 'self-time', 1)],
    ...[row('redis', 'callee-timeout', 0.8), row('store', 'network-gap', 1)],
  ];
  const calls = [
    ['shop', 'store'],
    ['store', 'redis'],
  ] as const;
  expect(left(rows, graphOf(calls, ['redis']))).toEqual([
    ['store retransmissions', 0.9],
    ['redis self-time', 0.1],
    ['redis callee-timeout', 0.08],
    ['store network-gap', 1],
  ]);
  // Its own spans, or another caller that loses nothing, say that it is slow itself.
  const seen = left(rows, graphOf(calls)).map(([, strength]) => strength);
  expect(seen).toEqual([0.9, 1, 0.8, 1]);
  const shared = graphOf([...calls, ['job', 'redis']], ['redis']);
  expect(left(rows, shared).map(([, strength]) => strength)).toEqual([0.9, 1, 0.8, 1]);
});
