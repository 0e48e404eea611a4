/** Labelled cases → how right aidebug and simple rules of the literature are. */
import { UserError } from '../errors.ts';
import { grouped } from '../grouping.ts';
import type { CaseLabel, Evaluation, Grouped, Grouping, MethodFigures } from '../model.ts';
import { type AnswerFacts, answersOf } from './answers.ts';
import { calibrationOf } from './calibration.ts';
import type { CaseOutcome } from './case.ts';
import { bootstrap } from './interval.ts';
import { type LabelledCase, labelledCases } from './label.ts';
import { accuracyOf } from './measures.ts';
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
  const facts = factsOf(all);
  return {
    rows: outcomes.flatMap(({ rows }) => rows),
    methods: figuresOf(all, names),
    groups: figuresBy(all, (members) => figuresOf(members, names)),
    answers: isAsked ? answersOf(facts) : null,
    answerGroups: isAsked ? figuresBy(all, (members) => answersOf(factsOf(members))) : null,
    calibration: isAsked ? calibrationOf(facts.flatMap(({ sure }) => sure ?? [])) : null,
  };
}

const factsOf = (all: readonly Judged[]): readonly AnswerFacts[] =>
  all.flatMap(({ outcome }) => outcome.answer ?? []);

function figuresOf(all: readonly Judged[], names: readonly string[]) {
  const faulty = all.filter(({ label }) => !label.healthy);
  const figures = names.map((name): [string, MethodFigures] => {
    const ranks = faulty.map(
      ({ outcome }) => outcome.rows.find(({ method }) => method === name)?.rank ?? null,
    );
    const interval = bootstrap(ranks, (drawn) => ({ ...accuracyOf(drawn) }));
    return [name, { n: ranks.length, ...accuracyOf(ranks), interval }];
  });
  return Object.fromEntries(figures);
}

/** Of a healthy case only the system is known. */
const groupings: Readonly<Record<Grouping, (label: CaseLabel) => readonly (string | null)[]>> = {
  system: ({ system }) => [system],
  layer: ({ faults }) => faults.map(({ layer }) => layer),
  faultClass: ({ faults }) => faults.map(({ faultClass }) => faultClass),
  intensity: ({ intensity, healthy }) => [healthy ? null : bandOf(intensity)],
};

const intensities = ['subtle', 'medium', 'obvious'];

/** Thirds of the range. */
function bandOf(intensity: number | null): string | null {
  if (intensity === null) return null;
  return intensities[Math.min(2, Math.floor(3 * intensity))] ?? null;
}

function figuresBy<Figures>(
  all: readonly Judged[],
  figures: (members: readonly Judged[]) => Figures,
): Grouped<Figures> {
  const by = (namesOf: (label: CaseLabel) => readonly (string | null)[]) => {
    const placed = all.flatMap((judged) =>
      [...new Set(namesOf(judged.label))].flatMap((group) =>
        group === null ? [] : [{ group, judged }],
      ),
    );
    const order = (group: string): number => intensities.indexOf(group);
    const sorted = [...grouped(placed, ({ group }) => group)].sort(
      ([a], [b]) => order(a) - order(b) || (a < b ? -1 : 1),
    );
    return Object.fromEntries(
      sorted.map(([group, members]) => [group, figures(members.map(({ judged }) => judged))]),
    );
  };
  return {
    system: by(groupings.system),
    layer: by(groupings.layer),
    faultClass: by(groupings.faultClass),
    intensity: by(groupings.intensity),
  };
}
