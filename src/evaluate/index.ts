/** Labelled cases → how right aidebug and simple rules of the literature are. */
import { UserError } from '../errors.ts';
import type {
  Accuracy,
  AnswerFigures,
  Calibration,
  CaseLabel,
  Evaluation,
  Grouping,
  MethodFigures,
} from '../model.ts';
import { calibrationOf } from './calibration.ts';
import type { AnswerFacts, CaseOutcome } from './case.ts';
import { bootstrap } from './interval.ts';
import { type LabelledCase, labelledCases } from './label.ts';
import { accuracyOf, mean } from './measures.ts';
import { methods } from './methods/index.ts';
import { runCases } from './pool.ts';

export const methodNames: readonly string[] = ['aidebug', ...methods.map(({ name }) => name)];

export interface EvaluationRequest {
  readonly folders: readonly string[];
  /** Whether the folders `baseline/` and `incident/` label the windows. */
  readonly labelled: boolean;
  /** Signals and detectors that are left out. */
  readonly without: readonly string[];
  /** Of `methodNames`. */
  readonly methods: readonly string[];
  readonly workers: number;
  readonly onProgress?: (done: number, all: number) => void;
}

/**
 * Everything but `seconds` is the same for the same cases, whatever the number of workers.
 * @throws {UserError} if there is no case, one cannot be read, or a name is not known.
 */
export async function evaluate(request: EvaluationRequest): Promise<Evaluation> {
  const unknown = request.methods.find((name) => !methodNames.includes(name));
  if (unknown !== undefined) {
    throw new UserError('usage', `${unknown} is no method`, {
      hint: `Methods are ${methodNames.join(', ')}, or all.`,
    });
  }
  const cases = await labelledCases(request.folders);
  const { labelled, without, methods: names, workers, onProgress } = request;
  const options = { labelled, without, methods: names };
  const outcomes = await runCases(cases, options, workers, (done) =>
    onProgress?.(done, cases.length),
  );
  return evaluationOf(cases, outcomes, names);
}

interface Judged {
  readonly label: CaseLabel;
  readonly outcome: CaseOutcome;
}

/** Outcomes in the order of the cases. */
export function evaluationOf(
  cases: readonly Pick<LabelledCase, 'label'>[],
  outcomes: readonly CaseOutcome[],
  names: readonly string[],
): Evaluation {
  const all = cases.map(({ label }, at) => ({ label, outcome: outcomes[at] as CaseOutcome }));
  const isAsked = names.includes('aidebug');
  return {
    rows: outcomes.map(({ row }) => row),
    methods: figuresOf(all, names),
    groups: {
      system: grouped(all, names, ({ system }) => system),
      layer: grouped(all, names, ({ layer }) => layer),
      faultClass: grouped(all, names, ({ faultClass }) => faultClass),
      intensity: grouped(all, names, ({ intensity }) => bandOf(intensity)),
    } satisfies Record<Grouping, unknown>,
    answers: isAsked ? answersOf(outcomes) : null,
    calibration: isAsked ? calibrated(all) : null,
  };
}

const intensities = ['subtle', 'medium', 'obvious'];

/** Thirds of the range. */
function bandOf(intensity: number | null): string | null {
  if (intensity === null) return null;
  return intensities[Math.min(2, Math.floor(3 * intensity))] ?? null;
}

function figuresOf(all: readonly Judged[], names: readonly string[]) {
  const faulty = all.filter(({ label }) => !label.healthy);
  const figures = names.map((name): [string, MethodFigures] => {
    const ranks = faulty.map(({ outcome }) => outcome.ranks[name] ?? null);
    const accuracy: (items: readonly (number | null)[]) => Accuracy = accuracyOf;
    const interval = bootstrap(ranks, (drawn) => ({ ...accuracy(drawn) }));
    return [name, { n: ranks.length, ...accuracy(ranks), interval }];
  });
  return Object.fromEntries(figures);
}

function grouped(
  all: readonly Judged[],
  names: readonly string[],
  groupOf: (label: CaseLabel) => string | null,
) {
  const groups = new Map<string, Judged[]>();
  for (const judged of all) {
    const group = judged.label.healthy ? null : groupOf(judged.label);
    if (group !== null) groups.set(group, [...(groups.get(group) ?? []), judged]);
  }
  const order = (group: string): number => intensities.indexOf(group);
  const sorted = [...groups].sort(([a], [b]) => order(a) - order(b) || (a < b ? -1 : 1));
  return Object.fromEntries(sorted.map(([group, members]) => [group, figuresOf(members, names)]));
}

function answersOf(outcomes: readonly CaseOutcome[]): AnswerFigures {
  const facts = outcomes.flatMap(({ answer }) => (answer === null ? [] : [answer]));
  const share = (of: (fact: AnswerFacts) => boolean | number | null): number | null => {
    const known = facts.map(of).filter((value) => value !== null);
    return known.length === 0 ? null : mean(known.map(Number));
  };
  const cited = facts.reduce((sum, { citedOnPath }) => sum + citedOnPath.cited, 0);
  const onPath = facts.reduce((sum, { citedOnPath }) => sum + citedOnPath.onPath, 0);
  return {
    layer: share(({ layer }) => layer),
    faultClass: share(({ faultClass }) => faultClass),
    pathF1: share(({ pathF1 }) => pathF1),
    citedOnPath: cited === 0 ? null : onPath / cited,
    healthyQuiet: share(({ quiet }) => quiet),
    bothInThree: share(({ bothInThree }) => bothInThree),
    secondsPerCase: mean(outcomes.map(({ row }) => row.seconds)),
  };
}

/** A first cause in a healthy case is wrong, however sure. */
function calibrated(all: readonly Judged[]): Calibration {
  return calibrationOf(
    all.flatMap(({ label, outcome: { row } }) =>
      row.confidence === null
        ? []
        : [{ confidence: row.confidence, right: !label.healthy && row.rank === 1 }],
    ),
  );
}
