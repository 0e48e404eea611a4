import { expect, test } from 'vitest';
import { absoluteSigns } from '../src/diagnose/detectors/absolute-signs.ts';
import { diagnosisOf, featuresOf, gauge, type Level, later, namesOf } from './case.ts';

const failing = () => later('cart/Get [====!]', 20);

/** No request went well, and nobody said when it began. */
const caseOf = (...levels: readonly Level[]) => ({
  unlabelled: failing(),
  series: levels.map(gauge),
});
const found = (...levels: readonly Level[]) =>
  [...absoluteSigns.detect(featuresOf(caseOf(...levels)))].map(
    ({ kind, summary }) => `${kind}: ${summary}`,
  );

const flat = (value: number) => Array.from({ length: 5 }, () => value);
const level = (name: string, during: readonly number[]): Level => ({
  name,
  service: 'cart',
  during,
});

test('memory at its limit, where there is nothing to compare with', () => {
  const memory = [
    level('container.memory.usage', [970, 990, 1000, 990, 1000]),
    level('container.memory.limit', flat(1000)),
  ];
  expect(found(...memory)).toEqual([
    'memory: 99 % of container.memory.usage was in use in 5 of 5 minutes',
  ]);
  const answer = diagnosisOf(caseOf(...memory));
  expect(answer.regime).toBe('absolute');
  expect(namesOf(answer)[0]).toMatch(/^cart memory-pressure/);
  expect(answer.causes[0]?.confidence).toBeLessThanOrEqual(0.8);
});

test('a full pool; nobody waits while one of ten of many is free', () => {
  const threads = (busy: number) => [
    level('tomcat.threads.busy', flat(busy)),
    level('tomcat.threads.config.max', flat(200)),
  ];
  expect(found(...threads(200))).toHaveLength(1);
  expect(found(...threads(190))).toEqual([]);
});

test('one minute now and then, and a machine that is idle', () => {
  expect(found(level('cpu.utilization', flat(0.99)))).toHaveLength(1);
  expect(found(level('cpu.utilization', [0.4, 0.99, 0.41, 0.98, 0.4]))).toEqual([]);
  const idle = { ...level('system.cpu.utilization', flat(0.99)), attributes: { state: 'idle' } };
  expect(found(idle)).toEqual([]);
});

test('not where it was as full before', () => {
  const full = { ...level('cpu.utilization', flat(0.99)), before: flat(0.99) };
  const features = featuresOf({
    baseline: later('cart/Get [==]', 5),
    incident: failing(),
    series: [gauge(full)],
  });
  expect([...absoluteSigns.detect(features)]).toEqual([]);
});
