/** `u`: takes back the last removal of a note, and the last change of the filter or of the marks here. */
import { type Frame, type Outcome, type Visit, visitOf } from './frame.ts';
import { safe } from './glyphs.ts';
import { screenOf } from './screens/index.ts';
import { filtered, here, placeKey, still } from './visits.ts';

/** More are forgotten. */
const mostUndone = 50;

/** The frame with what can be taken back of what happened between the two. */
export function undoable(before: Frame, outcome: Outcome): Outcome {
  const { frame, effects } = outcome;
  // What was taken back is not to be taken back.
  if (frame.undo !== before.undo) return outcome;
  const removed = effects.flatMap((effect) =>
    effect.do === 'unnote' ? before.notes.filter(({ id }) => id === effect.id) : [],
  );
  const changes = [
    ...removed.map((note) => ({ note })),
    ...filterChange(before, frame),
    ...fieldChange(visitOf(before), visitOf(frame)),
  ];
  if (changes.length === 0) return outcome;
  return { ...outcome, frame: { ...frame, undo: [...frame.undo, ...changes].slice(-mostUndone) } };
}

/** A filter counts once it is typed to its end. */
function filterChange(before: Frame, after: Frame): Frame['undo'] {
  const { place, filter } = visitOf(after);
  if (placeKey(place) !== placeKey(visitOf(before).place) || after.typing !== null) return [];
  const was = before.typing === null ? visitOf(before).filter : before.typedFrom;
  return was === filter ? [] : [{ place, filter: was }];
}

/** Fields of the screen that can be put back. */
function fieldChange(before: Visit, after: Visit): Frame['undo'] {
  const { undoes = [] } = screenOf(after.place.screen);
  if (placeKey(before.place) !== placeKey(after.place) || !before.state || !after.state) return [];
  const was = before.state.of as Readonly<Record<string, unknown>>;
  const is = after.state.of as Readonly<Record<string, unknown>>;
  const fields = undoes.filter((name) => was[name] !== is[name]);
  if (fields.length === 0) return [];
  const kept = Object.fromEntries(fields.map((name) => [name, was[name]]));
  return [{ place: after.place, fields: kept }];
}

/** The last change taken back: of a note, or of what is shown. */
export function undone(frame: Frame): Outcome {
  const { place, state } = visitOf(frame);
  const shown = placeKey(place);
  const at = frame.undo.findLastIndex(
    (change) => 'note' in change || placeKey(change.place) === shown,
  );
  const change = frame.undo[at];
  if (!change) return still({ ...frame, said: 'nothing to take back here' });
  const after = { ...frame, undo: frame.undo.filter((_, index) => index !== at) };
  if ('note' in change) {
    const { target, body, created } = change.note;
    return { frame: after, effects: [{ do: 'note', target, body, created }] };
  }
  if ('filter' in change) {
    const { filter } = change;
    const said = filter === '' ? 'no filter, as before' : `filter as before: ${safe(filter, 60)}`;
    return still({ ...filtered(after, filter), said });
  }
  const of = { ...(state?.of as object), ...change.fields };
  return still({ ...here(after, { state: { of } }), said: 'marks as before' });
}
