/**
 * What an event does to the frame. The way of every key:
 *
 *     key ─→ filter being typed? ─→ help open? ─→ the screen's bindings ─→ motions ─→ the frame's own
 */

import { commandLine, lookedUp } from './command-line.ts';
import { fieldOf } from './field.ts';
import { emptyFinder } from './finder.ts';
import {
  areaOf,
  type Event,
  type Frame,
  type FrameAction,
  frameBindings,
  isReading,
  isTooSmall,
  type Outcome,
  visitOf,
} from './frame.ts';
import { type Help, helpAfter, helpLines, helpWith } from './help.ts';
import type { Key } from './keys.ts';
import { exported, matched, onHeld, overlaid } from './overlays.ts';
import { actionOf, motions, offered, type Step } from './screen.ts';
import { screenOf, tops } from './screens/index.ts';
import { toldIfNothing, unboundText } from './unbound.ts';
import { undoable, undone } from './undo.ts';
import {
  asking,
  earlier,
  everyVisit,
  filtered,
  here,
  leaving,
  notedAll,
  received,
  refiltered,
  replied,
  still,
  swapped,
  topped,
  visited,
} from './visits.ts';

export const step = (frame: Frame, event: Event): Outcome =>
  asking(
    refiltered(
      leaving(
        frame,
        event.type === 'key' ? undoable(frame, stepped(frame, event)) : stepped(frame, event),
      ),
    ),
  );

function stepped(frame: Frame, event: Event): Outcome {
  switch (event.type) {
    case 'key':
      return pressed({ ...frame, said: '' }, event.key);
    case 'resize':
      return {
        frame: { ...frame, columns: event.columns, rows: event.rows },
        effects: [{ do: 'redraw' }],
      };
    case 'read':
      return replayed(received(frame, event.place, event.subject));
    case 'failed':
      return still(
        everyVisit(frame, event.place, (visit) => ({ ...visit, problem: event.message })),
      );
    case 'replied':
      return lookedUp(
        replied(frame, event.place, event.question, event.reply),
        event.question,
        event.reply,
      );
    case 'notes':
      return still({ ...notedAll(frame, event.notes), said: event.say });
    case 'matched':
      return still(matched(frame, event));
    case 'findables':
      return still({ ...frame, findables: event.items });
    case 'reading':
      return still({ ...frame, reading: event.seconds });
    case 'said':
      return still({ ...frame, said: event.text });
    case 'preview':
      return still({ ...frame, preview: event.preview });
    case 'context':
      return still({ ...frame, context: event.text });
  }
}

/** What was typed while the screen was being read, now that it is there. */
function replayed(frame: Frame): Outcome {
  const keys = visitOf(frame).state ? frame.ahead : [];
  let outcome = still(keys.length > 0 ? { ...frame, ahead: [] } : frame);
  for (const key of keys) {
    const next = undoable(outcome.frame, pressed(outcome.frame, key));
    outcome = { frame: next.frame, effects: [...outcome.effects, ...next.effects] };
  }
  return outcome;
}

// ---------------------------------------------------------------- keys

function pressed(frame: Frame, key: Key): Outcome {
  // Where nothing is seen, q is no letter.
  const quits = key.name === 'ctrl-c' || (key.name === 'q' && isTooSmall(frame));
  if (quits) return { frame, effects: [{ do: 'quit' }] };
  const above = isPaste(key) ? null : overlaid(frame, key);
  if (above) return above;
  const text = asText(frame, key);
  if (text) return still(text);
  const helped = frame.help && inHelp(frame, frame.help, key);
  return helped ? still(helped) : bound(frame, key);
}

const isPaste = ({ name }: Key): boolean => name === 'paste-start' || name === 'paste-end';

/** A key that is text, or a mark of it; null if it is a command. */
function asText(frame: Frame, key: Key): Frame | null {
  if (isPaste(key)) {
    return { ...frame, pasting: key.name === 'paste-start' };
  }
  if (frame.typing !== null) return typed(frame, frame.typing, key);
  const written = frame.help ? null : intoField(frame, key);
  // What is pasted outside of a text field was not meant as commands.
  return written ?? (frame.pasting ? frame : null);
}

/** A key as a command: of the screen, or of the frame. */
function bound(frame: Frame, key: Key): Outcome {
  const { place, state, problem } = visitOf(frame);
  const own = actionOf(offered(screenOf(place.screen), state), key) ?? actionOf(motions, key);
  if (state && !frame.help && own !== null) return toldIfNothing(frame, key, acted(frame, own));
  const action = isTextAhead(frame, key) ? null : actionOf(frameBindings, key);
  // What they are about is there soon.
  const waitsToo = state === null && problem === null && action !== null && aboutScreen.has(action);
  if (action && !waitsToo && (state || action !== 'filter')) {
    return framed({ ...frame, help: null, ahead: [] }, action);
  }
  const waits = state === null && problem === null && frame.ahead.length < mostAhead;
  return still(
    waits
      ? { ...frame, ahead: [...frame.ahead, key] }
      : { ...frame, said: frame.help ? 'Esc closes the help' : unboundText(visitOf(frame), key) },
  );
}

/** What the frame does with what the screen shows. */
const aboutScreen: ReadonlySet<string> = new Set(['filter', 'yank', 'sql', 'export', 'note']);

/** A key of a text that is typed before there is anything to filter, or to write it in. */
function isTextAhead(frame: Frame, { name }: Key): boolean {
  const { ahead } = frame;
  const begins = screenOf(visitOf(frame).place.screen).typedAfter ?? [];
  const begun = ahead.findLastIndex((key) => begins.includes(key.name));
  const from = ahead.findLastIndex((key) => key.name === '/');
  if (name === 'escape') return false;
  return begun > from || (from >= 0 && !ahead.slice(from).some((key) => key.name === 'enter'));
}

