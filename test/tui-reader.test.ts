/** What is read in the background, as far as it needs no process. */
import { expect, test } from 'vitest';
import { onlyNewest } from '../src/tui/runtime/newest.ts';

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
