import { describe, expect, test } from 'vitest';
import { type LogTemplates, nanos, severities, type TemplateLine } from '../src/model.ts';
import { plainText } from '../src/tui/paint.ts';
import { logs } from '../src/tui/screens/logs.ts';

const area = { columns: 80, rows: 30 };

const statement = (template: string, rest: Partial<TemplateLine>): TemplateLine => ({
  ...{
    service: 'api',
    template,
    content: false,
    severity: 9,
    counts: { baseline: 5, incident: 5 },
  },
  ...{ all: 10, first: nanos(0), last: nanos(1), minutes: [], change: 0 },
  ...rest,
});

const subject = (
  exposure: LogTemplates['exposure'],
  templates: readonly TemplateLine[],
): LogTemplates => ({
  ...{ epochNs: '1750000000000000000', baseline: null, byHealth: false },
  ...{ incident: { from: nanos(0), to: nanos(60e9) }, exposure, exposedBy: 'requests', templates },
});

const templates = [
  statement('seldom', { change: 3 }),
  statement('often', { all: 400, change: 2 }),
  statement('broken', { severity: severities.error }),
];

const view = (of: LogTemplates): readonly string[] =>
  logs.View(logs.init(of, area), area).map((one) => plainText(one));
const order = (lines: readonly string[]): readonly string[] =>
  lines.slice(2, 5).flatMap((one) => /seldom|often|broken/.exec(one)?.[0] ?? []);

describe('the order of statements', () => {
  test('nothing surely changed: by severity, then count, and it says so', () => {
    const lines = view(subject({ baseline: 10, incident: 10 }, templates));
    expect(lines[0]).toMatch(/none changed surely .* sorted by severity, then count/);
    expect(order(lines)).toEqual(['broken', 'often', 'seldom']);
  });

  test('without a baseline the same', () => {
    const lines = view(subject({ baseline: 0, incident: 10 }, templates));
    expect(lines[0]).toMatch(/nothing to compare with .* sorted by severity, then count/);
    expect(order(lines)).toEqual(['broken', 'often', 'seldom']);
  });

  test('where something changed, what changed most surely first', () => {
    const changed = [statement('often', { change: 90 }), statement('broken', { severity: 17 })];
    const lines = view(subject({ baseline: 10, incident: 10 }, changed));
    expect(lines[0]).toMatch(/1 changed .* sorted by change/);
    expect(order(lines)).toEqual(['often', 'broken']);
  });
});
