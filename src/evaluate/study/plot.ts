/** The plot of the study as SVG: what is noticed when, and which share of causes is found. */
import { type Arm, arms } from './arms.ts';
import { faultyMinutes, type StudyOutcome } from './case.ts';
import { type FailureType, failureTypes } from './cases.ts';
import { type DetectionArm, detectionArms, foundShares } from './figures.ts';
import { published } from './published.ts';
import { ofType } from './targets.ts';

const width = 880;
const panel = { top: 40, height: 150, width: 230 } as const;
const left = (column: number): number => 50 + column * 280;
/** Also told apart by their dashes, and in the order of the legend: colour is not the only carrier. */
const colours: Readonly<Record<DetectionArm, string>> = {
  monitor: '#777777',
  it: '#b8860b',
  traces: '#2a78b5',
  signals: '#1a7f37',
};
const dashes: Readonly<Record<DetectionArm, string>> = {
  monitor: '2 3',
  it: '6 3',
  traces: '10 3 2 3',
  signals: 'none',
};
const names: Readonly<Record<DetectionArm, string>> = {
  monitor: 'threshold alarms',
  it: 'IT metrics',
  traces: '+ logs, traces',
  signals: '+ signals',
};

export function plotOf({ outcomes }: { readonly outcomes: readonly StudyOutcome[] }): string {
  const panels = failureTypes.flatMap((type, column) => {
    const own = ofType(type, outcomes);
    return [curves(type, own, column), bars(type, own, column)];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} 500" font-family="sans-serif" font-size="11">`,
    `<rect width="${width}" height="500" fill="#ffffff"/>`,
    text(left(0), 18, 'share of faults noticed, by minutes since the onset', 'bold'),
    text(
      left(0),
      258,
      'share of root causes found; bar: 95 % interval, triangle: published',
      'bold',
    ),
    ...panels,
    ...legend(),
    '</svg>',
    '',
  ].join('\n');
}

const text = (x: number, y: number, words: string, weight = 'normal', anchor = 'start'): string =>
  `<text x="${fixed(x)}" y="${fixed(y)}" font-weight="${weight}" text-anchor="${anchor}">${words}</text>`;

const fixed = (value: number): string => String(Number(value.toFixed(1)));

const line = (x1: number, y1: number, x2: number, y2: number, style: string): string =>
  `<line x1="${fixed(x1)}" y1="${fixed(y1)}" x2="${fixed(x2)}" y2="${fixed(y2)}" ${style}/>`;

const axisStyle = 'stroke="#999999"';

function axes(column: number, top: number): string {
  const x = left(column);
  const marks = [0, 0.5, 1].map((share) => {
    const y = top + panel.height * (1 - share);
    const grid = line(x, y, x + panel.width, y, 'stroke="#dddddd"');
    return `${grid}${text(x - 4, y + 4, `${100 * share} %`, 'normal', 'end')}`;
  });
  return marks.join('') + line(x, top, x, top + panel.height, axisStyle);
}

/** One step up for each fault that is noticed. */
function curves({ name }: FailureType, outcomes: readonly StudyOutcome[], column: number): string {
  const { top, height } = panel;
  const xOf = (minutes: number): number => left(column) + (panel.width * minutes) / faultyMinutes;
  const yOf = (share: number): number => top + height * (1 - share);
  const lines = detectionArms.map((arm) => {
    const minutes = outcomes.flatMap((one) => one.detected[arm] ?? []).sort((a, b) => a - b);
    const steps = minutes.map((at, place) => {
      return `H${fixed(xOf(at))}V${fixed(yOf((place + 1) / outcomes.length))}`;
    });
    const path = `M${fixed(xOf(0))} ${fixed(yOf(0))}${steps.join('')}H${fixed(xOf(faultyMinutes))}`;
    const style = `fill="none" stroke="${colours[arm]}" stroke-width="2" stroke-dasharray="${dashes[arm]}"`;
    return `<path d="${path}" ${style}/>`;
  });
  const ticks = [0, 15, 30, 45].map((at) =>
    text(xOf(at), top + height + 14, String(at), 'normal', 'middle'),
  );
  return [text(left(column), top - 6, name), axes(column, top), ...lines, ...ticks].join('\n');
}

const barsTop = 280;

function bars({ name }: FailureType, outcomes: readonly StudyOutcome[], column: number): string {
  const { all } = foundShares(outcomes);
  const yOf = (share: number): number => barsTop + panel.height * (1 - share);
  const xOf = (arm: Arm): number => left(column) + 30 + 65 * arms.indexOf(arm);
  const drawn = arms.map((arm) => {
    const { value, interval } = all[arm];
    const y = yOf(value ?? 0);
    const bar = `<rect x="${xOf(arm)}" y="${fixed(y)}" width="40" height="${fixed(yOf(0) - y)}" fill="${colours[arm]}"/>`;
    const middle = xOf(arm) + 20;
    const whisker = interval
      ? line(middle, yOf(interval[0]), middle, yOf(interval[1]), 'stroke="#000000"')
      : '';
    return `${bar}${whisker}${text(middle, yOf(0) + 14, names[arm], 'normal', 'middle')}`;
  });
  const paper = published.found[name];
  const marks = paper
    ? [mark(xOf('it'), yOf(paper.without)), mark(xOf('traces'), yOf(paper.with))]
    : [];
  return [axes(column, barsTop), ...drawn, ...marks].join('\n');
}

/** Points at the published share, from the left of a bar. */
const mark = (x: number, y: number): string =>
  `<path d="M${fixed(x - 9)} ${fixed(y - 5)}L${fixed(x - 1)} ${fixed(y)}L${fixed(x - 9)} ${fixed(y + 5)}Z" fill="#000000"/>`;

function legend(): readonly string[] {
  return detectionArms.map((arm, place) => {
    const x = left(0) + 170 * place;
    const sample = line(
      x,
      476,
      x + 30,
      476,
      `stroke="${colours[arm]}" stroke-width="2" stroke-dasharray="${dashes[arm]}"`,
    );
    return `${sample}${text(x + 36, 480, names[arm])}`;
  });
}
