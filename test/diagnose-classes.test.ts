/** Each class of the codebook by a drawing: named by what it requires, and moved by what speaks for and against it. */
import { describe, expect, test } from 'vitest';
import { codebook } from '../src/diagnose/codebook.ts';
import type { Cause } from '../src/model.ts';
import { type DrawnCase, diagnosisOf } from './case.ts';
import { together } from './class-drawings.ts';
import { type DrawnClass, drawnClasses } from './classes.ts';

const drawingOf = (id: string): DrawnClass => drawnClasses[id] as DrawnClass;
/** The cause that is at the drawn service. */
function causeIn(drawing: DrawnCase, { service = 'cart' }: DrawnClass): Cause {
  const cause = diagnosisOf(drawing).causes.find((one) => one.service === service);
  if (!cause) throw new Error(`${service} is no cause`);
  return cause;
}
const citedBy = ({ evidence }: Cause, direction: 'supports' | 'contradicts'): readonly string[] =>
  evidence.flatMap((row) => (row.direction === direction ? [row.kind] : []));

test('every class has a drawing, with all the sides that the codebook gives it', () => {
  expect(Object.keys(drawnClasses)).toEqual(codebook.map(({ id }) => id));
  for (const { id, required, supporting, contradicting } of codebook) {
    const drawing = drawingOf(id);
    const kinds = (signs: typeof required): readonly string[] => signs.map(({ kind }) => kind);
    expect(kinds(required), id).toContain(drawing.required[0]);
    if (drawing.supporting) expect(kinds(supporting), id).toContain(drawing.supporting[0]);
    else expect(supporting, id).toEqual([]);
    if (drawing.contradicting) expect(kinds(contradicting), id).toContain(drawing.contradicting[0]);
    else expect(contradicting, id).toEqual([]);
  }
});

describe.each(codebook.map(({ id }) => id))('%s', (id) => {
  const { required, supporting, contradicting, withoutSupport, becomes } = drawingOf(id);
  const cause = (...drawings: readonly DrawnCase[]) =>
    causeIn(together(...drawings), drawingOf(id));
  const alone = cause(required[1]);
  const supported = supporting && cause(required[1], supporting[1]);
  /** What names the class. */
  const named = withoutSupport && supported ? supported : alone;

  test('is named by what it requires', () => {
    expect(alone.faultClass).toBe(withoutSupport ?? id);
    expect(named.faultClass).toBe(id);
    expect(citedBy(named, 'supports')).toContain(required[0]);
  });

  if (supporting)
    test('gains by what supports it', () => {
      expect(supported?.faultClass).toBe(id);
      expect(citedBy(supported as Cause, 'supports')).toContain(supporting[0]);
      expect(citedBy(alone, 'supports')).not.toContain(supporting[0]);
      expect(supported?.score).toBeGreaterThan(alone.score);
    });

  if (contradicting)
    test('loses by what contradicts it', () => {
      const lead = withoutSupport && supporting ? supporting[1] : {};
      const doubted = cause(required[1], lead, contradicting[1]);
      expect(doubted.faultClass).toBe(becomes ?? id);
      if (becomes) return;
      expect(citedBy(doubted, 'contradicts')).toContain(contradicting[0]);
      expect(doubted.score).toBeLessThan(named.score);
    });
});
