/** What tells records apart, as a person asks it of a service or of a list of traces. */
import { describe, expect, test } from 'vitest';
import type { Overview } from '../src/model.ts';
import { contrastsOf } from '../src/tui/contrasts.ts';
import { visitOf } from '../src/tui/frame.ts';
import { span } from './fixtures/store/dump.ts';
import { openedCase, play } from './screens.ts';

const size = { columns: 120, rows: 36 };

/** Requests of several tenants: those of one fail, and what was said in each is the same. */
const requests = Array.from({ length: 90 }, (_, at) => {
  const failed = at % 3 === 0;
  const tenant = failed ? 'acme' : `other-${at % 2}`;
  const attributes = { 'tenant.id': tenant, ...(at % 6 === 0 && { 'gen_ai.prompt': 'my secret' }) };
  return span({ id: at + 1, trace: at + 1, start: at * 1_000, failed, attributes });
});
const dump = requests.map((one) => JSON.stringify(one)).join('\n');

describe('explain', () => {
  const opened = openedCase('tui-explain', `${dump}\n`);
  const player = () => play(opened.session(), opened.overview(), size);

  test('says whose requests fail, in four keys, and lists them', async () => {
    const { press, lines, frame } = await player();
    await press('4', 'x');
    const text = lines().join('\n');
    expect(text).toContain('failed against the rest');
    expect(text).toMatch(/▸@tenant\.id=acme +100 % .* 0 % .*\+100 +only/);
    await press('t');
    const { place, filter } = visitOf(frame());
    expect(place.screen).toBe('traces');
    expect(filter).toBe('status=error @tenant.id=acme');
    expect(lines().join('\n')).toContain('30 of 90 traces');
  });

  test('opens an example, and one of the others only where there is one', async () => {
    const { press, lines, frame } = await player();
    await press('4', 'x', 'o');
    expect(lines().join('\n')).toContain('none of the others has this value');
    await press('enter');
    expect(visitOf(frame()).place).toMatchObject({ screen: 'trace' });
  });

  test('asks of what a filter lets pass, and of a service', async () => {
    const { press, lines } = await player();
    await press('4', '/', ...'@tenant.id=acme', 'enter', 'x');
    expect(lines().join('\n')).toContain('what passes the filter against the rest');
    expect(lines().join('\n')).toMatch(/@gen_ai\.prompt=\(9 .* hidden, P shows\)/);
    await press('1', 'x');
    expect(lines().join('\n')).toContain('service=shop status=error');
  });

  test('says how many they are and how sure it is, uncut at 80 columns', async () => {
    const { press, lines } = await play(opened.session(), opened.overview(), {
      columns: 80,
      rows: 24,
    });
    await press('4', 'x');
    const text = lines().join('\n');
    expect(text).toContain('these  30 spans, 30 traces: status=error');
    expect(text).toMatch(
      /\d+ of \d+ tested differ beyond chance \(q up to 0\.05\) · largest first/,
    );
  });

  test('hides what was said until it is asked for', async () => {
    const { press, lines } = await player();
    await press('4', 'x');
    const all = () => lines().join('\n');
    expect(all()).toContain('@gen_ai.prompt=(9 characters hidden, P shows)');
    expect(all()).not.toContain('my secret');
    await press('P');
    expect(all()).toContain('my secret');
  });

  test('neither copies nor lists by what was said before it is asked for', async () => {
    const { press, lines, copied, frame } = await player();
    await press('4', 'x', '/', ...'characters', 'enter', 'y');
    expect(lines().join('\n')).toMatch(/ m {2}Markdown/);
    expect(lines().join('\n')).not.toContain('my secret');
    await press('j');
    expect(copied()).not.toContain('my secret');
    await press('t');
    expect(visitOf(frame()).place.screen).toBe('explain');
    expect(lines().join('\n')).toContain('P shows what was said');
    await press('P', '/', 'ctrl-u', ...'secret', 'enter', 't');
    expect(visitOf(frame()).filter).toBe('status=error @gen_ai.prompt="my secret"');
  });

  test('lists all of those that a filter with a choice lets pass', async () => {
    const { press, frame } = await player();
    await press('4', '/', ...'@tenant.id=acme OR dur<0ms', 'enter', 'x', 't');
    expect(visitOf(frame()).filter).toMatch(/^\(@tenant\.id=acme OR dur<0ms\) \S/);
  });

  test('filters and sorts its list, and says of wrong filters why', async () => {
    const { press, lines } = await player();
    await press('4', 'x', '/', ...'others>5', 'enter');
    expect(lines().join('\n')).not.toContain('@tenant.id=acme ');
    await press('/', 'ctrl-u', ...'points>', 'enter');
    expect(lines().join('\n')).toMatch(/points/);
  });
});

describe('what is asked', () => {
  const health = (service: string, observed: boolean, errors: number) => ({
    ...{ service, observed, rank: null, baseline: { spans: 9, errors: 0, p99: 2_000_000 } },
    incident: { spans: 9, errors, p99: 9_000_000 },
  });
  const windows = {
    baseline: { from: '2026-07-12T14:00:00.000Z', to: '2026-07-12T14:10:00.000Z' },
    incident: { from: '2026-07-12T14:10:00.001Z', to: '2026-07-12T14:20:00.000Z' },
  };
  const overview = (services: readonly unknown[], calls: readonly unknown[] = []): Overview =>
    ({ diagnosis: { windows }, services, calls }) as unknown as Overview;

  test('of a service that fails is first what sets its failures apart', () => {
    const asked = contrastsOf(overview([health('cart', true, 3)]), { service: 'cart' });
    expect(asked.map(({ where, versus }) => [where, versus])).toEqual([
      ['service=cart status=error', 'service=cart -status=error'],
      [
        `service=cart since=${windows.incident.from} until=${windows.incident.to}`,
        `service=cart since=${windows.baseline.from} until=${windows.baseline.to}`,
      ],
      ['service=cart dur>2000us', 'service=cart -dur>2000us'],
    ]);
  });

  test('of all of a case where nothing fails is first the time', () => {
    const [first] = contrastsOf(overview([health('cart', true, 0), health('web', true, 0)]), {});
    expect(first?.name).toBe('incident against baseline');
  });

  test('of a case without spans is what errors in logs have', () => {
    const [only, ...more] = contrastsOf(overview([]), {});
    expect([only?.where, only?.versus, more]).toEqual(['sev>=error', null, []]);
  });

  test('of one that does not fail is first the time', () => {
    const [first] = contrastsOf(overview([health('cart', true, 0)]), { service: 'cart' });
    expect(first?.name).toBe('incident against baseline');
  });

  test('of a service that sent no span is that which calls it in vain', () => {
    const side = (errors: number) => ({ calls: 9, errors, p99: null });
    const calls = [
      { caller: 'web', callee: 'cart', incident: side(1) },
      { caller: 'check out', callee: 'cart', incident: side(5) },
    ];
    const services = [health('cart', false, 5), health('check out', true, 5)];
    const [first] = contrastsOf(overview(services, calls), { service: 'cart' });
    expect(first?.where).toBe('service="check out" status=error');
    expect(first?.name).toContain('of check out, which calls cart');
  });
});
