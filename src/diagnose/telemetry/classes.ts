/** What could be seen of each fault class of the codebook at one service, and what could not. */
import type { ClassCoverage, EvidenceKind } from '../../model.ts';
import { digits } from '../../text.ts';
import { codebook, type FaultClass, type Sign } from '../codebook.ts';
import { withoutRequired } from '../fusion.ts';
import { type CaseFacts, hasAny, type ServiceFacts } from './facts.ts';
import { needsOf, type Telemetry } from './needs.ts';

/** What is known of a case; what is `given` is taken to be there wherever it can be of use. */
export interface Sight {
  readonly facts: CaseFacts;
  readonly given: readonly Telemetry[];
  /** Classes that can happen at some service. */
  readonly classes: readonly FaultClass[];
  /** Kinds that can happen at some service, and those of them that some service would show. */
  readonly possible: ReadonlySet<EvidenceKind>;
  readonly shown: ReadonlySet<EvidenceKind>;
}

const kinds = Object.keys(needsOf) as readonly EvidenceKind[];

export function sightOf(facts: CaseFacts, given: readonly Telemetry[] = []): Sight {
  const all = [...facts.values()];
  const possible = kinds.filter((kind) => all.some((one) => canHappen(kind, one)));
  const shown = possible.filter((kind) =>
    all.some((one) => canHappen(kind, one) && lackOf(kind, one, given).length === 0),
  );
  const classes = codebook.filter((faultClass) => all.some((one) => canBeAt(one, faultClass)));
  return { facts, given, classes, possible: new Set(possible), shown: new Set(shown) };
}

const canHappen = (kind: EvidenceKind, { traits }: ServiceFacts): boolean =>
  hasAny(traits, needsOf[kind].at);

/** What evidence of the kind would need and is not there. */
const lackOf = (
  kind: EvidenceKind,
  { telemetry }: ServiceFacts,
  given: readonly Telemetry[],
): readonly Telemetry[] =>
  needsOf[kind].needs.filter((need) => !given.includes(need) && !telemetry.has(need));

/** Whether something that can happen at the service could not be seen for want of it. */
export const lacks = (one: ServiceFacts, signal: Telemetry): boolean =>
  kinds.some((kind) => canHappen(kind, one) && lackOf(kind, one, []).includes(signal));

type Missing = ClassCoverage['missing'][number] & { readonly signals: readonly Telemetry[] };

/** Classes that can happen at the service, in the order of the codebook. */
export const classesAt = (one: ServiceFacts, sight: Sight): readonly ClassCoverage[] =>
  possibleAt(one).map((faultClass) => assess(faultClass, one, sight));

const possibleAt = (one: ServiceFacts): readonly FaultClass[] =>
  codebook.filter((faultClass) => canBeAt(one, faultClass));

/** A class can happen where the required sign can that says most of it: others are of other faults, too. */
function canBeAt(one: ServiceFacts, { required }: FaultClass): boolean {
  const most = Math.max(...required.map(({ weight }) => weight));
  return required.some(({ kind, weight }) => weight === most && canHappen(kind, one));
}

function assess(faultClass: FaultClass, one: ServiceFacts, sight: Sight): ClassCoverage {
  const signs = (['required', 'supporting', 'contradicting'] as const).flatMap((role) =>
    faultClass[role].flatMap((sign) => {
      const lack = signalsLacking(sign, one, sight);
      return lack === null ? [] : [{ role, kind: sign.kind, weight: sign.weight, signals: lack }];
    }),
  );
  const seen = signs.filter(({ signals }) => signals.length === 0);
  const missing: readonly Missing[] = signs
    .filter(({ signals }) => signals.length > 0)
    .map(({ kind, role, signals }) => ({ kind, role, signals }));
  const isFound = seen.some(({ role }) => role === 'required');
  const unseen = missing.filter(({ role }) => role === 'contradicting').map(({ kind }) => kind);
  const others = mistakenFor(faultClass, unseen, one, sight);
  const told = unseen.length === 0 ? 'told-apart' : 'found';
  const share = weightOf(seen) / weightOf(signs);
  return {
    class: faultClass.id,
    layer: faultClass.layer,
    score: digits(isFound ? share : share * withoutRequired),
    outcome: isFound ? told : 'not-found',
    shown: seen.map(({ kind }) => kind),
    missing,
    mistakenFor: isFound ? others : [],
  };
}

const weightOf = (signs: readonly { readonly weight: number }[]): number =>
  signs.reduce((sum, { weight }) => sum + weight, 0);

/** Empty if the sign could be seen; null if it cannot happen. */
function signalsLacking(
  { kind, where }: Sign,
  one: ServiceFacts,
  { facts, given, possible, shown }: Sight,
): readonly Telemetry[] | null {
  if (where !== 'anywhere') return canHappen(kind, one) ? lackOf(kind, one, given) : null;
  if (!possible.has(kind)) return null;
  if (shown.has(kind)) return [];
  // Where nobody shows it: what the one lacks that lacks least.
  const lacks = [...facts.values()]
    .filter((other) => canHappen(kind, other))
    .map((other) => lackOf(kind, other, given));
  return lacks.reduce((least, lack) => (lack.length < least.length ? lack : least));
}

/** Classes that would show themselves by one of the unseen kinds, here or where the kind is looked for. */
function mistakenFor(
  { id, contradicting }: FaultClass,
  unseen: readonly EvidenceKind[],
  one: ServiceFacts,
  { classes }: Sight,
): readonly string[] {
  const signs = contradicting.filter(({ kind }) => unseen.includes(kind));
  const others = classes.filter((other) =>
    signs.some(
      ({ kind, where }) =>
        other.required.some((sign) => sign.kind === kind) &&
        (where === 'anywhere' || canBeAt(one, other)),
    ),
  );
  return others.filter((other) => other.id !== id).map((other) => other.id);
}
