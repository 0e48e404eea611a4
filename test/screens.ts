/** The frame without a terminal: keys in, lines out, and what it asks for is read at once. */
import type { Overview } from '../src/model.ts';
import type { Session } from '../src/session.ts';
import { displayWidth } from '../src/text.ts';
import { type Effect, type Event, type Frame, openFrame } from '../src/tui/frame.ts';
import { frameView } from '../src/tui/frame-view.ts';
import { keyOf } from '../src/tui/keys.ts';
import { plainText } from '../src/tui/paint.ts';
import { step } from '../src/tui/step.ts';
import { contextOf, readerOf } from '../src/tui/subjects.ts';

export interface Player {
  /** Keys by name (`enter`, `escape`, `tab`, `ctrl-d`) or as typed. */
  press(...keys: readonly string[]): Promise<void>;
  resize(columns: number, rows: number): void;
  /** What the terminal would show. */
  lines(ascii?: boolean): readonly string[];
  frame(): Frame;
  /** Effects that are not reading: `quit`, `suspend`, `redraw`. */
  readonly asked: readonly string[];
}

export async function play(
  session: Session,
  overview: Overview,
  { columns, rows }: { readonly columns: number; readonly rows: number },
): Promise<Player> {
  const read = readerOf(session, Promise.resolve(overview));
  const asked: string[] = [];
  const opened = openFrame({ columns, rows }, 'case.db');
  let { frame } = opened;
  const perform = async (effects: readonly Effect[]): Promise<void> => {
    for (const effect of effects) {
      if (effect.do !== 'read') asked.push(effect.do);
      else send({ type: 'read', place: effect.place, subject: await read(effect.place) });
    }
  };
  const send = (event: Event): readonly Effect[] => {
    const next = step(frame, event);
    frame = next.frame;
    return next.effects;
  };
  await perform(opened.effects);
  send({ type: 'context', text: contextOf(overview) });
  return {
    async press(...keys) {
      for (const key of keys) await perform(send({ type: 'key', key: pressOf(key) }));
    },
    resize: (columns, rows) => void send({ type: 'resize', columns, rows }),
    lines: (ascii = false) => frameView(frame).map((one) => plainText(one, ascii)),
    frame: () => frame,
    asked,
  };
}

function pressOf(key: string) {
  const [, modifier, base = key] = /^(ctrl|alt|shift)-(.+)$/.exec(key) ?? [];
  const isNamed = base.length > 1 || modifier !== undefined;
  return keyOf(isNamed ? undefined : key, {
    name: isNamed ? base : key.toLowerCase(),
    ctrl: modifier === 'ctrl',
    meta: modifier === 'alt',
    shift: modifier === 'shift',
  });
}

/** Width of the widest line. */
export const widest = (lines: readonly string[]): number =>
  lines.reduce((most, text) => Math.max(most, displayWidth(text)), 0);
