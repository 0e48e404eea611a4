/**
 * Seeded randomness: the only source of chance in the simulator, so a seed fixes every byte.
 *
 * The generator is xoshiro128** (Blackman and Vigna, "Scrambled Linear Pseudorandom Number
 * Generators", 2021, https://prng.di.unimi.it), its four words of state filled by SplitMix32.
 * `fork` derives an independent stream from a name: a new draw in one part of the model does not
 * shift the draws of the others, so topology, load and ids of a seed stay what they were.
 */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform in [low, high). */
  between(low: number, high: number): number;
  /** A whole number from low to high, both included. */
  int(low: number, high: number): number;
  chance(probability: number): boolean;
  /** @throws RangeError if `items` is empty. */
  pick<T>(items: readonly T[]): T;
  /** A new array in random order. */
  shuffle<T>(items: readonly T[]): T[];
  normal(mean: number, deviation: number): number;
  /** Heavy-tailed and positive; `sigma` is the deviation of the logarithm. */
  lognormal(median: number, sigma: number): number;
  exponential(mean: number): number;
  /** Lower-case hex digits, never all zero. */
  hex(digits: number): string;
  /** An independent stream that depends on this stream's seed and `name` alone. */
  fork(name: string): Random;
}

export function createRandom(seed: number): Random {
  const next = uniform(xoshiro(seed));
  const between = (low: number, high: number) => low + next() * (high - low);
  const int = (low: number, high: number) => low + Math.floor(next() * (high - low + 1));
  const normal = (mean: number, deviation: number) => mean + deviation * gauss(next);
  return {
    next,
    between,
    int,
    normal,
    chance: (probability) => next() < probability,
    pick: (items) => pickFrom(items, int),
    shuffle: (items) => shuffled(items, int),
    lognormal: (median, sigma) => median * Math.exp(normal(0, sigma)),
    exponential: (mean) => -mean * Math.log(1 - next()),
    hex: (digits) => hexOf(digits, next),
    fork: (name) => createRandom((hash(name) ^ Math.imul(seed, 0x9e3779b1)) | 0),
  };
}

/** 53 random bits as a fraction. */
function uniform(word: () => number): () => number {
  return () => ((word() >>> 5) * 67_108_864 + (word() >>> 6)) / 9_007_199_254_740_992;
}

function xoshiro(seed: number): () => number {
  const fill = splitMix(seed);
  let [a, b, c, d] = [fill(), fill(), fill(), fill()];
  return () => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9);
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return result >>> 0;
  };
}

const rotate = (word: number, by: number): number => (word << by) | (word >>> (32 - by));

function splitMix(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return mixed ^ (mixed >>> 15);
  };
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const character of text) {
    value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  return value;
}

/** A standard normal draw (Box and Muller, 1958). */
function gauss(next: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}

function pickFrom<T>(items: readonly T[], int: (low: number, high: number) => number): T {
  if (items.length === 0) throw new RangeError('Nothing to pick from');
  return items[int(0, items.length - 1)] as T;
}

function shuffled<T>(items: readonly T[], int: (low: number, high: number) => number): T[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last -= 1) {
    const other = int(0, last);
    [result[last], result[other]] = [result[other] as T, result[last] as T];
  }
  return result;
}

function hexOf(digits: number, next: () => number): string {
  let text = '';
  while (text.length < digits) text += Math.floor(next() * 16).toString(16);
  return /[^0]/.test(text) ? text : hexOf(digits, next);
}
