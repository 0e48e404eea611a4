/** Telemetry that is wrong, empty or out to harm: an answer, no more certain than it may be. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { diagnose } from '../src/diagnose/index.ts';
import type { Nanos, Span } from '../src/model.ts';
import { importDumps, openSession } from '../src/session.ts';
import { diagnosisOf, earlier, featuresOf, later, many, namesOf } from './case.ts';

const folder = mkdtempSync(join(tmpdir(), 'aidebug-hostile-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const failing = `
web/GET       [==========!]
  web>cart       [=====!]
    cart/Get       [==!]
`;
const thrown = {
  'cart/Get': {
    events: [{ name: 'exception', time: null, attributes: { 'exception.type': 'KeyError' } }],
  },
} as const;
const all = { minutes: [0, 5] } as const;

describe('few traces', () => {
  test('none', () => {
    const nothing = diagnosisOf({});
    expect(nothing).toMatchObject({ verdict: 'no-clear-cause', causes: [], ruledOut: [] });
    expect(nothing.dataQuality.score).toBe(0);
    expect(diagnosisOf({ unlabelled: [] }).causes).toEqual([]);
  });

  test('one that is well', () => {
    const one = many('web/GET [==]', { ...all, count: 1 });
    expect(diagnosisOf({ unlabelled: one })).toMatchObject({
      verdict: 'no-clear-cause',
      regime: 'absolute',
      causes: [],
    });
  });

  test('one that failed: its origin is named, and no more than likely enough to look at', () => {
    const one = diagnosisOf({ unlabelled: many(failing, { ...all, count: 1, set: thrown }) });
    expect(one.causes.map(({ service }) => service)).toEqual(['cart']);
    expect(one.verdict).not.toBe('likely');
  });

  test('all failed: nothing to compare with, so the confidence is capped', () => {
    const unlabelled = many(failing, { ...all, count: 40, set: thrown });
    const answer = diagnosisOf({ unlabelled });
    expect(answer.regime).toBe('absolute');
    expect(namesOf(answer)).toEqual(['cart code-exception likely']);
    expect(answer.causes[0]?.confidence).toBeLessThanOrEqual(0.8);
    expect(answer.causes[0]?.evidence[0]?.effect.baseline).toBeNull();
    expect(answer.ruledOut.map(({ service }) => service)).toEqual(['web']);
  });

  test('two odd failures among very many are no cause', () => {
    const unlabelled = [
      ...many('web/GET [==]', { ...all, count: 500 }),
      ...many(failing, { ...all, count: 2, set: thrown }),
    ];
    expect(diagnosisOf({ unlabelled }).verdict).toBe('no-clear-cause');
  });
});

test('traces without times', () => {
  const timeless = (span: Span): Span => ({
    ...span,
    timed: false,
    start: 0 as Nanos,
    end: 0 as Nanos,
  });
  const answer = diagnosisOf({
    baseline: earlier('web/GET [==]', 30, { vary: timeless }),
    incident: later(failing, 30, { set: thrown, vary: timeless }),
  });
  expect(namesOf(answer)[0]).toBe('cart code-exception likely');
  expect(answer.causes[0]?.path.every(({ delayMs }) => delayMs === null)).toBe(true);
});

test('traces that are no trees: cycles, orphans, no root', () => {
  const broken = later(failing, 30, {
    set: thrown,
    vary: (span) => ({ ...span, parentId: span.spanId }),
  });
  const answer = diagnosisOf({ baseline: earlier('web/GET [==]', 30), incident: broken });
  expect(answer.causes.map(({ service }) => service)).toContain('cart');
});

describe('names that are out to harm', () => {
  const name = `it's "x"; $(touch ${join(folder, 'harmed')}) \u001b[31m\n\u0000\u202e-- DROP`;
  const renamed = (span: Span): Span => ({
    ...span,
    service: span.service === 'cart' ? name : span.service,
    name: `${span.name}\u001b]0;title\u0007`,
    statusMessage: span.status === 'error' ? 'broke\u001b[2J\r\nanew' : '',
  });
  const drawing = {
    baseline: earlier('web/GET [==]', 30),
    incident: later(failing, 30, { set: thrown, vary: renamed }),
  };

  test('are the service as it is, and harmless in sentences', () => {
    const [cause] = diagnose(featuresOf(drawing)).causes;
    expect(cause?.service).toBe(name);
    const said = [cause?.summary, ...(cause?.evidence ?? []).map(({ summary }) => summary)];
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what must not be there
    expect(said.filter((text) => /[\u0000-\u001f\u007f-\u009f]/.test(text ?? ''))).toEqual([]);
  });

  test('are quoted in commands, which find them', async () => {
    // What SQLite keeps of text ends at a NUL when it is compared with text: left out here.
    const service = name.replace('\u0000', '');
    const dump = join(folder, 'dump.json');
    writeFileSync(dump, otlp(service));
    const db = join(folder, 'case.db');
    await importDumps(db, [dump]);
    await using session = await openSession(db);
    const { causes } = await session.diagnose();
    expect(causes[0]?.service).toBe(service);
    const checks = causes.flatMap(({ nextChecks }) => nextChecks);
    expect(checks.map((check) => check.split(' ')[1])).toEqual(['trace', 'query']);
    for (const check of checks) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: what must not be there
      expect(check).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
    }
    const [, word, sql = ''] = shellWords(checks[1] ?? '');
    expect(word).toBe('query');
    const { rows } = await session.query(sql);
    const found: unknown[] = [];
    for await (const row of rows) found.push(row);
    expect(found).toHaveLength(1);
    expect(spawnSync('ls', [join(folder, 'harmed')]).status).not.toBe(0);
  });

  /** The words bash makes of a command. */
  function shellWords(command: string): readonly string[] {
    const script = `aidebug() { printf '%s\\0' aidebug "$@"; }; ${command}`;
    return spawnSync('bash', ['-c', script]).stdout.toString().split('\0');
  }

  function otlp(service: string): string {
    const id = (number: number): string => number.toString(16).padStart(16, '0');
    const at = (ms: number): string => String(1_700_000_000_000_000_000n + BigInt(ms) * 1_000_000n);
    const span = (trace: number, number: number, kind: number, parent = '') => ({
      traceId: trace.toString(16).padStart(32, '0'),
      spanId: id(trace * 16 + number),
      parentSpanId: parent,
      name: 'op',
      kind,
      startTimeUnixNano: at(trace * 100 + number),
      endTimeUnixNano: at(trace * 100 + 50 - number),
      status: { code: 2, message: number === 3 ? 'broke' : '' },
    });
    const of = (serviceName: string, spans: readonly unknown[]) => ({
      resource: { attributes: [{ key: 'service.name', value: { stringValue: serviceName } }] },
      scopeSpans: [{ spans }],
    });
    const traces = Array.from({ length: 12 }, (_, index) => index + 1);
    return JSON.stringify({
      resourceSpans: [
        of(
          'web',
          traces.flatMap((t) => [span(t, 1, 2), span(t, 2, 3, id(t * 16 + 1))]),
        ),
        of(
          service,
          traces.map((t) => span(t, 3, 2, id(t * 16 + 2))),
        ),
      ],
    });
  }
});
