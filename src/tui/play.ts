/** The frame without a terminal: keys in, lines out; what it asks for is read at once. */
import { UserError } from '../errors.ts';
import type { Findable } from './finder.ts';
import { type Effect, type Event, type Frame, openFrame, reopened } from './frame.ts';
import { frameView } from './frame-view.ts';
import type { Held } from './held.ts';
import { keyOf } from './keys.ts';
import type { Line } from './line.ts';
import type { Saved } from './saved.ts';
import type { Place, Question, Reply } from './screen.ts';
import { step } from './step.ts';

export interface Played {
  /** Keys by name (`enter`, `escape`, `tab`, `ctrl-d`) or as typed. */
  press(...keys: readonly string[]): Promise<void>;
  send(event: Event): Promise<void>;
  /** What the terminal would show. */
  lines(): readonly Line[];
  frame(): Frame;
  /** Effects that are not reading: `quit`, `copy`, `note`, … */
  readonly asked: readonly string[];
  /** What was copied last. */
  copied(): string | null;
  /** The rows that were exported last. */
  exported(): readonly Held['facts'][] | null;
}

export interface Stage {
  readonly caseName: string;
  readonly columns: number;
  readonly rows: number;
  /** True: everything stands below each other. */
  readonly linear?: boolean;
  /** Where it begins. */
  readonly place: Place;
  /** As the case was left; left out: not. */
  readonly saved?: Saved | null;
  read(place: Place): Promise<unknown>;
  ask(question: Question): Promise<unknown>;
  findables(): Promise<readonly Findable[]>;
}

/** Rejects with what reading rejects with. */
export async function play({
  caseName,
  columns,
  rows,
  linear = false,
  place,
  saved,
  read,
  ask,
  findables,
}: Stage): Promise<Played> {
  const asked: string[] = [];
  let copied: string | null = null;
  let exported: readonly Held['facts'][] | null = null;
  const begun = openFrame({ columns, rows, linear }, caseName, place);
  const opened = saved ? reopened(begun, saved) : begun;
  let { frame } = opened;
  const perform = async (effects: readonly Effect[]): Promise<void> => {
    for (const effect of effects) {
      const event = await came(effect);
      if (event) await send(event);
      else asked.push(effect.do);
      if (effect.do === 'copy') copied = effect.text;
      if (effect.do === 'export') exported = effect.rows;
    }
  };
  /** What an effect leads to; null for one that is the terminal's. */
  const came = async (effect: Effect): Promise<Event | null> => {
    if (effect.do === 'findables') return { type: 'findables', items: await findables() };
    if (effect.do === 'read') {
      return { type: 'read', place: effect.place, subject: await read(effect.place) };
    }
    if (effect.do === 'match') {
      const { filter } = effect;
      const reply = await ask({ ask: 'matching', filter }).then((answer) => ({ answer }), refused);
      return { type: 'matched', filter, reply };
    }
    if (effect.do !== 'ask') return null;
    const { place, question } = effect;
    const reply = await ask(question).then((answer) => ({ answer }), refused);
    return { type: 'replied', place, question, reply };
  };
  const send = async (event: Event): Promise<void> => {
    const next = step(frame, event);
    frame = next.frame;
    await perform(next.effects);
  };
  await perform(opened.effects);
  return {
    async press(...keys) {
      for (const key of keys) await send({ type: 'key', key: pressOf(key) });
    },
    send,
    lines: () => frameView(frame),
    frame: () => frame,
    asked,
    copied: () => copied,
    exported: () => exported,
  };
}

/** What the user can act on, in words; anything else is a bug. */
export function refused(error: unknown): Reply {
  if (error instanceof UserError) return { problem: error.message };
  throw error;
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
