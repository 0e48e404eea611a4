import { describe, expect, test } from 'vitest';
import type { CitedEvidence, Overview, PublishedReference } from '../src/model.ts';
import { visitOf } from '../src/tui/frame.ts';
import { openedCase, play } from './screens.ts';

const { session, overview } = openedCase('causes');

const metric = (at: string): PublishedReference => ({
  ...{ signal: 'metric', metric: 'cpu', service: 'api', at: `2026-01-01T10:0${at}:00.000Z` },
});

/** The same case, with what is cited of its first cause. */
function citing(cited: Partial<CitedEvidence>): Overview {
  const whole = overview();
  const [first] = whole.diagnosis.causes;
  const [evidence] = first?.evidence ?? [];
  if (!first || !evidence) throw new Error('the case has a cause with evidence');
  const causes = [
    { ...first, evidence: [{ ...evidence, ...cited }], missing: ['what is not there'] },
  ];
  const ruledOut = [{ service: 'web', why: 'all of its failures came from below' }];
  return { ...whole, diagnosis: { ...whole.diagnosis, causes, ruledOut } } as Overview;
}

const opened = async (of: Overview, ...keys: readonly string[]) => {
  const player = await play(session(), of, { columns: 80, rows: 40 });
  await player.press('2', ...keys);
  return player;
};

describe('references to one metric', () => {
  const rows = (lines: readonly string[]) => lines.filter((one) => one.includes('→ 10:'));

  test('no two of them read alike', async () => {
    const player = await opened(
      citing({ refs: [metric('1'), metric('2'), metric('2'), metric('3')] }),
    );
    expect(rows(player.lines())).toHaveLength(3);
    expect(rows(player.lines())[1]).toContain('10:02:00 cpu of api, 2 series');
  });

  test('of an instance, it is named', async () => {
    const player = await opened(citing({ entity: 'instance:api/api-7', refs: [metric('1')] }));
    expect(rows(player.lines())[0]).toContain('cpu of api-7');
  });
});

test.each(['tab', 'enter'])(
  '%s, and every row that the cursor comes to opens something',
  async (key) => {
    const player = await opened(citing({}), key);
    const seen = new Set<string>();
    for (let row = 0; row < 20; row += 1) {
      const under = player.lines().findLast((one) => one.startsWith('▸')) ?? '';
      seen.add(under);
      await player.press('enter');
      expect({ under, screen: visitOf(player.frame()).place.screen }).not.toMatchObject({
        screen: 'causes',
      });
      await player.press('escape', 'j');
    }
    expect([...seen].join('\n')).not.toContain('? missing');
    expect([...seen].join('\n')).toContain('web: all of its failures');
  },
);

test('who is ruled out and a weak cause all the same is pointed to', async () => {
  const of = citing({});
  const [first] = of.diagnosis.causes;
  if (!first) throw new Error('the case has a cause');
  const weak = { ...first, rank: 2, service: 'web', band: 'weak' } as const;
  const both = { ...of, diagnosis: { ...of.diagnosis, causes: [first, weak] } };
  const text = (await opened(both, 'G')).lines().join(' ').replace(/ +/g, ' ');
  expect(text).toContain('web: all of its failures came from below; what it may have done itself');
  expect(text).toContain('is #2, weak');
});

test('of evidence that is longer than its pane it is said how much is left', async () => {
  const of = citing({ refs: Array.from({ length: 9 }, (_, at) => metric(String(at))) });
  const player = await opened(of, 'enter');
  await player.resize(80, 60);
  expect(player.lines().join('\n')).not.toContain('more lines');
  await player.resize(80, 24);
  expect(player.lines().join('\n')).toMatch(/Evidence of #1: .* · ↓ \d+ more lines/);
  await player.press('G');
  expect(player.lines().join('\n')).toMatch(/ · ↑ \d+ more lines/);
});

test('what was said of a cause stands apart from its band', async () => {
  const player = await opened(overview());
  const [cause] = overview().diagnosis.causes;
  const target = `cause:${cause?.service} ${cause?.faultClass}`;
  await player.noted([
    { id: 1, at: '2026-01-01T10:00:00.000Z', target, body: 'rejected: no', author: '' },
  ] as never);
  expect(player.lines().join('\n')).toMatch(/✗ (likely|possible|weak)/);
  // Beside the verdict too, on both screens that say it.
  expect(player.lines().join('\n')).toContain('✗ rejected by hand: no');
  await player.press('1');
  expect(player.lines().join('\n')).toContain('✗ rejected by hand: no');
});