/** A key for the text field of the screen; null if it has none open. */
function intoField(frame: Frame, key: Key): Frame | null {
  const { place, state } = visitOf(frame);
  const { typing, typed } = screenOf(place.screen);
  if (!state || !typed || !typing?.(state.of)) return null;
  // A line break within a paste runs nothing.
  const meant = frame.pasting && key.name === 'enter' ? { name: ' ', text: ' ' } : key;
  return here(frame, { state: { of: typed(state.of, meant, areaOf(frame)) } });
}

/** Keys that are kept for a screen that is being read. */
const mostAhead = 100;

/** A key while the help is open; null if it is the frame's. */
function inHelp(frame: Frame, help: Help, key: Key): Frame | null {
  const screen = screenOf(visitOf(frame).place.screen);
  const count = helpLines(screen, frameBindings, help.filter.text).length;
  const next = helpAfter(help, key, count, areaOf(frame));
  return next === undefined ? null : { ...frame, help: next };
}

/** What the screen makes of one of its actions. */
function acted(frame: Frame, action: string): Outcome {
  const { place, state } = visitOf(frame);
  const screen = screenOf(place.screen);
  const next: Step<unknown> = screen.update(state?.of, action, areaOf(frame));
  const after = {
    ...here(frame, { left: null, state: { of: next.state } }),
    said: next.say ?? '',
    prompt: next.prompt ? { ...next.prompt, field: fieldOf('') } : null,
  };
  if (next.unnote !== undefined) {
    return { frame: after, effects: [{ do: 'unnote', id: next.unnote }] };
  }
  if (next.cancel) return { frame: after, effects: [{ do: 'cancel', what: 'statement' }] };
  return next.go ? visited(after, next.go) : still(after);
}

function framed(frame: Frame, action: FrameAction): Outcome {
  const [, digit] = /^screen-(\d+)$/.exec(action) ?? [];
  const name = tops[Number(digit)];
  if (name) return topped(frame, { screen: name });
  switch (action) {
    case 'filter':
      return still(startTyping(frame));
    case 'yank':
    case 'note':
    case 'sql':
      return onHeld(frame, action);
    case 'export':
      return exported(frame);
    case 'find': {
      const opened = { ...frame, finder: emptyFinder };
      return frame.findables ? still(opened) : { frame: opened, effects: [{ do: 'findables' }] };
    }
    case 'command':
      return commandLine(frame, '');
    case 'notes':
      return visited(frame, { screen: 'notes' });
    case 'undo':
      return undone(frame);
    case 'help':
      return still({ ...frame, help: helpWith('') });
    case 'back':
      return closed(frame) ?? cancelled(frame) ?? backed(frame);
    case 'leave':
      return closed(frame) ?? stillIf(earlier(frame)) ?? { frame, effects: [{ do: 'quit' }] };
    case 'previous':
      return still(swapped(frame) ?? { ...frame, said: 'nothing was shown before this' });
    case 'earlier':
      return still(earlier(frame) ?? { ...frame, said: 'this is where the history begins' });
    case 'later':
      return frame.at + 1 < frame.history.length
        ? still({ ...frame, at: frame.at + 1 })
        : still({ ...frame, said: 'this is where the history ends' });
    default:
      return { frame, effects: [{ do: action as 'redraw' | 'suspend' | 'quit' }] };
  }
}

const stillIf = (frame: Frame | null): Outcome | null => frame && still(frame);

/** What takes long is given up; null if nothing does. */
const cancelled = (frame: Frame): Outcome | null =>
  isReading(frame)
    ? {
        frame: { ...frame, reading: 0, said: 'cancelled' },
        effects: [{ do: 'cancel', what: 'reading' }],
      }
    : null;

/** What Esc does where nothing is open: clears the filter, goes back. */
function backed(frame: Frame): Outcome {
  const { place, filter } = visitOf(frame);
  // The one it was opened with is left with it.
  const isTyped = filter !== '' && !('filter' in place && place.filter === filter);
  const before = isTyped ? null : earlier(frame);
  const after = before ?? (filter === '' ? { ...frame, said: 'q quits' } : filtered(frame, ''));
  return still(after);
}

/** What the screen has open, closed; null if nothing is. */
function closed(frame: Frame): Outcome | null {
  const { place, state } = visitOf(frame);
  const closes = state && screenOf(place.screen).closable?.(state.of);
  return closes ? acted(frame, 'close') : null;
}

// ---------------------------------------------------------------- the filter line

function startTyping(frame: Frame): Frame {
  const { place, state, filter } = visitOf(frame);
  if (!screenOf(place.screen).filtered) return { ...frame, said: 'nothing to filter here' };
  return state ? { ...frame, typing: filter, typedFrom: filter } : frame;
}

/** Longer filters than this find nothing that a shorter one does not. */
const longestFilter = 200;

function typed(frame: Frame, text: string, { name, text: letters }: Key): Frame {
  if (frame.pasting && letters === '') return frame;
  if (name === 'enter') return { ...frame, typing: null };
  if (name === 'escape') return { ...filtered(frame, ''), typing: null };
  const edited = editedBy(text, name, letters);
  return edited === text ? frame : { ...filtered(frame, edited), typing: edited };
}

function editedBy(text: string, name: string, letters: string): string {
  if (name === 'backspace') return [...text].slice(0, -1).join('');
  if (name === 'ctrl-u') return '';
  if (name === 'ctrl-w') return text.replace(/\S+\s*$/, '');
  return (text + letters).slice(0, longestFilter);
}
