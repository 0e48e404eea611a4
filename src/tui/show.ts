/** `aidebug show`: a screen as text, for scripts, screen readers and tests of what is drawn. */
import { basename } from 'node:path';
import { UserError } from '../errors.ts';
import type { TraceId } from '../model.ts';
import { openSession, type Session } from '../session.ts';
import { findablesIn, findablesOf } from './finder.ts';
import { visitOf } from './frame.ts';
import { safe } from './glyphs.ts';
import type { Line } from './line.ts';
import { type Look, painted } from './paint.ts';
import { type Played, play } from './play.ts';
import type { Place } from './screen.ts';
import { screenOf, tops } from './screens/index.ts';
import { askerOf, contextOf, namesOf, readerOf } from './subjects.ts';

export interface Shown {
  /** Path of the case. */
  readonly db: string;
  readonly look: Look;
  /** Of the terminal, with its frame; null: the screen alone, as long as it is. */
  readonly rows: number | null;
  readonly columns: number;
  /** What is pressed before it is shown: `enter`, `j`, `ctrl-d`. */
  readonly keys: readonly string[];
}

/** Rows of a screen that is shown alone: lists end there. */
const longest = 200;

/**
 * A screen as lines; escape codes only where the look has colours.
 * @throws {UserError} if there is no readable case, or not what the screen is to show.
 */
export async function shownScreen(
  place: Place,
  { db, look, rows, columns, keys }: Shown,
): Promise<readonly string[]> {
  await using session = await openSession(db);
  const overview = once(session);
  const read = readerOf(session, overview);
  const ask = askerOf(session);
  const findables = async () => [
    ...findablesIn(await overview()),
    ...findablesOf(await namesOf(session)),
  ];
  const size = { columns, rows: rows ?? longest };
  const played = await play({ caseName: basename(db), ...size, place, read, ask, findables });
  for (const key of keys) await played.press(key);
  const { problem } = visitOf(played.frame());
  if (problem !== null) throw new UserError('usage', problem);
  if (rows !== null) {
    await played.send({ type: 'context', text: contextOf(await overview()) });
    return played.lines().map((one) => painted(one, look));
  }
  const body = withoutGaps(bodyOf(played).map((one) => painted(one, look)));
  return [
    `aidebug ${safe(basename(db), 60)}: ${screenOf(placeOf(played).screen).title}`,
    '',
    ...body,
  ];
}

/** @throws {UserError} if there is no such screen. */
export function placeNamed(screen: string, id: string | undefined): Place {
  const top = tops.find((name) => name === screen);
  if (top && id === undefined) return { screen: top };
  if (screen === 'trace' && id !== undefined) {
    // Ids are shown cut, and pasted with what cuts them.
    return { screen: 'trace', traceId: id.replace(/(…|\.\.\.)$/, '') as TraceId, spanId: null };
  }
  if (screen === 'log' && id !== undefined) return { screen: 'log', id };
  const missing = screen === 'trace' || screen === 'log';
  throw new UserError(
    'usage',
    missing ? `which ${screen}?` : `no screen ${JSON.stringify(screen)}`,
    {
      hint: `Screens: ${tops.join(', ')}, trace ID, log ID.`,
    },
  );
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
