/** The detector of attribute contrast, on drawn cases. */
import { describe, expect, test } from 'vitest';
import { fisher, moreWithin } from '../src/diagnose/contingency.ts';
import { attributeContrast } from '../src/diagnose/detectors/attribute-contrast.ts';
import type { Attributes, Evidence, Span } from '../src/model.ts';
import { placesOf } from '../src/semantics/index.ts';
import { diagnosisOf, earlier, featuresOf, later, namesOf, type Trace } from './case.ts';

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
const slow = `
web/GET       [========================================]
  web>cart       [===================================]
    cart/Get       [===============================]
`;

/** Every service on the replica and of the version that its name and the number of the trace give. */
const placed =
  (of: (service: string, number: number) => Attributes) =>
  (span: Span, number: number): Span => {
    const resource = of(span.service, number);
    const instance = resource['service.instance.id'];
    return { ...span, resource, instance: typeof instance === 'string' ? instance : null };
  };

const detect = (baseline: readonly Trace[], incident: readonly Trace[]): readonly Evidence[] => [
  ...attributeContrast.detect(featuresOf({ baseline, incident })),
];

const replica = (service: string, number: number): Attributes => ({
  'service.instance.id': `${service}-${number % 3}`,
  'host.name': `node-${number % 3}`,
});
const third = (service: string): Attributes => ({
  'service.instance.id': `${service}-2`,
  'host.name': 'node-2',
});

describe('attribute-contrast', () => {
  test('names the replica of the service that fails, and cites both sides', () => {
    const rows = detect(earlier(healthy, 90, { vary: placed(replica) }), [
      ...later(healthy, 60, { vary: placed(replica) }),
      ...later(failing, 20, { vary: placed(third) }),
    ]);
    // All requests of web's third replica fail too: web only carried them.
    expect(rows.map(({ service }) => service)).toEqual(['cart']);
    const [row] = rows;
    expect(row).toMatchObject({
      kind: 'attribute-contrast',
      entity: 'instance:cart/cart-2',
      instance: 'cart-2',
      effect: { baseline: 1 / 3, incident: 1 },
      n: { baseline: 150, incident: 20 },
      summary:
        '100 % of the requests spoilt by cart came by instance cart-2, 33 % of those that went well',
    });
    // Nothing would have failed without that replica.
    expect(row?.strength).toBeCloseTo(1, 2);
    expect(row?.refs).toHaveLength(5);
    expect(row?.traces).toHaveLength(20);
  });

  test('a version that is slow by itself is a bad release', () => {
    const version = (at: string) =>
      placed((service) => ({ 'service.version': service === 'cart' ? at : '1' }));
    const drawn = {
      baseline: earlier(healthy, 100, { vary: version('2.0') }),
      incident: later(slow, 60, { vary: version('2.1') }),
    };
    const [row, ...others] = [...attributeContrast.detect(featuresOf(drawn))];
    expect(others).toEqual([]);
    expect(row).toMatchObject({
      kind: 'release-contrast',
      entity: 'version:cart@2.1',
      service: 'cart',
      effect: { baseline: 0, incident: 1 },
    });
    expect(namesOf(diagnosisOf(drawn))[0]).toBe('cart bad-release likely');
    const same = { baseline: earlier(healthy), incident: later(slow, 60) };
    expect(namesOf(diagnosisOf(same))[0]).toBe('cart slow-operation likely');
  });

  test('a new version beside the failures of another service says nothing', () => {
    const version = (at: string) =>
      placed((service) => ({ 'service.version': service === 'web' ? at : '1' }));
    expect(
      detect(earlier(healthy, 100, { vary: version('7') }), [
        ...later(healthy, 40, { vary: version('8') }),
        ...later(failing, 40, { vary: version('8') }),
      ]),
    ).toEqual([]);
  });

  test('spread over all replicas there is nothing to name', () => {
    expect(
      detect(earlier(healthy, 90, { vary: placed(replica) }), [
        ...later(healthy, 60, { vary: placed(replica) }),
        ...later(failing, 21, { vary: placed(replica) }),
      ]),
    ).toEqual([]);
  });

  test('a status is no place; a shard and a flag are', () => {
    const attributes = { 'http.response.status_code': 500, 'db.shard': 17, feature_flag: true };
    expect(
      placesOf({ attributes, resource: { 'cloud.region': 'eu' }, instance: 'a', events: [] }),
    ).toEqual([
      { kind: 'instance', key: 'instance', value: 'a' },
      { kind: 'other', key: 'cloud.region', value: 'eu' },
      { kind: 'other', key: 'db.shard', value: '17' },
      { kind: 'other', key: 'feature_flag', value: 'true' },
    ]);
  });
});

describe('more within strata', () => {
  const stratum = (a: number, n: number, b: number, m: number) => ({
    incident: { with: a, of: n },
    baseline: { with: b, of: m },
  });

  test('one small stratum is the exact test of one side, doubled', () => {
    // 3 of 4 against 1 of 4: (16 + 1) / 70.
    expect(moreWithin([stratum(3, 4, 1, 4)])).toBeCloseTo(34 / 70, 10);
    expect(moreWithin([stratum(4, 4, 0, 6)])).toBeCloseTo(
      2 * fisher({ with: 4, of: 4 }, { with: 0, of: 6 }),
      10,
    );
  });

  test('two small strata, by hand', () => {
    // Each 2 of 2 against 0 of 2: 1/6 by itself, 1/36 both.
    expect(moreWithin([stratum(2, 2, 0, 2), stratum(2, 2, 0, 2)])).toBeCloseTo(2 / 36, 10);
  });

  test('Mantel and Haenszel, by hand; a mix of strata is no difference', () => {
    // E = 20 + 25, V = 2 · 50·50·x: (|60 − 45| − 0.5)² / V.
    const strata = [stratum(30, 50, 10, 50), stratum(30, 50, 20, 50)];
    const variance = (50 * 50 * 40 * 60) / (100 ** 2 * 99) + (50 * 50 * 50 * 50) / (100 ** 2 * 99);
    const z = 14.5 / Math.sqrt(variance);
    expect(moreWithin(strata)).toBeLessThan(1e-3);
    expect(z).toBeGreaterThan(3.29);
    // 90 % of a type that is frequent in the incident, 10 % of the other: equal within each.
    expect(moreWithin([stratum(90, 100, 9, 10), stratum(1, 10, 10, 100)])).toBe(1);
  });
});
