/** `aidebug show`: a screen as text, for scripts, screen readers and tests of what is drawn. */
import { basename } from 'node:path';
import { UserError } from '../errors.ts';
import type { TraceId } from '../model.ts';
import { isRowsFormat, plain, rowsFormats, rowsOf } from '../report/index.ts';
import { openSession, type Session } from '../session.ts';
import { nearestOf } from '../text/nearest.ts';
import { explained } from './commands.ts';
import { findablesIn, findablesOf } from './finder.ts';
import { visitOf } from './frame.ts';
import { safe } from './glyphs.ts';
import { filterValue, type Held } from './held.ts';
import { isKeyName } from './keys.ts';
import type { Line } from './line.ts';
import { type Look, painted } from './paint.ts';
import { type Played, play } from './play.ts';
import type { Place } from './screen.ts';
import { screenNames, screenOf, tops } from './screens/index.ts';
import { askerOf, contextOf, namesOf, readerOf } from './subjects.ts';

/** What is shown, and how one gets there. */
interface Target {
  readonly place: Place;
  /** Pressed there; the screen that this leads to is the one that was meant. */
  readonly keys: readonly string[];
  /** Of which that is known to be one, where it is to be looked for. */
  readonly metric?: string;
}

export interface Shown {
  /** Path of the case. */
  readonly db: string;
  readonly look: Look;
  /** Of the terminal, with its frame; null: the screen alone, as long as it is. */
  readonly rows: number | null;
  readonly columns: number;
  /** True: everything stands below each other, however wide it may be. */
  readonly linear?: boolean;
  /** What is pressed before it is shown: `enter`, `j`, `ctrl-d`. */
  readonly keys: readonly string[];
}

/** Rows of a screen that is shown alone: lists end there. */
const longest = 200;

/**
 * A screen as lines; escape codes only where the look has colours.
 * @throws {UserError} if there is no readable case, or not what the screen is to show.
 */
export async function shownScreen(target: Target, shown: Shown): Promise<readonly string[]> {
  const { db, look, rows } = shown;
  await using session = await openSession(db);
  const { played, overview } = await playedTo(target, session, shown);
  if (rows !== null) {
    await played.send({ type: 'context', text: contextOf(await overview()) });
    return played.lines().map((one) => painted(one, look));
  }
  const body = withoutGaps(bodyOf(played).map((one) => painted(one, look).trimEnd()));
  return [
    `aidebug ${safe(basename(db), 60)}: ${screenOf(placeOf(played).screen).title}`,
    '',
    ...body,
  ];
}

/**
 * The rows of a screen, in one of the formats of rows.
 * @throws {UserError} as above, and where the screen is no list.
 */
export async function* shownRows(
  target: Target,
  format: string,
  shown: Shown,
): AsyncIterable<string> {
  await using session = await openSession(shown.db);
  const { played } = await playedTo(target, session, shown);
  const rows = await rowsIn(played);
  if (rows === null || !isRowsFormat(format)) {
    const { title } = screenOf(placeOf(played).screen);
    const listed = screenNames.filter((name) => screenOf(name).rows !== undefined);
    throw new UserError('usage', `${title} has no rows to print as ${format}`, {
      hint: `It can be printed as text. Screens with rows: ${listed.join(', ')}.`,
    });
  }
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const view = { columns: 0, fitted: false, style: plain, terminal: false, kind: 'Screen' };
  yield* rowsFormats[format](rowsOf(rows, columns), view);
}

/** All rows of the list that is shown, as they are exported; null: there is none. */
async function rowsIn(played: Played): Promise<readonly Held['facts'][] | null> {
  const { place, state } = visitOf(played.frame());
  const problem = problemOf(played);
  if (problem !== null) throw new UserError('usage', safe(problem, 300));
  const list = state && screenOf(place.screen).rows?.(state.of);
  if (!list) return null;
  if (list.count === 0) return [];
  await played.press('ctrl-s');
  return played.exported()?.map(asCells) ?? null;
}

/** Why what is shown is not what was asked for. */
function problemOf(played: Played): string | null {
  const { place, state } = visitOf(played.frame());
  return (state && screenOf(place.screen).problem?.(state.of)) ?? null;
}

/** Yes and no as in the views: 1 and 0. */
const asCells = (row: Held['facts']): Held['facts'] =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      typeof value === 'boolean' ? Number(value) : value,
    ]),
  );

async function playedTo(target: Target, session: Session, shown: Shown) {
  const { db, rows, columns, linear = false, keys } = shown;
  const { place, metric } = target;
  const overview = once(session);
  const names = () => namesOf(session);
  const findables = async () => [...findablesIn(await overview()), ...findablesOf(await names())];
  const played = await play({
    ...{ caseName: basename(db), columns, rows: rows ?? longest, linear, place },
    ...{ read: readerOf(session, overview), ask: askerOf(session), findables },
  });
  await played.send({ type: 'notes', notes: await session.notes(), say: '' });
  await played.press(...target.keys);
  if (metric !== undefined && placeOf(played).screen !== 'point') {
    throw unknownMetric(metric, (await names()).metrics);
  }
  if (place.screen === 'explain') await checkExplained(place.service, played, overview);
  await played.press(...keys);
  const { problem } = visitOf(played.frame());
  if (problem !== null) throw new UserError('usage', problem);
  return { played, overview };
}

