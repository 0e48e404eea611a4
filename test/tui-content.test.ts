/** What is not shown until it is asked for, and what can be read on a light background. */
import { expect, test } from 'vitest';
import { discreet } from '../src/tui/content.ts';
import { line } from '../src/tui/line.ts';
import { painted } from '../src/tui/paint.ts';

test.each([
  'gen_ai.input.messages',
  'gen_ai.prompt.0.content',
  'gen_ai.tool.call.arguments',
  'llm.input_messages.0.message.content',
  'input.value',
  'traceloop.entity.output',
  'ai.response.text',
  'mlflow.spanInputs',
])('%s is hidden', (key) => {
  const shown = discreet({ [key]: 'my secret' });
  expect(shown).toEqual({ [key]: '(9 characters hidden, P shows)' });
});

test.each([
  'gen_ai.prompt.name',
  'gen_ai.prompt.version',
  'gen_ai.usage.input_tokens',
  'gen_ai.request.model',
  'llm.token_count.prompt',
  'http.route',
  'content',
])('%s is shown', (key) => {
  expect(discreet({ [key]: 'x' })).toEqual({ [key]: 'x' });
});

test('the content of a GenAI event is hidden', () => {
  expect(discreet({ content: 'hello', role: 'user' }, 'gen_ai.user.message')).toEqual({
    content: '(5 characters hidden, P shows)',
    role: 'user',
  });
});

test('on a light background nothing is yellow or cyan', () => {
  const look = { color: true, ascii: false };
  expect(painted(line('x', 'yellow'), look)).toContain('\x1b[33m');
  expect(painted(line('x', 'yellow'), { ...look, light: true })).toContain('\x1b[35m');
  expect(painted(line('x', 'cyan'), { ...look, light: true })).toContain('\x1b[34m');
});
