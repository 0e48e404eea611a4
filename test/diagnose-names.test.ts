import { describe, expect, test } from 'vitest';
import { errorOrigin } from '../src/diagnose/detectors/error-origin.ts';
import type { MetricSeries, Span } from '../src/model.ts';
import { diagnosisOf, earlier, featuresOf, gauge, later, namesOf, type Trace } from './case.ts';

const well = `
  web/GET       [==========]
    web>cart       [=====]
      cart/Get       [==]
`;
const lost = `
  web/GET       [==========!]
    web>cart       [=====!]
`;
const says = (statusMessage: string): Readonly<Record<string, Partial<Span>>> => ({
  'web>cart': { statusMessage, attributes: { 'server.address': 'cart' } },
});
const nameless = says('getaddrinfo ENOTFOUND cart');
const refused = says('connect ECONNREFUSED 10.0.0.9:7070');

/** Its memory, once a minute: the incident lasts from minute 10 to 15. */
const memory = (minutes: number): MetricSeries =>
  gauge({
    ...{ name: 'process.memory.usage', service: 'cart', instance: 'cart-0' },
    ...{ before: Array(8).fill(5), during: Array(minutes).fill(5) },
  });

const drawn = (incident: readonly Trace[], series: readonly MetricSeries[] = []) => ({
  baseline: earlier(well, 96),
  incident,
  series,
});
const lead = (...of: Parameters<typeof drawn>): string | undefined =>
  namesOf(diagnosisOf(drawn(...of)))[0]?.replace(/ \w+$/, '');
const strengths = (...of: Parameters<typeof drawn>) =>
  Object.fromEntries(
    [...errorOrigin.detect(featuresOf(drawn(...of)))].map(({ kind, strength }) => [
      kind,
      Number(strength.toFixed(2)),
    ]),
  );

describe('a name that is not found', () => {
  const all = later(lost, 60, { set: nameless });

  test('of a service that reports to the end is a fault of names', () => {
    expect(strengths(all, [memory(5)])).toEqual({ 'name-resolution-failure': 1 });
    expect(lead(all, [memory(5)])).toBe('cart name-resolution');
  });

  test('of a service that answers others too', () => {
    const other = `
      api/GET       [==========]
        api>cart       [=====]
          cart/Get       [==]
    `;
    const incident = [...all, ...later(other, 20)];
    expect(strengths(incident)).toEqual({ 'name-resolution-failure': 1 });
    expect(lead(incident)).toBe('cart name-resolution');
  });

  test('of a service that is gone as well is that it is gone', () => {
    expect(strengths(all)).toEqual({ 'unreachable-callee': 1, 'name-resolution-failure': 1 });
    expect(lead(all)).toBe('cart service-unreachable');
    // It reported until it died.
    expect(lead(all, [memory(2)])).toBe('cart service-unreachable');
  });

  test('what another service reports says nothing of it', () => {
    const [other] = [{ ...memory(5), service: 'web' }];
    expect(lead(all, [other])).toBe('cart service-unreachable');
  });

  test('connections that are refused are of a service that is gone, whatever it reports', () => {
    const incident = later(lost, 60, { set: refused });
    expect(lead(incident, [memory(5)])).toBe('cart service-unreachable');
  });

  test('accounts for the failures there are, as every cause of failures', () => {
    const broken = `
      api/GET       [==========!]
    `;
    const set = { 'api/GET': { statusMessage: 'cannot parse the basket' } };
    const { causes } = diagnosisOf(drawn([...all, ...later(broken, 90, { set })], [memory(5)]));
    const [first] = causes.filter(({ service }) => service === 'cart');
    expect(first?.evidence.at(-1)).toMatchObject({
      kind: 'unexplained-failures',
      direction: 'contradicts',
      summary: '90 of 150 failed requests are not explained by cart',
    });
  });

  test('half of each', () => {
    const half = (set: typeof refused) => later(lost, 30, { set });
    expect(strengths([...half(nameless), ...half(refused)], [memory(5)])).toEqual({
      'unreachable-callee': 0.5,
      'name-resolution-failure': 0.5,
      'connection-failure': 0.5,
    });
  });
});
