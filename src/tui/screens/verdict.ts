/** The answer in a few lines: what, how sure, since when, how far it reached. */
import type { Diagnosis, Layer, Overview } from '../../model.ts';
import { headline, impactText } from '../../report/index.ts';
import { wrap } from '../../text.ts';
import { safe } from '../glyphs.ts';
import { cell, type Line, line, wrapped } from '../line.ts';
import type { Area } from '../screen.ts';

type Window = Diagnosis['windows']['incident'];

/** At most `rows` lines, the verdict first, then what people `decided` of it; null: nothing. */
export function verdictLines(
  { diagnosis }: Overview,
  decided: string | null,
  { columns, rows }: Area,
): readonly Line[] {
  const width = columns - 2;
  const { verdict, causes, onset } = diagnosis;
  const [first] = causes;
  const clear = verdict !== 'no-clear-cause';
  const since = onset === null ? 'onset unknown' : `onset ${timeOf(onset)}`;
  const layers = clear ? `layers ${layersCrossed(diagnosis).join(' → ')} · ` : '';
  const [head = '', ...more] = wrap(headline(diagnosis), width);
  const said = [
    line(` ${head}`, 'bold', ...(clear ? (['red'] as const) : [])),
    ...more.map((part) => line(` ${part}`, 'bold')),
    ...(decided === null
      ? []
      : wrapped(decided, width, 1).map((part) => line(` ${part}`, 'yellow'))),
  ];
  const impact = `${since} · ${impactText(diagnosis)}`;
  const facts = [
    // In one line, since when and how bad is more than through which layers.
    ...(rows - said.length < 2
      ? wrapped(impact, width, 1)
      : wrapped(`${layers}${impact}`, width, 2)),
    ...(first && clear ? spreadOf(diagnosis, width) : []),
  ];
  const room = rows - said.length - facts.length;
  // What happened tells more than where it went, which is what stands last.
  const told = room < 1 && first ? facts.slice(0, -1) : facts;
  const left = Math.max(0, rows - said.length - told.length);
  const summary = first ? wrapped(safe(first.summary), width, left) : [];
  return [
    ...said,
    ...summary.map((part) => line(` ${part}`)),
    ...told.map((part) => [cell(` ${part}`, 'dim')]),
  ].slice(0, rows);
}

/** `HH:MM:SS` of an ISO time. */
export const timeOf = (iso: string): string => iso.slice(11, 19);

/** "12:00:00–12:10:00". */
export const spanOf = ({ from, to }: Window): string => `${timeOf(from)}–${timeOf(to)}`;

/** "baseline 12:00:00–12:10:00", with its day if that is another one; null: nothing before is compared. */
export function baselineText({ windows: { baseline, incident } }: Diagnosis): string | null {
  if (baseline === null) return null;
  const [day, other] = [baseline.from.slice(0, 10), incident.from.slice(0, 10)];
  return `baseline ${day === other ? '' : `${day} `}${spanOf(baseline)}`;
}

/** From the cause to where users felt it: each layer once, in the order the failure took. */
function layersCrossed({ causes }: Diagnosis): readonly Layer[] {
  const [first] = causes;
  if (!first) return [];
  const layerOf = new Map([...causes].reverse().map(({ service, layer }) => [service, layer]));
  // A service that only handed the failure on is no candidate: it failed as an application.
  const passed = first.path.map(({ to }) => layerOf.get(to) ?? 'application');
  return [...new Set<Layer>([first.layer, ...passed])];
}

/** One line with the way of the failure from service to service; empty if it stayed. */
function spreadOf({ causes }: Diagnosis, columns: number): readonly string[] {
  const path = causes[0]?.path ?? [];
  const [start] = path;
  if (!start) return [];
  const reached = path.map(({ to }) => safe(to, 40));
  return wrapped(
    `spread ${safe(start.from, 40)} → ${[...new Set(reached)].join(', ')}`,
    columns,
    1,
  );
}
