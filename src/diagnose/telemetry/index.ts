/**
 * Which faults the telemetry of a case could show, had they happened: the codebook read backwards.
 * A class is scored by the weight of its signs that could be seen, as share of all that can happen
 * at the service; a quarter of that where none of the required is among them, as in fusion. A
 * service is the mean of its classes, the case the mean of its services.
 *
 *     model server   concept-drift   quality ✓   drift ✗   found, not told from data-drift
 *
 * After: the ML Test Score (Breck et al., IEEE Big Data 2017), which counts what is tested and
 * monitored, and not how well the system is just now.
 */
import { grouped } from '../../grouping.ts';
import type {
  ClassCoverage,
  Features,
  MissingTelemetry,
  ServiceCoverage,
  TelemetryCoverage,
} from '../../model.ts';
import { digits } from '../../text.ts';
import { classesAt, lacks, type Sight, sightOf } from './classes.ts';
import { type CaseFacts, factsOf, type ServiceFacts } from './facts.ts';
import { type Telemetry, type Trait, wantedOf } from './needs.ts';

/** `writers`: services that logged anything, sorted. No service: nothing is known of any. */
export function telemetryCoverage(
  features: Features,
  writers: readonly string[],
): TelemetryCoverage {
  const facts = factsOf(features, writers);
  const now = assessed(facts, sightOf(facts));
  const compared = assessed(facts, sightOf(facts, comparison));
  const lacking = new Set([...now.values()].flatMap(signalsIn));
  const changes = [...lacking].map((signal) => changeOf(signal, facts, { now, compared }));
  const missing = changes.flatMap(({ signal, before, after }) => {
    const services = [...facts].filter(([, one]) => lacks(one, signal));
    const told = missingOf(signal, [...before.values()].flat(), [...after.values()].flat());
    const adds = digits(meanOf(after) - meanOf(before));
    return adds > 0 ? [{ ...told, adds, services: services.map(([service]) => service) }] : [];
  });
  return {
    score: digits(meanOf(now)),
    services: [...facts].map(([service, one]) =>
      serviceOf(service, one, now.get(service) ?? [], changes),
    ),
    missing: missing.sort(byGain),
  };
}

/** What is no signal, and all that is compared needs it. */
const comparison: readonly Telemetry[] = ['compared', 'baseline'];

interface Change {
  readonly signal: Telemetry;
  readonly before: Assessed;
  readonly after: Assessed;
}

/** What a signal adds where there is something to compare it with: a case without is no reason not to send it. */
function changeOf(
  signal: Telemetry,
  facts: CaseFacts,
  { now, compared }: { readonly now: Assessed; readonly compared: Assessed },
): Change {
  const isSide = comparison.includes(signal);
  const given = isSide ? [signal] : [...comparison, signal];
  const after = assessed(facts, sightOf(facts, given));
  return { signal, before: isSide ? now : compared, after };
}

type Assessed = ReadonlyMap<string, readonly ClassCoverage[]>;

const assessed = (facts: CaseFacts, sight: Sight): Assessed =>
  new Map([...facts].map(([service, one]) => [service, classesAt(one, sight)]));

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

const scoreOf = (classes: readonly ClassCoverage[]): number =>
  mean(classes.map(({ score }) => score));

/** Services at which no class can happen are none of the mean. */
const meanOf = (services: Assessed): number =>
  mean([...services.values()].filter((classes) => classes.length > 0).map(scoreOf));

const signalsIn = (classes: readonly ClassCoverage[]): readonly Telemetry[] => [
  ...new Set(
    classes.flatMap(({ missing }) =>
      missing.flatMap(({ signals }) => signals as readonly Telemetry[]),
    ),
  ),
];

const byGain = (a: MissingTelemetry, b: MissingTelemetry): number =>
  b.adds - a.adds || (a.signal < b.signal ? -1 : 1);

function serviceOf(
  service: string,
  { traits, telemetry }: ServiceFacts,
  classes: readonly ClassCoverage[],
  changes: readonly Change[],
): ServiceCoverage {
  const own = new Set(signalsIn(classes));
  const missing = changes.flatMap(({ signal, ...all }) => {
    if (!own.has(signal)) return [];
    const [before, after] = [all.before.get(service) ?? [], all.after.get(service) ?? []];
    const adds = digits(scoreOf(after) - scoreOf(before));
    return adds > 0 ? [{ ...missingOf(signal, before, after), adds }] : [];
  });
  return {
    service,
    components: componentsOf(traits, telemetry),
    score: digits(scoreOf(classes)),
    classes,
    missing: missing.sort(byGain),
  };
}

/** Traits that a person is told. */
const parts = new Set<Trait>([
  ...(['agent', 'model', 'retrieval', 'features', 'training', 'job', 'store', 'tool'] as const),
  ...(['model-api', 'dependency', 'external'] as const),
]);

const componentsOf = (
  traits: ReadonlySet<Trait>,
  telemetry: ReadonlySet<Telemetry>,
): readonly string[] => {
  const isSilent = traits.has('own') && !telemetry.has('spans');
  const told = [...traits].filter((trait) => parts.has(trait));
  return [...told, ...(isSilent ? ['no-spans'] : [])].sort();
};

// ---------------------------------------------------------------- what a missing signal means

/** Of the classes without the signal, and the same classes with it. */
function missingOf(
  signal: Telemetry,
  before: readonly ClassCoverage[],
  after: readonly ClassCoverage[],
): Omit<MissingTelemetry, 'adds'> {
  const { what, names } = wantedOf[signal];
  const consequences = consequencesOf(before, after);
  return { signal, summary: `${what}: ${consequences.join('; ')}`, names };
}

function consequencesOf(
  before: readonly ClassCoverage[],
  after: readonly ClassCoverage[],
): readonly string[] {
  const pairs = before.map((was, at) => ({ was, is: after[at] ?? was }));
  const lost = pairs.filter(
    ({ was, is }) => was.outcome === 'not-found' && is.outcome !== was.outcome,
  );
  const mistaken = pairs
    .filter(({ was }) => was.outcome !== 'not-found')
    .flatMap(({ was, is }) =>
      was.mistakenFor
        .filter((other) => !is.mistakenFor.includes(other))
        .map((other) => ({ class: was.class, other })),
    );
  const weaker = pairs.filter(({ was, is }) => is.score > was.score);
  const told = [
    ...sentence(
      lost.map(({ was }) => was.class),
      'cannot be found',
    ),
    ...mistakes(mistaken),
  ];
  return told.length > 0
    ? told
    : sentence(
        weaker.map(({ was }) => was.class),
        'less certain',
      );
}

interface Mistake {
  readonly class: string;
  readonly other: string;
}

/** Classes that are taken for the same classes share a sentence. */
function mistakes(all: readonly Mistake[]): readonly string[] {
  const taken = grouped(all, (one) => one.class);
  const alike = grouped(taken, ([, own]) => listOf(own.map(({ other }) => other)));
  return [...alike].flatMap(([others, those]) =>
    sentence(
      those.map(([name]) => name),
      `cannot be told from ${others}`,
    ),
  );
}

/** Classes named in a sentence. */
const named = 3;

const sentence = (classes: readonly string[], predicate: string): readonly string[] =>
  classes.length === 0 ? [] : [`${listOf(classes)} ${predicate}`];

function listOf(classes: readonly string[]): string {
  const all = [...new Set(classes)];
  const rest = all.length - named;
  const shown = rest > 0 ? [...all.slice(0, named), `${rest} more`] : all;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}
