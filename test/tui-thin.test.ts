/** Cases that lack something: no span, no baseline. What is said of them must be true of them. */
import { describe, expect, test } from 'vitest';
import { linesOf, log, span } from './fixtures/store/dump.ts';
import { openedCase, type Player, play } from './screens.ts';

const size = { columns: 80, rows: 24 };
const text = (player: Player): string => player.lines().join('\n');

describe('logs alone', () => {
  const long = 'connection to the warehouse was refused again and again '.repeat(8);
  const { session, overview } = openedCase('thin-logs', linesOf([log(long)]));
  const opened = () => play(session(), overview(), size);

  test('no filter is blamed for services that are not there', async () => {
    const player = await opened();
    expect(text(player)).not.toContain('passes the filter');
    expect(text(player)).toContain(
      'no span was recorded: what there is, is in 5 Logs and 6 Metrics',
    );
  });

  test('the graph says why it is empty, and is around nothing', async () => {
    const player = await opened();
    await player.press('3');
    expect(text(player)).toContain('no span was recorded, so nothing is known of who calls whom');
    expect(player.lines()[0]).not.toContain('hop');
  });

  test('a statement that is longer than its room says that it goes on', async () => {
    const player = await opened();
    await player.press('5');
    const at = player.lines().findIndex((one) => one.includes('1 records'));
    expect(player.lines()[at + 2]).toMatch(/…$/);
  });

  test('no other question is named where there is one', async () => {
    const player = await opened();
    await player.press('4', 'x');
    expect(text(player)).toContain('no record is of these');
    expect(text(player)).not.toContain('v asks otherwise');
  });
});

describe('one side alone', () => {
  const { session, overview } = openedCase('thin-side', linesOf([span({ id: 1, trace: 1 })]));

  test('nothing is said to have changed', async () => {
    const player = await play(session(), overview(), size);
    await player.press('7');
    expect(text(player)).toContain('nothing to compare with');
    expect(text(player)).not.toContain('changed by more than noise');
  });
});

describe('long values that differ', () => {
  const url = (end: string) => ({
    'url.full': `https://warehouse.example/${'part/'.repeat(20)}${end}`,
  });
  const dump = [
    span({ id: 1, trace: 1, start: 0, attributes: url('before') }),
    span({ id: 2, trace: 2, start: 10, failed: true, attributes: url('after') }),
  ];
  const { session, overview } = openedCase('thin-values', linesOf(dump));

  test('are both seen where they differ', async () => {
    const player = await play(session(), overview(), size);
    await player.press('4', 'space', 'j', 'space', 'd');
    const line = player.lines().find((one) => one.includes('url.full'));
    expect(line).toContain('before');
    expect(line).toContain('after');
    expect(line).toContain('→');
  });
});
