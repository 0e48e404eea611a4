import { expect, test } from 'vitest';
import { painted } from '../src/tui/paint.ts';
import { smallDump } from './cli.ts';
import { openedCase, type Player, play, widest } from './screens.ts';

const nasty = '\x1b]0;pwned\x07\x1b[2J\u202edcba\u0085\u200b世界\r\n\t"\'|`$(x)';

/** The small dump with that in every name, and logs and metrics of the same kind. */
function hostileDump(): string {
  const dump = JSON.parse(smallDump({ web: `web ${nasty}`, api: `api ${nasty}` }));
  const resources = dump.resourceSpans as {
    resource: object;
    scopeSpans: { spans: Record<string, string>[] }[];
  }[];
  for (const { scopeSpans } of resources) {
    for (const span of scopeSpans.flatMap(({ spans }) => spans)) {
      const attributes = [{ key: `key ${nasty}`, value: { stringValue: nasty } }];
      Object.assign(span, { name: `${span.name} ${nasty}`, attributes });
    }
  }
  const logs = resources.map(({ resource, scopeSpans }) => ({
    resource,
    scopeLogs: scopeSpans.map(({ spans }) => ({
      logRecords: spans.map(({ traceId, spanId, startTimeUnixNano }) => ({
        ...{ traceId, spanId, timeUnixNano: startTimeUnixNano, severityNumber: 17 },
        body: { stringValue: `body ${nasty}` },
      })),
    })),
  }));
  const metrics = resources.map(({ resource, scopeSpans }) => ({
    resource,
    scopeMetrics: scopeSpans.map(({ spans }) => ({
      metrics: [
        {
          name: `metric ${nasty}`,
          unit: nasty,
          gauge: {
            dataPoints: spans.map(({ startTimeUnixNano }, at) => ({
              timeUnixNano: startTimeUnixNano,
              asDouble: at,
              attributes: [{ key: `key ${nasty}`, value: { stringValue: nasty } }],
            })),
          },
        },
      ],
    })),
  }));
  const all = [dump, { resourceLogs: logs }, { resourceMetrics: metrics }];
  return all.map((one) => JSON.stringify(one)).join('\n');
}

const { session, overview } = openedCase('hostile', hostileDump());

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const forbidden = /[\x00-\x1f\x7f-\x9f\u061c\u200b\u202a-\u202e\u2066-\u2069]/;

function expectHarmless(player: Player): void {
  const { columns, rows } = player.frame();
  const lines = player.lines();
  expect(lines).toHaveLength(rows - 1);
  expect(widest(lines)).toBeLessThanOrEqual(columns);
  for (const text of lines) expect(text).not.toMatch(forbidden);
}

const ways: readonly (readonly string[])[] = [
  ['1', 'j', 'y', 'down', 'down', 'down'],
  ['2', 'enter', 'j', 'enter'],
  ['2', 'a', 'x'],
  ['3', 'v', 'j', 'i', 'enter', 'p'],
  ['3', 'y', 'down', 'down', 'down', 'down'],
  ['4', 'j', 'enter', 'enter', 'G', 'y'],
  ['4', 'd', 'j', 'v', '.'],
  ['5', 'enter', 'enter', 'G'],
  ['5', 'v', 'e', 'v', 'y'],
  ['6', 'enter', 'escape', 'y', 'down'],
  ['7', '.', 'j', 'v', '>', '>'],
  ['8', 'enter', 'ctrl-u', ...'select * from spans', 'enter', 'j', 'l', 'l', 'l', 'l'],
  ['8', 'enter', 'ctrl-u', ...'select nothing', 'enter'],
  ['8', 'enter', 'ctrl-u', ...'select * from sp', 'tab'],
  ['ctrl-p', 'p', 'w', 'n'],
  [':', 't', 'r'],
  ['?'],
];

test.each([
  { columns: 80, rows: 24 },
  { columns: 130, rows: 40 },
])('harmless at $columns x $rows, wherever one goes', async (size) => {
  for (const keys of ways) {
    const player = await play(session(), overview(), size);
    await player.noted([{ id: 1, target: `service:${nasty}`, body: nasty, created: nasty }]);
    for (const key of keys) {
      await player.press(key);
      expectHarmless(player);
    }
    await player.press('escape', 'escape', 'N');
    expectHarmless(player);
  }
});

test('the same with colours: only the codes of colours', async () => {
  const player = await play(session(), overview(), { columns: 100, rows: 30 });
  await player.press('5', 'enter');
  const { frameView } = await import('../src/tui/frame-view.ts');
  const text = frameView(player.frame())
    .map((one) => painted(one, { color: true, ascii: false }))
    .join('');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  expect(text.replace(/\x1b\[\d+m/g, '')).not.toMatch(forbidden);
  expect(text).toContain('pwned');
});
