import { describe, expect, test } from 'vitest';
import { learnTemplates } from '../src/features/index.ts';
import { placeOf, tellsPlace } from '../src/semantics/index.ts';

describe('log templates', () => {
  test('texts of one length and first word with 0.4 of their words equal are one', () => {
    // 4 of 5 words equal; then 3 of 5 against the template, whose <*> equals nothing.
    const texts = [
      'user anna logged in today',
      'user bob logged in today',
      'user eve logged in now',
    ];
    expect(new Set(learnTemplates(texts))).toEqual(new Set(['user <*> logged in <*>']));
  });

  test('exactly 0.4 merges, less does not', () => {
    expect(learnTemplates(['a b c d e', 'a b x y z'])).toEqual([
      'a b <*> <*> <*>',
      'a b <*> <*> <*>',
    ]);
    expect(learnTemplates(['a b c d e', 'a v x y z'])).toEqual(['a b c d e', 'a v x y z']);
  });

  test('another length or another first word is another template', () => {
    const texts = ['cache miss for key', 'cache miss for the key', 'queue miss for key'];
    expect(learnTemplates(texts)).toEqual(texts);
  });

  test('first words with a digit or mask share a leaf', () => {
    expect(learnTemplates(['<n> rows read', 'p7 rows read'])).toEqual([
      '<*> rows read',
      '<*> rows read',
    ]);
  });

  test('the most similar template wins, the first of equals', () => {
    const texts = ['job a b c d', 'job a b c e', 'job v w x y', 'job v w x d'];
    // Sorted: "job a b c d", "job a b c e" → one; "job v w x d" has 1 of 5 with it: new; then "… y".
    expect(learnTemplates(texts)).toEqual([
      'job a b c <*>',
      'job a b c <*>',
      'job v w x <*>',
      'job v w x <*>',
    ]);
  });

  test('the order of the texts does not matter', () => {
    const texts = ['get a from b', 'get c from d', 'get a from d', 'put a to b', 'get <n> of b'];
    const forwards = new Map(texts.map((text, at) => [text, learnTemplates(texts)[at]]));
    const turned = [...texts].reverse();
    const backwards = new Map(turned.map((text, at) => [text, learnTemplates(turned)[at]]));
    expect(backwards).toEqual(forwards);
  });

  test('beyond a hundred first words of one length the rest share a leaf', () => {
    const words = Array.from({ length: 102 }, (_, number) =>
      String.fromCharCode(97 + (number % 26), 97 + Math.floor(number / 26)),
    );
    const templates = learnTemplates(words.map((word) => `${word} is here`));
    expect(new Set(templates).size).toBe(101);
    expect(templates.filter((template) => template === '<*> is here')).toHaveLength(2);
  });
});

describe('the place of a log statement', () => {
  test('an event name, or a line with its logger, file or scope', () => {
    expect(placeOf({ 'event.name': 'cart.emptied', 'code.lineno': 4 }, '')).toBe('cart.emptied');
    expect(placeOf({ 'log.logger': 'c.Cart', 'code.lineno': 42 }, 'app')).toBe('c.Cart:42');
    expect(placeOf({ 'code.file.path': 'cart.py', 'code.line.number': 7 }, 'app')).toBe(
      'cart.py:7',
    );
    expect(placeOf({ 'code.line.number': '7' }, 'app.cart')).toBe('app.cart:7');
    expect(placeOf({ 'log.logger': 'c.Cart' }, 'app')).toBeNull();
  });

  test('is told from the text of the attributes', () => {
    expect(tellsPlace('{"code.lineno":42}')).toBe(true);
    expect(tellsPlace('{"log.origin.file.line":1}')).toBe(true);
    expect(tellsPlace('{"http.code":42,"user":"barcode."}')).toBe(false);
  });
});
