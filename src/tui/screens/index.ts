/** Every screen by name. To add one: write its file, its place and subject in `screen.ts`, its line here. */
import type { Screen, ScreenName } from '../screen.ts';
import { causes } from './causes.ts';
import { diff } from './diff.ts';
import { explain } from './explain.ts';
import { graph } from './graph.ts';
import { incident } from './incident.ts';
import { lines } from './lines.ts';
import { log } from './log.ts';
import { logs } from './logs.ts';
import { metrics } from './metrics.ts';
import { notes } from './notes.ts';
import { point } from './point.ts';
import { sql } from './sql.ts';
import { trace } from './trace.ts';
import { traces } from './traces.ts';

/** Screens with a tab, in the order of their digits. */
export const tops = [
  'incident',
  'causes',
  'graph',
  'traces',
  'logs',
  'metrics',
  'diff',
  'sql',
] as const satisfies readonly ScreenName[];

const screens = {
  incident,
  causes,
  graph,
  traces,
  logs,
  lines,
  metrics,
  diff,
  sql,
  notes,
  trace,
  log,
  point,
  explain,
};

export const screenNames = Object.keys(screens) as readonly ScreenName[];

/** A screen whose state and subject only itself knows. */
export type AnyScreen = Screen<unknown, unknown, string>;

export const screenOf = (name: ScreenName): AnyScreen => screens[name] as unknown as AnyScreen;
