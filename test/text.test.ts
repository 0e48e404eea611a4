import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import {
  clockTime,
  displayWidth,
  endOf,
  formatDuration,
  formatNumber,
  formatShare,
  isoTime,
  padTo,
  plural,
  sanitise,
  squeezed,
  wrap,
} from '../src/text.ts';

/** Text as hostile telemetry holds it: any code unit, lone surrogates, and the worst by name. */
const nasty = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'grapheme' }),
      fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
      fc.constantFrom(
        '\u001b[2J',
        '\u009b31m',
        '\u202e',
        '\u2066',
        '\u200b',
        '\ufeff',
        '\u{e0041}',
        '\u00ad',
        '\u3164',
        '\ud800',
        '🙂',
        '👩‍🚀',
      ),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

describe('sanitise', () => {
  test('leaves nothing that moves a cursor, reorders a line or hides in it', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const shown = sanitise(text);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: naming them is the point
        expect(shown).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
        expect(shown).not.toMatch(/[\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\u00ad]/);
        expect(shown).not.toMatch(/[\u{e0000}-\u{e0fff}]/u);
        expect(shown).not.toMatch(/\p{Surrogate}/u);
      }),
      { numRuns: 1000 },
    );
  });

  test('cuts to the limit and never through a surrogate pair', () => {
    expect(sanitise('ab🙂cd', 3)).toBe('ab…');
    expect(sanitise('ab🙂cd', 4)).toBe('ab🙂…');
    expect(sanitise('abc', 3)).toBe('abc');
    expect(sanitise('abc', 0)).toBe('…');
    expect(sanitise('x'.repeat(10_000_000))).toHaveLength(2001);
  });

  test.each([
    ['\u001b[31mred', '\\x1b[31mred'],
    ['a\nb\tc\r', 'a b c '],
    ['\u202eevil', '\\u202eevil'],
    ['\u{e0041}', '\\u{e0041}'],
    ['\ud800', '\\ud800'],
    ['naïve café ✓ 日本 🙂 ❤️', 'naïve café ✓ 日本 🙂 ❤️'],
  ])('%j is shown as %j', (text, shown) => {
    expect(sanitise(text)).toBe(shown);
  });
});

test.each([
  ['a/b.json', 8, 'a/b.json'],
  ['a/b.json', 7, '…b.json'],
  ['表/表.json', 8, '…表.json'],
  ['abc', 1, '…'],
] as const)('endOf(%j, %i) is %j', (text, columns, shown) => {
  expect(endOf(text, columns)).toBe(shown);
});

test.each([
  ['trainer-eu1', 11, 'trainer-eu1'],
  ['trainer-eu1', 8, 'trai…eu1'],
  ['表表表表表', 7, '表…表表'],
  ['abc', 1, '…'],
  ['abc', 0, ''],
] as const)('squeezed(%j, %i) is %j', (text, columns, shown) => {
  expect(squeezed(text, columns)).toBe(shown);
});

test('the short way to a width is right for every character, and beside others', () => {
  const wrong: string[] = [];
  for (let code = 0; code <= 0xffff; code += 1) {
    const text = `a${String.fromCharCode(code)}─`;
    if (displayWidth(text) !== stringWidth(text)) wrong.push(code.toString(16));
  }
  expect(wrong).toEqual([]);
});

describe('padTo and wrap', () => {
  const clean = nasty.map((text) => sanitise(text));

  test('padTo takes exactly so many columns', () => {
    fc.assert(
      fc.property(clean, fc.nat(30), fc.constantFrom('left', 'right'), (text, columns, align) => {
        expect(displayWidth(padTo(text, columns, align as 'left'))).toBe(columns);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ['abc', 5, 'left', 'abc  '],
    ['abc', 5, 'right', '  abc'],
    ['abcdef', 4, 'left', 'abc…'],
    ['日本語', 4, 'left', '日… '],
    ['日本語', 6, 'left', '日本語'],
    ['abc', 1, 'left', '…'],
    ['abc', 0, 'left', ''],
  ] as const)('padTo(%j, %i, %s) is %j', (text, columns, align, shown) => {
    expect(padTo(text, columns, align)).toBe(shown);
  });

  test('wrap keeps every character that is no space, and no line is too long', () => {
    fc.assert(
      fc.property(clean, fc.integer({ min: 2, max: 20 }), (text, columns) => {
        const lines = wrap(text, columns);
        const wide = lines.filter((line) => displayWidth(line) > columns);
        // Only a single character may be wider than a line.
        for (const line of wide) expect([...new Intl.Segmenter().segment(line)]).toHaveLength(1);
        expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
      }),
      { numRuns: 500 },
    );
  });

  test('wrap breaks at spaces first', () => {
    expect(wrap('the cart service is down', 10)).toEqual(['the cart', 'service is', 'down']);
    expect(wrap('connect ECONNREFUSED', 6)).toEqual(['connec', 't', 'ECONNR', 'EFUSED']);
    expect(wrap('', 10)).toEqual([]);
  });
});

test.each([
  [0, '0'],
  [-0, '0'],
  [0.05, '0.05'],
  [0.00012345, '0.000123'],
  [12.345, '12.3'],
  [99.96, '100'],
  [100.4, '100'],
  [1234.5, '1,235'],
  [-1234567, '-1,234,567'],
  [Number.NaN, 'NaN'],
  [Number.POSITIVE_INFINITY, 'Infinity'],
])('formatNumber(%d) is %s', (value, shown) => {
  expect(formatNumber(value)).toBe(shown);
});

test.each([
  [0, '0 ms'],
  [0.0004, '0.4 µs'],
  [0.84, '840 µs'],
  [0.9999, '1 ms'],
  [12.34, '12.3 ms'],
  [999.4, '999 ms'],
  [999.9, '1 s'],
  [4_200, '4.2 s'],
  [119_400, '119 s'],
  [119_900, '2 min'],
  [200_000, '3 min 20 s'],
  [-200_000, '-3 min 20 s'],
  [7_199_600, '2 h'],
  [7_500_000, '2 h 5 min'],
  [90_000_000, '25 h'],
  [Number.NaN, 'NaN ms'],
])('formatDuration(%d) is %s', (ms, shown) => {
  expect(formatDuration(ms)).toBe(shown);
});

test.each([
  [0, '0 %'],
  [0.004, '0.4 %'],
  [0.00012, '0.01 %'],
  [0.123, '12 %'],
  [1, '100 %'],
])('formatShare(%d) is %s', (share, shown) => {
  expect(formatShare(share)).toBe(shown);
});

test.each([
  [1_783_864_897_120_000_000n, '2026-07-12T14:01:37.120Z'],
  [1_783_864_897_120_000_001n, '2026-07-12T14:01:37.120000001Z'],
  [1_783_864_897_999_999_999n, '2026-07-12T14:01:37.999999999Z'],
  [-1n, '1969-12-31T23:59:59.999999999Z'],
])('isoTime(%d) is %s', (time, shown) => {
  expect(isoTime(time)).toBe(shown);
});

test('times and counts as people read them', () => {
  expect(isoTime(null)).toBeNull();
  expect(clockTime(1_783_864_897_120_999_999n)).toBe('14:01:37.120');
  expect(plural(1, 'span')).toBe('1 span');
  expect(plural(2_000, 'span')).toBe('2,000 spans');
  expect(plural(0, 'query', 'queries')).toBe('0 queries');
});
