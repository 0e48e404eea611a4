/**
 * A real dump with a real root cause: 36 seconds of a demo shop whose cart service is down. It
 * sent no span, its callers carry the errors, and one of them names it only by its RPC service.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Diagnosis } from '../src/model.ts';
import { importDumps, openSession } from '../src/session.ts';

const data = process.env.AIDEBUG_DATA;
const dump = join(data ?? '', 'otlp/otel-tui/test_data.json');
const folder = mkdtempSync(join(tmpdir(), 'aidebug-real-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function diagnosisOf(path: string): Promise<Diagnosis> {
  const db = `${join(folder, 'case')}-${Math.abs(hash(path))}.db`;
  await importDumps(db, [path], { fresh: true });
  await using session = await openSession(db);
  return await session.diagnose();
}

const hash = (text: string): number =>
  [...text].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) | 0, 7);

/** Every name of a service in the dump, in each spelling, and what it becomes. */
const names: readonly (readonly [string, string])[] = [
  ['frontend-proxy', 'moss-gate'],
  ['frontend', 'lichen'],
  ['loadgenerator', 'gale'],
  ['cartservice', 'zephyr-7'],
  ['CartService', 'ZephyrLedger'],
  ['checkoutservice', 'quarry'],
  ['CheckoutService', 'QuarryDesk'],
  ['productcatalogservice', 'basalt'],
  ['ProductCatalogService', 'BasaltBook'],
  ['recommendationservice', 'heron'],
  ['RecommendationService', 'HeronHints'],
  ['adservice', 'tundra'],
  ['AdService', 'TundraBoards'],
  ['flagd', 'pennant'],
  ['currencyservice', 'florin'],
  ['oteldemo', 'valley'],
  ['cart', 'satchel'],
];

const renamed = (text: string): string =>
  names.reduce((changed, [from, to]) => changed.replaceAll(from, to), text);

const daysLater = (text: string): string =>
  text.replace(
    /("(?:[a-zA-Z]*[tT]imeUnixNano)":\s*")(\d{19})"/g,
    (_, key: string, time: string) => `${key}${BigInt(time) + 987_654_321_000_000_007n}"`,
  );

/** Lines in an order that has nothing to do with theirs. */
const shuffled = (text: string): string =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .sort((a, b) => hash(a) - hash(b))
    .join('\n');

/** What must hold of the answer, whatever the services are called. */
function expectCart(answer: Diagnosis, call: (name: string) => string): void {
  const [first] = answer.causes;
  const cart = call('cartservice');
  expect(answer.verdict).toBe('likely');
  expect(first).toMatchObject({
    service: cart,
    layer: 'infrastructure',
    faultClass: 'service-unreachable',
  });
  const steps = first?.path.map(({ from, to }) => `${from} → ${to}`);
  expect(steps).toContain(`${cart} → ${call('frontend')}`);
  expect(steps).toContain(`${cart} → ${call('checkoutservice')}`);
  const accused = answer.causes.filter(({ band }) => band !== 'weak').map(({ service }) => service);
  expect(accused).not.toContain(call('loadgenerator'));
  expect(accused).not.toContain(call('frontend'));
  const said = first?.evidence.map(({ summary }) => summary).join('\n') ?? '';
  expect(said).toMatch(/ECONNREFUSED/);
  expect(said).toMatch(/lookup .* on .* server misbehaving|Name resolution failed/);
}

describe.skipIf(!data)(data ? 'the shop without its cart' : 'skipped: no AIDEBUG_DATA', () => {
  test('names the service that sent nothing', async () => {
    expectCart(await diagnosisOf(dump), (name) => name);
  });

  test('cites failing client spans of both callers, all of them in the dump', async () => {
    const { causes } = await diagnosisOf(dump);
    const db = join(folder, 'refs.db');
    await importDumps(db, [dump], { fresh: true });
    await using session = await openSession(db);
    const { rows } = await session.query(
      "SELECT trace_id || span_id, service, kind, status FROM spans WHERE status = 'error'",
    );
    const errors = new Map<unknown, readonly unknown[]>();
    for await (const [id, ...rest] of rows) errors.set(id, rest);
    const cited = (causes[0]?.evidence ?? [])
      .filter(({ direction }) => direction === 'supports')
      .flatMap(({ refs }) => refs)
      .map((ref) => (ref.signal === 'span' ? errors.get(ref.traceId + ref.spanId) : undefined));
    expect(cited).not.toContain(undefined);
    expect(new Set(cited.map((row) => row?.[0]))).toEqual(new Set(['frontend', 'checkoutservice']));
    expect(new Set(cited.map((row) => row?.[1]))).toEqual(new Set(['client']));
  });

  test('follows when every service is renamed, the lines shuffled and the time shifted', async () => {
    const disguised = join(folder, 'disguised.jsonl');
    writeFileSync(disguised, shuffled(daysLater(renamed(readFileSync(dump, 'utf8')))));
    const answer = await diagnosisOf(disguised);
    expectCart(answer, renamed);
    const plain = await diagnosisOf(dump);
    const shape = ({ causes }: Diagnosis) =>
      causes.map(({ service, faultClass, score }) => ({ service, faultClass, score }));
    expect(shape(answer)).toEqual(
      shape(plain).map((cause) => ({ ...cause, service: renamed(cause.service) })),
    );
    expect(Date.parse(answer.onset ?? '') - Date.parse(plain.onset ?? '')).toBe(987_654_321_000);
  });

  test('lines in another order give the same bytes', async () => {
    const other = join(folder, 'shuffled.jsonl');
    writeFileSync(other, shuffled(readFileSync(dump, 'utf8')));
    expect(JSON.stringify(await diagnosisOf(other))).toBe(JSON.stringify(await diagnosisOf(dump)));
  });
});