/** @throws {UserError} if no service is called so, or the filter is none. */
async function checkExplained(
  service: string | undefined,
  played: Played,
  overview: () => ReturnType<Session['overview']>,
): Promise<void> {
  const names = (await overview()).services.map((one) => one.service);
  if (service !== undefined && !names.includes(service)) {
    const near = names.length > 0 ? nearestOf(service, names) : null;
    throw new UserError('usage', `no service is called ${JSON.stringify(service)}`, {
      hint: near === null ? 'aidebug graph lists the services.' : `Did you mean ${near}?`,
    });
  }
  const problem = problemOf(played);
  if (problem !== null) throw new UserError('usage', safe(problem, 300));
}

function unknownMetric(
  metric: string,
  known: readonly { readonly metric: string; readonly service: string }[],
): UserError {
  const services = known.filter((one) => one.metric === metric).map(({ service }) => service);
  if (services.length > 0) {
    return new UserError('usage', `no such service has the metric ${metric}`, {
      hint: `It is of: ${services.join(', ')}.`,
    });
  }
  const names = [...new Set(known.map((one) => one.metric))];
  const near = names.length > 0 ? nearestOf(metric, names) : null;
  return new UserError('usage', `no metric is called ${JSON.stringify(metric)}`, {
    hint: near === null ? 'aidebug show metrics lists them.' : `Did you mean ${near}?`,
  });
}

/**
 * `id`: of the trace, the log record or the metric; `service`: of the metric.
 * @throws {UserError} if there is no such screen.
 */
export function targetNamed(
  screen: string,
  id: string | undefined,
  service: string | undefined,
): Target {
  const top = tops.find((name) => name === screen);
  if (top && id === undefined) return { place: { screen: top }, keys: [] };
  if (screen === 'notes' && id === undefined) return { place: { screen: 'notes' }, keys: [] };
  if (screen === 'metric' && id !== undefined) {
    const of = service === undefined ? '' : ` service=${filterValue(service)}`;
    const filter = `metric=${filterValue(id)}${of}`;
    return { place: { screen: 'metrics', filter }, keys: ['enter'], metric: id };
  }
  if (screen === 'trace' && id !== undefined) {
    // Ids are shown cut, and pasted with what cuts them.
    const traceId = id.replace(/(…|\.\.\.)$/, '') as TraceId;
    return { place: { screen: 'trace', traceId, spanId: null }, keys: [] };
  }
  if (screen === 'explain') return { place: explained(id ?? ''), keys: [] };
  if (screen === 'log' && id !== undefined) return { place: { screen: 'log', id }, keys: [] };
  throw noScreen(screen, top !== undefined || screen === 'notes');
}

function noScreen(screen: string, takesNothing: boolean): UserError {
  const hint = `Screens: ${tops.join(', ')}, notes, explain SERVICE, trace ID, log ID, metric NAME.`;
  if (takesNothing) return new UserError('usage', `${screen} takes no id`, { hint });
  const missing = ['trace', 'log', 'metric'].includes(screen);
  const message = missing ? `which ${screen}?` : `no screen ${JSON.stringify(screen)}`;
  return new UserError('usage', message, { hint });
}

/**
 * Names of keys with spaces between.
 * @throws {UserError} if there is no such key.
 */
export function keysNamed(text: string): readonly string[] {
  const keys = text.split(/\s+/).filter((key) => key !== '');
  const unknown = keys.filter((key) => !isKeyName(key));
  if (unknown.length === 0) return keys;
  const names = unknown.map((key) => JSON.stringify(key)).join(', ');
  throw new UserError('usage', `no key is called ${names}`, {
    hint:
      'Keys: one character as it is typed, enter, escape, tab, shift-tab, space, backspace, up, down, left, right, ' +
      'home, end, pageup, pagedown, f1, ctrl-LETTER, alt-left, alt-right.',
  });
}

/** The overview, read when it is first asked for. */
function once(session: Session): () => ReturnType<Session['overview']> {
  let read: ReturnType<Session['overview']> | null = null;
  return () => {
    read ??= session.overview();
    return read;
  };
}

const placeOf = (played: Played): Place => visitOf(played.frame()).place;

/** Without what frames it: two lines and a rule above, a rule and the footer below. */
const bodyOf = (played: Played): readonly Line[] => played.lines().slice(3, -2);

/** Empty lines that only filled the screen are left out: one stays of several. */
function withoutGaps(lines: readonly string[]): readonly string[] {
  const kept = lines.filter((text, at) => text !== '' || (lines[at - 1] ?? '') !== '');
  return kept.at(-1) === '' ? kept.slice(0, -1) : kept;
}
