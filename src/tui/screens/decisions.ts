/** What people said of causes, kept as notes of them: the last word on each counts. */
import type { Cause, Diagnosis, Note } from '../../model.ts';
import { safe } from '../glyphs.ts';

interface Decision {
  readonly said: 'accepted' | 'rejected';
  /** Empty: no reason was given. */
  readonly why: string;
}

/** By `targetOf`. */
export type Decisions = ReadonlyMap<string, Decision>;

export const noDecisions: Decisions = new Map();

/** What a note on a cause is about: the same one in the next diagnosis, whatever its rank. */
export const targetOf = ({ service, faultClass }: Cause): string =>
  `cause:${service} ${faultClass}`;

export const decisionsIn = (notes: readonly Note[]): Decisions =>
  new Map(
    notes.flatMap(({ target, body }) => {
      const [, said, why = ''] = /^(accepted|rejected)\b[:,.\s]*([\s\S]*)$/.exec(body) ?? [];
      return said ? [[target, { said: said as Decision['said'], why }] as const] : [];
    }),
  );

export const markOf = (decision: Decision | undefined): string =>
  decision === undefined ? '' : decision.said === 'accepted' ? '✓' : '✗';

/** What was said of the first cause; null if nothing was. */
export function decidedText({ causes }: Diagnosis, decisions: Decisions): string | null {
  const [first] = causes;
  const decision = first && decisions.get(targetOf(first));
  if (!decision) return null;
  const why = decision.why === '' ? '' : `: ${safe(decision.why, 300)}`;
  return `${markOf(decision)} ${decision.said} by hand${why}`;
}
