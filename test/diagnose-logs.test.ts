import { describe, expect, test } from 'vitest';
import { fatalLogs } from '../src/diagnose/detectors/fatal-logs.ts';
import { logTemplates } from '../src/diagnose/detectors/log-templates.ts';
import type { LogFeature, LogMinute, Nanos } from '../src/model.ts';
import { fatalEventIn } from '../src/semantics/index.ts';
import { featuresOf, minute } from './case.ts';

/** Counts by minute: of the baseline from minute 0 on, of the incident from minute 10 on. */
function line(
  template: string,
  { before, during, severity = 9 }: Counts & { readonly severity?: number },
): LogFeature {
  const minutes = (counts: readonly number[], cohort: LogMinute['cohort'], from: number) =>
    counts.flatMap((count, at) => {
      const start = ((from + at) * minute) as Nanos;
      return count === 0 ? [] : [{ cohort, minute: start, count, example: `${template} ${at}` }];
    });
  const all = [...minutes(before, 'baseline', 0), ...minutes(during, 'incident', 10)];
  return { service: 'store', template, severity, minutes: all };
}

interface Counts {
  readonly before: readonly number[];
  readonly during: readonly number[];
}

const steady = line('tick', { before: [3, 3, 3, 3, 3, 3, 3, 3], during: [3, 3, 3, 3, 3] });
const detect = (...logs: readonly LogFeature[]) => [
  ...logTemplates.detect({ ...featuresOf({}), logs: [steady, ...logs] }),
];
const none = [0, 0, 0, 0, 0, 0, 0, 0];

describe('log-templates', () => {
  test('a new warning', () => {
    const [row, ...others] = detect(
      line('disk slow', { before: none, during: [0, 4, 9, 12, 8], severity: 13 }),
    );
    expect(others).toEqual([]);
    expect(row).toMatchObject({
      kind: 'warning-log',
      entity: 'service:store',
      effect: { baseline: 0, incident: 33 / 5 },
      n: { baseline: 8, incident: 5 },
      firstSeen: 11 * minute,
      refs: [1, 2, 3, 4].map((at) => ({ signal: 'log', id: `disk slow ${at}` })),
      summary:
        'store logged “disk slow” 6.6 times a minute, before 0 times a minute: more than ever before in 4 of 5 minutes',
    });
    // C(5,4) / C(13,4), and one other test: of "tick", were it to stop.
    expect(row?.p).toBeCloseTo((2 * 5) / 715, 9);
  });

  test('a line that stops, shown where it still was', () => {
    const [row] = detect(
      line('flushed', { before: [2, 2, 2, 1, 2, 2, 2, 2], during: [2, 0, 0, 0, 0] }),
    );
    expect(row).toMatchObject({
      kind: 'silent-log',
      firstSeen: 11 * minute,
      refs: [
        { id: 'flushed 7' },
        { id: 'flushed 6' },
        { id: 'flushed 5' },
        { id: 'flushed 4' },
        {},
      ],
    });
  });

  test('a warning that comes more often than ever', () => {
    const often = { before: [1, 0, 0, 1, 0, 2, 0, 0], during: [9, 8, 12, 7, 9], severity: 17 };
    expect(detect(line('retry', often)).map(({ kind }) => kind)).toEqual(['warning-log']);
  });

  test('new information, one burst, and what varies anyway are no sign', () => {
    const burst = { before: none, during: [0, 50, 0, 0, 0], severity: 17 };
    const varying = { before: [0, 9, 1, 4, 0, 2, 8, 0], during: [3, 9, 0, 5, 2], severity: 17 };
    expect(detect(line('started', { before: none, during: [5, 5, 5, 5, 5] }))).toEqual([]);
    expect(detect(line('oops', burst))).toEqual([]);
    expect(detect(line('retry', varying))).toEqual([]);
  });

  test('a service that logged in one window only says nothing', () => {
    const features = featuresOf({});
    const alone = line('disk slow', { before: none, during: [4, 4, 9, 12, 8], severity: 17 });
    expect([...logTemplates.detect({ ...features, logs: [alone] })]).toEqual([]);
  });
});

describe('fatal-logs', () => {
  const fatal = (...logs: readonly LogFeature[]) => [
    ...fatalLogs.detect({ ...featuresOf({}), logs: [steady, ...logs] }),
  ];
  const killed = (counts: Counts) =>
    line('Out of memory: Killed process <*> (trainer)', { ...counts, severity: 17 });

  test('once is enough where it never was', () => {
    const [row, ...others] = fatal(killed({ before: none, during: [0, 1, 0, 0, 0] }));
    expect(others).toEqual([]);
    expect(row).toMatchObject({
      kind: 'out-of-memory',
      service: 'store',
      effect: { baseline: 0, incident: 0.2 },
      n: { baseline: 8, incident: 5 },
      firstSeen: 11 * minute,
      summary:
        'store logged “Out of memory: Killed process <*> (trainer)” in 1 of 5 minutes, in 0 of 8 before',
    });
    // 1 - 0.99^5
    expect(row?.p).toBeCloseTo(0.04901, 5);
    expect(row?.strength).toBeGreaterThan(0.4);
    // It is no second fact for the templates.
    expect(detect(killed({ before: none, during: [0, 4, 9, 12, 8] }))).toEqual([]);
  });

  test('no more than before is none', () => {
    const before = [1, 1, 0, 1, 1, 0, 1, 1];
    expect(fatal(killed({ before, during: [1, 1, 1, 0, 1] }))).toEqual([]);
    expect(fatal(line('flushed', { before: none, during: [1, 1, 1, 1, 1] }))).toEqual([]);
  });

  test('the words of drivers and orchestrators', () => {
    const words = {
      'NVRM: Xid (PCI:0000:3b:00): 79, GPU has fallen off the bus.': 'gpu-error',
      'Uncorrectable ECC error on GPU <*>': 'gpu-error',
      'container trainer OOMKilled': 'out-of-memory',
      'java.lang.OutOfMemoryError: Java heap space': 'out-of-memory',
      'CUDA out of memory. Tried to allocate 2 GiB': 'out-of-memory',
      'room killed the mood': null,
      'taxid 4711 is unknown': null,
      'cache evicted 12 entries': null,
    };
    for (const [text, kind] of Object.entries(words)) expect(fatalEventIn(text), text).toBe(kind);
  });
});
