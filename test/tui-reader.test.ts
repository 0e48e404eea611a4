/** What is read in the background, as far as it needs no process. */
import { expect, test } from 'vitest';
import { onlyNewest } from '../src/tui/runtime/newest.ts';
import { afterPause } from '../src/tui/runtime/pause.ts';

test('of questions of a kind the first and the last are asked', async () => {
  const asked: string[] = [];
  const answers: ((answer: string) => void)[] = [];
  const newest = onlyNewest<string>(
    (question) => {
      asked.push(question);
      return new Promise((resolve) => void answers.push(resolve));
    },
    () => new Error('replaced'),
  );
  const told = ['a', 'b', 'c'].map((question) =>
    newest.ask('filter', question).catch((error: Error) => error.message),
  );
  const other = newest.ask('names', 'n');
  expect(asked).toEqual(['a', 'n']);
  expect(await told[1]).toBe('replaced');
  answers[0]?.('A');
  expect(await told[0]).toBe('A');
  await new Promise(setImmediate);
  expect(asked).toEqual(['a', 'n', 'c']);
  answers[2]?.('C');
  expect(await told[2]).toBe('C');
  answers[1]?.('N');
  expect(await other).toBe('N');
  const last = newest.ask('filter', 'd');
  const behind = newest.ask('filter', 'e').catch((error: Error) => error.message);
  newest.forget(new Error('cancelled'));
  expect(await behind).toBe('cancelled');
  answers[3]?.('D');
  expect(await last).toBe('D');
  expect(asked).toHaveLength(4);
});

test('of questions that come while somebody types the last is asked, unless it is given up', async () => {
  const asked: string[] = [];
  const typed = afterPause<string>(
    async (question) => asked.push(question),
    5,
    () => new Error('replaced'),
  );
  const said = (question: string) =>
    typed.ask(question).then(String, (error: Error) => error.message);
  const replies = [said('f'), said('ff'), said('fff')];
  expect(await Promise.all(replies)).toEqual(['replaced', 'replaced', '1']);
  const given = said('ffff');
  typed.forget();
  expect(await given).toBe('replaced');
  expect(asked).toEqual(['fff']);
});
