/** What a drifted signal is told with, in text and Markdown alike: amounts, tests, plots, slices. */
import type {
  DeclaredChange,
  Drift,
  DriftBin,
  DriftOutcome,
  DriftSignal,
  DriftSlice,
} from '../model.ts';
import { sparkline } from '../text/sparkline.ts';
import { formatNumber, formatShare, plural, sanitise } from '../text.ts';
import { exampleText } from './references.ts';
import { regimes } from './wording.ts';

export function outcomeText({ outcome, drifted, tested, leftOut }: Drift): string {
  switch (outcome) {
    case 'no-baseline':
      return 'nothing to compare with: there is no baseline window';
    case 'no-signal':
      return `no data or model signal to compare${leftOut.length > 0 ? `: ${leftOutText(leftOut)}` : ''}`;
    case 'steady':
      return `no drift: of ${plural(tested, 'signal')} none is above its floor, sure (q up to 0.01) and lasting`;
    case 'drifted':
      return `${formatNumber(drifted)} of ${plural(tested, 'signal')} drifted`;
  }
}

export function factsText({ windows, regime, outcome, leftOut }: Drift): readonly string[] {
  const { baseline, incident } = windows;
  const span = (window: { from: string; to: string }): string =>
    `${secondOf(window.from)} to ${secondOf(window.to)}`;
  return [
    `incident ${span(incident)}`,
    `baseline ${baseline ? span(baseline) : 'none'}`,
    ...(baseline ? [`compared ${regimes[regime]}`] : []),
    ...(leftOut.length > 0 && outcome !== 'no-signal' ? [`left out ${leftOutText(leftOut)}`] : []),
  ];
}

/** To the second: 2026-07-12T14:01:37Z. */
export const secondOf = (time: string): string => `${time.slice(0, 19)}Z`;

const reasons: Readonly<Record<Drift['leftOut'][number]['why'], string>> = {
  constant: 'that never change',
  few: 'with too few values on a side',
  names: 'of too many texts',
  counter: 'that only grow',
  rate: 'that follow the traffic',
};

const leftOutText = (leftOut: Drift['leftOut']): string =>
  Object.entries(reasons)
    .map(([why, text]) => [leftOut.filter((one) => one.why === why).length, text] as const)
    .filter(([count]) => count > 0)
    .map(([count, text]) => `${count} ${text}`)
    .join(', ');

export const outcomeWords: Readonly<Record<DriftOutcome, string>> = {
  drifted: 'drifted',
  mix: 'mix only',
  brief: 'brief',
  small: 'small',
  chance: 'chance',
};

export const signalText = ({ name, category }: DriftSignal): string =>
  sanitise(name, 80) + (category === null ? '' : ` = ${sanitise(category, 40)}`);

export const amountText = ({ category }: Pick<DriftSignal, 'category'>, amount: number): string =>
  category === null ? formatNumber(amount) : formatShare(amount);

/** Zero is what is left of a probability below the least number there is. */
export const chanceText = (q: number): string =>
  q === 0 ? '<1e-300' : q < 1e-3 ? q.toPrecision(1) : String(Number(q.toPrecision(2)));

const measures: Readonly<Record<DriftSignal['effect']['measure'], string>> = {
  ks: 'KS distance',
  'jensen-shannon': 'Jensen-Shannon distance',
  shift: 'share apart',
  published: 'published distance',
};

const tests: Readonly<Record<DriftSignal['test'], string>> = {
  'kolmogorov-smirnov': 'Kolmogorov-Smirnov',
  g: 'G-test',
  fisher: "Fisher's test",
  forecast: 'forecast',
  'variance-ratio': 'F ratio',
};

/** How far, by what, how sure, of how many. */
export function testText(signal: DriftSignal): string {
  const { test, effect, distances, q, n, kind } = signal;
  const isOfMinutes = kind === 'level' || kind === 'published';
  const told = [
    `${measures[effect.measure]} ${formatNumber(effect.value)} (floor ${effect.floor})`,
    distances.psi === null ? null : `PSI ${formatNumber(distances.psi)}`,
    `q ${chanceText(q)} by ${tests[test]}`,
    `n ${formatNumber(n.baseline)} and ${formatNumber(n.incident)}${isOfMinutes ? ' (minutes)' : ''}`,
  ];
  return told.filter((part) => part !== null).join(', ');
}

