/** The frame without a terminal, on a case: keys in, lines out. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type { Note, Overview } from '../src/model.ts';
import { importDumps, openSession, type Session } from '../src/session.ts';
import { displayWidth } from '../src/text.ts';
import { findablesIn, findablesOf } from '../src/tui/finder.ts';
import type { Frame } from '../src/tui/frame.ts';
import { type Look, painted, plainText } from '../src/tui/paint.ts';
import { play as playFrame } from '../src/tui/play.ts';
import type { Saved } from '../src/tui/saved.ts';
import { askerOf, contextOf, namesOf, readerOf } from '../src/tui/subjects.ts';
import { smallDump, written } from './cli.ts';

export interface Player {
  /** Keys by name (`enter`, `escape`, `tab`, `ctrl-d`) or as typed. */
  press(...keys: readonly string[]): Promise<void>;
  resize(columns: number, rows: number): Promise<void>;
  /** What the terminal would show. */
  lines(ascii?: boolean): readonly string[];
  /** The same with escape codes. */
  painted(look: Look): readonly string[];
  noted(notes: readonly Note[]): Promise<void>;
  /** What was copied last. */
  copied(): string | null;
  /** The rows that were exported last. */
  exported(): readonly Readonly<Record<string, unknown>>[] | null;
  frame(): Frame;
  /** Effects that are not reading: `quit`, `suspend`, `redraw`. */
  readonly asked: readonly string[];
}

export async function play(
  session: Session,
  overview: Overview,
  size: { readonly columns: number; readonly rows: number },
  saved: Saved | null = null,
  caseName = 'case.db',
): Promise<Player> {
  const { press, send, lines, frame, asked, copied, exported } = await playFrame({
    ...size,
    caseName,
    place: { screen: 'incident' },
    saved,
    read: readerOf(session, async () => overview),
    ask: askerOf(session),
    findables: async () => [...findablesIn(overview), ...findablesOf(await namesOf(session))],
  });
  await send({ type: 'context', text: contextOf(overview) });
  return {
    press,
    resize: (columns, rows) => send({ type: 'resize', columns, rows }),
    lines: (ascii = false) => lines().map((one) => plainText(one, ascii)),
    painted: (look) => lines().map((one) => painted(one, look)),
    noted: (notes) => send({ type: 'notes', notes, say: '' }),
    copied,
    exported,
    frame,
    asked,
  };
}

/** What is imported, maybe by the window that it is of. */
type Dump = string | Readonly<Record<'baseline' | 'incident', string>>;

function dumpIn(folder: string, dump: Dump): string {
  if (typeof dump === 'string') return written(folder, 'dump.jsonl', dump);
  for (const [window, content] of Object.entries(dump)) {
    mkdirSync(join(folder, 'dump', window), { recursive: true });
    written(join(folder, 'dump', window), 'dump.jsonl', content);
  }
  return join(folder, 'dump');
}

/** A session on a small case of its own, from before the first test to after the last. */
export function openedCase(name: string, dump: Dump = smallDump()) {
  const folder = mkdtempSync(join(tmpdir(), `aidebug-${name}-`));
  const db = join(folder, 'case.db');
  let opened: { readonly session: Session; readonly overview: Overview } | null = null;
  beforeAll(async () => {
    await importDumps(db, [dumpIn(folder, dump)], { fresh: true });
    const session = await openSession(db);
    opened = { session, overview: await session.overview() };
  });
  afterAll(async () => {
    await opened?.session[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });
  const use = () => {
    if (opened === null) throw new Error('the case is open while tests run');
    return opened;
  };
  return {
    db,
    session: (): Session => use().session,
    overview: (): Overview => use().overview,
  };
}

/** Width of the widest line. */
export const widest = (lines: readonly string[]): number =>
  lines.reduce((most, text) => Math.max(most, displayWidth(text)), 0);
