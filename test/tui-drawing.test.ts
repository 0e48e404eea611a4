/** What screens are drawn with: cells, cursors, bars, glyph tiers. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sparkline } from '../src/text/sparkline.ts';
import { displayWidth } from '../src/text.ts';
import { block, docView, headed, movedInDoc } from '../src/tui/doc.ts';
import { safe, toAscii } from '../src/tui/glyphs.ts';
import { beside, cell, column, cut, fill, type Line, line, widthOf } from '../src/tui/line.ts';
import { atTop, firstSeen, type Motion, moved, nextWhere, placed } from '../src/tui/list.ts';
import { painted, plainText } from '../src/tui/paint.ts';
import { axisOf, columnAt } from '../src/tui/spark.ts';

const texts = fc.string({
  unit: fc.constantFrom('a', '世', 'é', '\u0301', '🙂', ' ', '\x1b', '\u202e'),
});
const lines = fc
  .array(texts, { maxLength: 6 })
  .map((parts): Line => parts.map((text) => cell(safe(text), 'red')));

describe('lines', () => {
  test('cut and filled to a width, whatever is in them', () => {
    fc.assert(
      fc.property(lines, fc.integer({ min: 0, max: 30 }), (one, columns) => {
        expect(widthOf(cut(one, columns))).toBeLessThanOrEqual(columns);
        expect(widthOf(fill(one, columns))).toBe(columns);
      }),
    );
  });

  test('what stands on the right begins in one column', () => {
    const both = beside([line('世界'), line('abcdefgh')], [line('x'), line('y')], 5, cell('|'));
    expect(both.map((one) => plainText(one))).toEqual(['世界 |x', 'abcd…|y']);
  });

  test('a column is as wide as asked, on the side asked for', () => {
    expect(column('7', 3, { align: 'right' }).text).toBe('  7');
    expect(column('long text', 5).text).toBe('long…');
    expect(column('x', 0).text).toBe('');
  });
});

describe('paint', () => {
  test('styles are switched off again, colours only where they are wanted', () => {
    const one = [cell('a', 'bold', 'red'), cell('b')];
    expect(painted(one, { color: true, ascii: false })).toBe('\x1b[1m\x1b[31ma\x1b[39m\x1b[22mb');
    expect(painted(one, { color: false, ascii: false })).toBe('\x1b[1ma\x1b[22mb');
  });

  test('blanks at the end are not written, unless they are in reverse', () => {
    expect(painted([cell('a  '), cell('  ')], { color: true, ascii: false })).toBe('a');
    expect(painted([cell('a '), cell(' ', 'inverse')], { color: true, ascii: false })).toBe(
      'a \x1b[7m \x1b[27m',
    );
  });

  test('no telemetry text becomes an escape sequence, a control or a direction', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const shown = painted([cell(safe(text))], { color: true, ascii: false });
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        expect(toAscii(shown)).toMatch(/^[ -~]*$/);
      }),
    );
  });

  test('ASCII is as wide as what it stands for', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const shown = safe(text);
        expect([...shown].reduce((sum, one) => sum + displayWidth(one), 0)).toBe(
          toAscii(shown).length,
        );
      }),
    );
    expect(toAscii('▸ a → b … 世 ✗')).toBe('> a > b ~ ?? x');
  });
});

describe('cursor', () => {
  const motions: readonly Motion[] = [
    'up',
    'down',
    'top',
    'bottom',
    'half-up',
    'half-down',
    'page-up',
    'page-down',
  ];

  test('stays in the list, and in sight', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...motions), { maxLength: 30 }),
        fc.integer({ min: 0, max: 50 }),
        fc.integer({ min: 1, max: 20 }),
        (way, count, rows) => {
          let cursor = atTop;
          for (const motion of way) {
            cursor = moved(cursor, motion, count, rows);
            expect(cursor.at).toBeGreaterThanOrEqual(0);
            expect(cursor.at).toBeLessThan(Math.max(1, count));
            expect(cursor.at - cursor.top).toBeGreaterThanOrEqual(0);
            expect(cursor.at - cursor.top).toBeLessThan(rows);
          }
        },
      ),
    );
  });

  test('scrolls no further than it must', () => {
    expect(placed({ at: 0, top: 0 }, 9, 100, 10)).toEqual({ at: 9, top: 0 });
    expect(placed({ at: 9, top: 0 }, 10, 100, 10)).toEqual({ at: 10, top: 1 });
    expect(firstSeen({ at: 50, top: 45 }, 100, 3)).toBe(48);
  });

  test('jumps to what passes, and stays where nothing does', () => {
    const odd = (at: number): boolean => at % 2 === 1;
    expect(nextWhere(0, 5, 1, odd)).toBe(1);
    expect(nextWhere(3, 5, 1, odd)).toBe(3);
    expect(nextWhere(3, 5, -1, odd)).toBe(1);
  });
});

describe('documents', () => {
  const blocks = [
    block([line('one'), line('more')]),
    headed('Title', block([line('two')])),
    block([line('three')]),
  ];
  const shown = (at: number, rows: number): readonly string[] =>
    docView(blocks, { at, top: 0 }, { columns: 20, rows }, true).map((one) => plainText(one));

  test('the block under the cursor is marked below its heading', () => {
    expect(shown(1, 10)).toEqual([' one', ' more', '', ' Title', '▸two', ' three']);
  });

  test('scrolls until all of the block is seen', () => {
    expect(shown(2, 3)).toEqual([' Title', ' two', '▸three']);
    expect(movedInDoc({ at: 1, top: 0 }, 'down', blocks, 3)).toEqual({ at: 2, top: 3 });
  });
});

describe('bars', () => {
  test('from the least to the most, blank where nothing is known', () => {
    expect(sparkline([0, null, 50, 100], { from: 0 })).toBe('▁ ▅█');
    expect(sparkline([3, 3, 3])).toBe('▁▁▁');
    expect(sparkline([])).toBe('');
    expect(sparkline([0, null, 50, 100], { from: 0, ascii: true })).toBe('_ =#');
  });

  test('a little is more than nothing', () => {
    expect(sparkline([0, 1, 100], { from: 0 })).toBe('▁▂█');
  });

  test('pieces share the axis by their length, with a break between them', () => {
    const axis = axisOf(
      [
        { from: 0, to: 100 },
        { from: 900, to: 1_000 },
      ],
      11,
    );
    expect(axis).toHaveLength(11);
    expect(axis.indexOf(null)).toBe(5);
    expect([0, 99, 100, 500, 900, 1_000].map((time) => columnAt(axis, time))).toEqual([
      0, 4, 4, -1, 6, 10,
    ]);
  });
});