/** From what to what, since when, and whether that is bad. */
export function moveText(signal: DriftSignal): string {
  const { baseline, incident, onset, minutes, worse } = signal;
  const told = [
    `${amountText(signal, baseline)} to ${amountText(signal, incident)}`,
    onset === null ? null : `from ${secondOf(onset)} for ${plural(minutes, 'minute')}`,
    worse === null ? null : worse ? 'for the worse' : 'for the better',
  ];
  return told.filter((part) => part !== null).join(', ');
}

/** What does not fit a row: where it moved more, or that only a mix did, and what to look at. */
export function detailTexts({ slices, mix, examples, ...signal }: DriftSignal): readonly string[] {
  return [
    ...slices.map((slice) => sliceText(signal, slice)),
    ...(mix === null
      ? []
      : [
          `only the mix of ${sanitise(mix.key, 60)} moved: within its values ${formatNumber(mix.within)} is left of ${formatNumber(mix.total)}`,
        ]),
    ...(examples.incident === null ? [] : [`example ${exampleText(examples.incident)}`]),
  ];
}

function sliceText(
  signal: Pick<DriftSignal, 'category'>,
  { key, value, ...slice }: DriftSlice,
): string {
  const amount = (of: number | null): string => (of === null ? 'none' : amountText(signal, of));
  const { elsewhere } = slice;
  return `more in ${sanitise(`${key}=${value}`, 100)}: ${amount(slice.baseline)} to ${amount(slice.incident)} (n ${slice.n.baseline} and ${slice.n.incident}), elsewhere ${amount(elsewhere.baseline)} to ${amount(elsewhere.incident)}`;
}

export const changeText = ({ kind, service, key, from, to }: DeclaredChange): string =>
  `${kind} of ${sanitise(service, 60)}: ${sanitise(from, 80)} to ${sanitise(to, 80)} (${sanitise(key, 60)})`;

// ---------------------------------------------------------------- plots

/** Columns of a window; more minutes are drawn as the means of several. */
const widest = 24;

/** Both windows on one scale, a bar between them; empty if there is nothing to draw. */
export function trendText({ trend }: DriftSignal, ascii: boolean): string {
  const of = (window: 'baseline' | 'incident') =>
    merged(trend.filter((one) => one.window === window).map(({ value }) => value));
  const [before, after] = [of('baseline'), of('incident')];
  const bars = sparkline([...before, ...after], { ascii });
  return `${bars.slice(0, before.length)}${ascii ? '|' : '│'}${bars.slice(before.length)}`;
}

function merged(values: readonly number[]): readonly number[] {
  const size = Math.ceil(values.length / widest);
  return Array.from({ length: size === 0 ? 0 : Math.ceil(values.length / size) }, (_, at) => {
    const own = values.slice(at * size, (at + 1) * size);
    return own.reduce((sum, value) => sum + value, 0) / own.length;
  });
}

/** Categories told of a signal. */
const shownCategories = 4;

/**
 * The spread of the values of both windows, in one scale of shares: two rows of bars over the same
 * ranges, or the most frequent categories; empty of levels.
 */
export function spreadText({ distribution }: DriftSignal, ascii: boolean): string {
  const [first, last] = [distribution[0], distribution.at(-1)];
  if (!first || !last) return '';
  if (first.category !== null) {
    const shown = distribution.slice(0, shownCategories);
    const rest = distribution.length - shown.length;
    const parts = shown.map(({ category, baseline, incident }) => {
      return `${sanitise(category ?? '', 24)} ${formatShare(baseline)} to ${formatShare(incident)}`;
    });
    return [...parts, ...(rest > 0 ? [`${rest} more`] : [])].join(', ');
  }
  const most = Math.max(
    ...distribution.map(({ baseline, incident }) => Math.max(baseline, incident)),
  );
  const bars = (of: (bin: DriftBin) => number): string =>
    sparkline(distribution.map(of), { from: 0, to: most, ascii });
  const shown = [bars(({ baseline }) => baseline), bars(({ incident }) => incident)];
  return `${rangeText(first.from, last.to)}: before ${shown[0]} during ${shown[1]}`;
}

function rangeText(from: number | null, to: number | null): string {
  if (from === null) return to === null ? 'of any' : `up to ${formatNumber(to)}`;
  return to === null
    ? `above ${formatNumber(from)}`
    : `${formatNumber(from)} to ${formatNumber(to)}`;
}
