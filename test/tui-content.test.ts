/** What is not shown until it is asked for, and what can be read on a dark and on a light background. */
import { describe, expect, test } from 'vitest';
import { themeOf } from '../src/config.ts';
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

/** Red, green, yellow, blue, magenta and cyan as xterm comes with them, by their SGR code. */
const palette: Readonly<Record<number, readonly number[]>> = {
  31: [205, 0, 0],
  32: [0, 205, 0],
  33: [205, 205, 0],
  34: [0, 0, 238],
  35: [205, 0, 205],
  36: [0, 205, 205],
};

/** WCAG 2.2, relative luminance. */
const luminance = (color: readonly number[]): number => {
  const [r = 0, g = 0, b = 0] = color.map((one) => {
    const part = one / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};

const contrast = (a: number, b: number): number =>
  (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);

const styles = [
  'bold',
  'dim',
  'inverse',
  'red',
  'green',
  'yellow',
  'blue',
  'magenta',
  'cyan',
] as const;

describe.each([
  { theme: 'dark', backgrounds: [0] },
  { theme: 'light', backgrounds: [1] },
  { theme: 'either', backgrounds: [0, 1] },
] as const)('on a background that is $theme', ({ theme, backgrounds }) => {
  test.each(styles)('%s can be read, and sets no background', (style) => {
    const shown = painted(line('x', style), { color: true, ascii: false, theme });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence begins with ESC.
    const codes = [...shown.matchAll(/\x1b\[(\d+)m/g)].map(([, code]) => Number(code));
    expect(codes.every((code) => [1, 2, 7, 22, 27, 39].includes(code) || code in palette)).toBe(
      true,
    );
    for (const code of codes) {
      const color = palette[code];
      if (!color) continue;
      for (const background of backgrounds) {
        // Of large and bold text and of graphics, 3 : 1 is asked for.
        expect(contrast(luminance(color), background)).toBeGreaterThan(3);
      }
    }
  });
});

test.each([
  ['auto', '', 'either'],
  ['auto', '0;15', 'light'],
  ['auto', '15;default;0', 'dark'],
  ['light', '15;0', 'light'],
  ['dark', '', 'dark'],
] as const)('theme %s, COLORFGBG "%s": %s', (chosen, COLORFGBG, theme) => {
  expect(themeOf(chosen, COLORFGBG === '' ? {} : { COLORFGBG })).toBe(theme);
});
