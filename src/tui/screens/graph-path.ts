/** The way of the failure in one line: a chain as far as it is one, else its branches. */
import type { Cause, Overview } from '../../model.ts';
import { formatDuration } from '../../text.ts';
import { safe } from '../glyphs.ts';
import { cell, cut, type Line, line } from '../line.ts';
import type { Graph } from './graph-model.ts';

type Step = Cause['path'][number];

/** An empty line, and "path cart → checkout +2 ms → web; → search": what each step took, as on Causes. */
export function pathLine(
  { spread }: Graph,
  { diagnosis }: Overview,
  width: number,
): readonly Line[] {
  const [first] = diagnosis.causes;
  if (spread.length === 0 || !first) return [line('')];
  return [
    line(''),
    cut([cell(' path ', 'bold'), cell(branchesOf(first.service, first.path).join('; '))], width),
  ];
}

/** Each step once: from the cause as far as steps follow on each other, then what branches off. */
function branchesOf(cause: string, path: readonly Step[]): readonly string[] {
  const left = new Set(path);
  const next = (from: string): Step | undefined => [...left].find((step) => step.from === from);
  const branches: string[] = [];
  const reached = [cause];
  while (left.size > 0) {
    const [any] = left;
    const start = reached.find((service) => next(service)) ?? any?.from ?? cause;
    let text = branches.length > 0 && start === cause ? '' : `${safe(start, 40)} `;
    for (let step = next(start); step; step = next(step.to)) {
      left.delete(step);
      reached.push(step.to);
      text += `→ ${safe(step.to, 40)}${tookText(step)} `;
    }
    branches.push(text.trimEnd());
  }
  return branches;
}

const tookText = ({ delayMs }: Step): string =>
  delayMs === null ? '' : ` +${formatDuration(delayMs)}`;
