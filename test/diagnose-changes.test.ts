/** What people changed, as requests tell it: versions, rollouts, configurations, flags. */
import { describe, expect, test } from 'vitest';
import { changes } from '../src/diagnose/detectors/changes.ts';
import type { Attributes, Nanos, Span } from '../src/model.ts';
import { isChangeable, placesOf } from '../src/semantics/index.ts';
import { type DrawnCase, diagnosisOf, earlier, featuresOf, later, namesOf } from './case.ts';

const healthy = `
web/GET       [==========]
  web>cart       [=====]
    cart/Get       [==]
`;
const failing = `
web/GET       [==========!]
  web>cart       [=====!]
    cart/Get       [==!]
`;

/** Every span of the service has that in its resource, or says that it asked for that flag. */
const withResource = (service: string, resource: Attributes) => (span: Span) =>
  span.service === service ? { ...span, resource } : span;
const flagged =
  (service: string, variantOf: (number: number) => Attributes) => (span: Span, number: number) =>
    span.service === service && span.kind === 'server'
      ? {
          ...span,
          events: [
            {
              name: 'feature_flag.evaluation',
              time: span.start as Nanos,
              attributes: { 'feature_flag.key': 'fast-path', ...variantOf(number) },
            },
          ],
        }
      : span;
const variant = (name: string): Attributes => ({ 'feature_flag.result.variant': name });
const found = (drawing: DrawnCase) => [...changes.detect(featuresOf(drawing))];

describe('changes', () => {
  test('a rollout in the middle of the incident: what is new, and since when', () => {
    const before = { vary: withResource('cart', { 'service.version': '2.0' }) };
    const drawing = {
      baseline: earlier(healthy, 60, before),
      incident: [
        ...later(healthy, 20, { ...before, minutes: [10, 12] }),
        ...later(healthy, 30, {
          vary: withResource('cart', { 'service.version': '2.1' }),
          minutes: [12, 15],
        }),
      ],
    };
    const [row, ...others] = found(drawing);
    expect(others).toEqual([]);
    expect(row).toMatchObject({
      kind: 'change',
      service: 'cart',
      effect: { baseline: 0, incident: 0.6 },
      n: { baseline: 60, incident: 50 },
      summary: 'version 2.1 of cart is new, in 60 % of its requests; before 2.0',
    });
    expect(Number(row?.firstSeen) / 60e9).toBeGreaterThan(12);
    // Nothing went wrong with it.
    expect(namesOf(diagnosisOf(drawing))).toEqual([]);
  });

  test('a flag that fails who asks for it is a bad release, and the change is cited', () => {
    const drawing = {
      baseline: earlier(healthy, 60, { vary: flagged('cart', () => variant('off')) }),
      incident: [
        ...later(healthy, 30, { vary: flagged('cart', () => variant('off')) }),
        ...later(failing, 30, {
          vary: flagged('cart', () => variant('on')),
          set: { 'cart/Get': { statusMessage: 'no price for it' } },
        }),
      ],
    };
    expect(found(drawing).map(({ summary }) => summary)).toEqual([
      'flag fast-path on of cart is new, in 50 % of its requests; before off',
    ]);
    const answer = diagnosisOf(drawing);
    expect(namesOf(answer)[0]).toBe('cart bad-release likely');
    const [cause] = answer.causes;
    expect(cause?.entity).toBe('flag:cart/fast-path=on');
    const cited = cause?.evidence.map(({ kind, direction }) => `${kind} ${direction}`);
    expect(cited).toContain('change supports');
    expect(cited).toContain('release-contrast supports');
  });

  test('the change of another service speaks against nobody', () => {
    const version = (at: string) => ({ vary: withResource('web', { 'service.version': at }) });
    const drawing = {
      baseline: earlier(healthy, 60, version('1')),
      incident: later(failing, 30, version('2')),
    };
    expect(found(drawing)).toHaveLength(1);
    const same = { baseline: earlier(healthy, 60), incident: later(failing, 30) };
    expect(namesOf(diagnosisOf(drawing))).toEqual(namesOf(diagnosisOf(same)));
  });

  test('a value of its own in each request is no change', () => {
    const each = (number: number) => variant(`user-${number}`);
    const drawing = {
      baseline: earlier(healthy, 60, { vary: flagged('cart', each) }),
      incident: later(healthy, 40, { vary: flagged('cart', (number) => each(number + 60)) }),
    };
    expect(found(drawing)).toEqual([]);
  });

  test('what was there before is none, nor what the baseline tells too little of', () => {
    const at = (version: string) => ({
      vary: withResource('cart', { 'service.version': version }),
    });
    const both = [...earlier(healthy, 20, at('2.0')), ...earlier(healthy, 1, at('2.1'))];
    expect(found({ baseline: both, incident: later(healthy, 40, at('2.1')) })).toEqual([]);
    const few = {
      baseline: earlier(healthy, 4, at('2.0')),
      incident: later(healthy, 40, at('2.1')),
    };
    expect(found(few)).toEqual([]);
  });
});

test('what people change is told by conventions, old and new', () => {
  const span = (attributes: Attributes, resource: Attributes = {}, event: Attributes = {}) =>
    placesOf({
      attributes,
      resource,
      instance: null,
      events: [{ name: 'e', time: 0 as Nanos, attributes: event }],
    })
      .filter(isChangeable)
      .map(({ kind, key, value }) => `${kind} ${key}=${value}`);
  expect(span({}, { 'container.image.tags': ['v7'], 'deployment.id': '17' })).toEqual([
    'version container.image.tags=v7',
    'deployment deployment.id=17',
  ]);
  expect(span({ 'app.config.revision': 318 })).toEqual(['configuration app.config.revision=318']);
  expect(span({}, {}, { 'feature_flag.key': 'a', 'feature_flag.variant': 'on' })).toEqual([
    'flag flag a=on',
  ]);
  expect(span({ 'feature_flag.key': 'b', 'feature_flag.result.value': false })).toEqual([
    'flag flag b=false',
  ]);
  expect(span({ 'feature_flag.key': 'c' }, { 'host.name': 'h' })).toEqual([]);
});
