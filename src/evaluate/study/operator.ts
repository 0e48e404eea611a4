/**
 * Who repairs: checks one suspect after the other, so many minutes each, until it is one of those
 * at fault; then the repair takes what it takes for its class. The same with and without aidebug;
 * only the order of the suspects differs.
 */

/** Minutes to look into one suspect. */
export const checkMinutes = 10;
export const otherCheckMinutes: readonly number[] = [5, 20];

/**
 * Expected number of suspects checked, the one at fault included, in ranked order; who is not
 * ranked comes after the last in random order. `everyone`: all that runs.
 */
export function checksInOrder(
  ranking: readonly string[],
  right: readonly string[],
  everyone: readonly string[],
): number {
  const distinct = [...new Set(ranking)];
  const place = distinct.findIndex((service) => right.includes(service));
  if (place >= 0) return place + 1;
  const rest = everyone.filter((service) => !distinct.includes(service));
  return distinct.length + firstOfRandom(rest.length, countIn(rest, right));
}

/**
 * The same in random order, each next one drawn with a chance in proportion to its share of the
 * errors (those without any last, each as likely). One is drawn before a group with the chance
 * w / (w + W), w its weight and W that of the group (Plackett and Luce), so the expected number
 * before the group is the sum of that.
 */
export function checksByErrors(
  errors: ReadonlyMap<string, number>,
  right: readonly string[],
  everyone: readonly string[],
): number {
  const weightOf = (service: string): number => errors.get(service) ?? 0;
  const group = everyone.filter((service) => right.includes(service));
  const weight = group.reduce((sum, service) => sum + weightOf(service), 0);
  const others = everyone.filter((service) => !right.includes(service));
  const seen = others.filter((service) => weightOf(service) > 0);
  if (weight > 0) {
    return 1 + seen.reduce((sum, one) => sum + weightOf(one) / (weightOf(one) + weight), 0);
  }
  const unseen = others.length - seen.length + group.length;
  return seen.length + firstOfRandom(unseen, group.length);
}

/** The chance that the first suspect so drawn is at fault. */
export function firstByErrors(
  errors: ReadonlyMap<string, number>,
  right: readonly string[],
  everyone: readonly string[],
): number {
  const all = everyone.reduce((sum, service) => sum + (errors.get(service) ?? 0), 0);
  if (all === 0) return countIn(everyone, right) / everyone.length;
  return right.reduce((sum, service) => sum + (errors.get(service) ?? 0), 0) / all;
}

/** Expected place of the first of `right` among `all` in random order; after all if none is there. */
const firstOfRandom = (all: number, right: number): number => (all + 1) / (right + 1);

const countIn = (services: readonly string[], right: readonly string[]): number =>
  services.filter((service) => right.includes(service)).length;

export interface Repair {
  readonly minutes: number;
  readonly why: string;
}

const rollback: Repair = {
  minutes: 10,
  why: 'the version before is rolled out again: a pipeline of some minutes, replicas one by one, a look',
};
const setting: Repair = {
  minutes: 10,
  why: 'one setting or record is put back and the services take it up',
};
const restart: Repair = {
  minutes: 5,
  why: 'processes are started anew, with more room where they lacked it',
};
const move: Repair = {
  minutes: 15,
  why: 'work is moved to another machine or way and the bad one is taken out',
};
const refill: Repair = {
  minutes: 30,
  why: 'the source is put right and the data are built once more',
};
const replace: Repair = {
  minutes: 30,
  why: 'nothing can be put back: a plainer model or older features are put in and checked; training anew comes later',
};

/** Minutes from knowing the cause to service as usual, by fault class; the same in every arm. */
export const repairs: Readonly<Record<string, Repair>> = {
  'service-unreachable': setting,
  'process-crash': rollback,
  'out-of-memory': restart,
  'network-latency': move,
  'network-loss': move,
  'name-resolution': setting,
  'connection-pool': restart,
  'rate-limit': setting,
  'cpu-saturation': move,
  'memory-pressure': restart,
  'disk-pressure': move,
  'gpu-fault': move,
  'slow-rank': move,
  'storage-stall': move,
  overload: move,
  'schema-change': refill,
  'missing-data': refill,
  'stale-data': refill,
  'data-corruption': refill,
  'data-drift': replace,
  'training-serving-skew': rollback,
  'retrieval-empty': refill,
  'embedding-mismatch': rollback,
  'model-degradation': rollback,
  'model-swap': setting,
  'concept-drift': replace,
  'training-divergence': rollback,
  'inference-slow': move,
  'context-overflow': setting,
  'prompt-regression': rollback,
  'code-exception': rollback,
  'early-return': rollback,
  'bad-release': rollback,
  'slow-operation': rollback,
  'tool-failure': setting,
  'agent-loop': setting,
};

/** @throws if the class is not in the table: a case without it would have no time of repair. */
export function repairMinutes(faultClass: string): number {
  const repair = repairs[faultClass];
  if (!repair) throw new Error(`how long ${faultClass} takes to repair is not known`);
  return repair.minutes;
}
