/** The line that is asked for at the bottom: a command with its completion, or the text of a note. */
import { commanded } from './commands.ts';
import {
  type Completion,
  completionOf,
  filledIn,
  type Known,
  questionOf,
  sharedIn,
  takesName,
} from './completion.ts';
import { fieldOf, typedInto } from './field.ts';
import { allFindables } from './findables.ts';
import { type Effect, type Frame, type Outcome, type Prompt, visitOf } from './frame.ts';
import { safe } from './glyphs.ts';
import { helpWith } from './help.ts';
import type { Key } from './keys.ts';
import type { MatchingSpans, Place, Question, Reply } from './screen.ts';
import { screenOf } from './screens/index.ts';
import { filtered, holding, still, visited } from './visits.ts';

/** The command line, with that in it; what names there are is looked up. */
export function commandLine(frame: Frame, text: string): Outcome {
  const prompt: Prompt = { label: ':', field: fieldOf(text), purpose: { ask: 'command' } };
  return seeking(frame, prompt);
}

/** A key for the line that is asked for. */
export function prompted(frame: Frame, prompt: Prompt, key: Key): Outcome {
  const { purpose, field } = prompt;
  if (key.name === 'escape') return still({ ...frame, prompt: null });
  const step = purpose.ask === 'command' ? choices[key.name] : undefined;
  if (step !== undefined) return seeking(frame, completed(frame, prompt, step));
  if (key.name !== 'enter' || frame.pasting) {
    const meant = key.name === 'enter' ? { name: ' ', text: ' ' } : key;
    const typed = { ...prompt, field: typedInto(field, meant), chosen: null, due: false };
    return purpose.ask === 'command' ? seeking(frame, typed) : still({ ...frame, prompt: typed });
  }
  if (purpose.ask === 'command') return entered(frame, prompt);
  return noted({ ...frame, prompt: null }, purpose.target, [purpose.before, field.text]);
}

/** Keys that choose among the candidates, and which way. */
const choices: Readonly<Record<string, 1 | -1>> = { tab: 1, down: 1, 'shift-tab': -1, up: -1 };

/** What the line can be completed to; the candidate that stands in it is one of them. */
export function completionIn(frame: Frame, { field, chosen, looked }: Prompt): Completion {
  const { screen } = visitOf(frame).place;
  const known: Known = { screen, items: allFindables(frame), looked: looked ?? null };
  return completionOf(chosen?.before ?? field, known);
}

/** As far as all candidates agree; after that one candidate after the other. */
function completed(frame: Frame, prompt: Prompt, step: 1 | -1): Prompt {
  const { field, chosen } = prompt;
  const { from, candidates, more } = completionIn(frame, prompt);
  const [only] = candidates;
  if (!only) return prompt;
  if (!chosen) {
    const shared = sharedIn(candidates);
    const isName = from === 0 && candidates.length === 1;
    const typed = field.text.slice(from, field.at);
    // Letters that stand within the names are no begin of them.
    const agrees = shared.toLowerCase().startsWith(typed.toLowerCase());
    const goesOn = agrees && !more && shared.length > typed.length;
    if (candidates.length === 1 || goesOn) {
      return { ...prompt, field: filledIn(field, from, isName ? `${shared} ` : shared) };
    }
  }
  const before = chosen?.before ?? field;
  const count = candidates.length;
  const first = step > 0 ? 0 : count - 1;
  const at = chosen ? (chosen.at + step + count) % count : first;
  const text = candidates[at]?.text ?? '';
  return { ...prompt, field: filledIn(before, from, text), chosen: { before, at } };
}

/** The line, and what has to be looked up for it. */
function seeking(frame: Frame, prompt: Prompt): Outcome {
  const written = writtenIn(prompt);
  const question = questionOf(written);
  // All names of a large case take seconds: they are read when the first is to be completed.
  const isFirst = frame.prompt === null || !takesName(writtenIn(frame.prompt));
  const names: readonly Effect[] =
    frame.findables === null && takesName(written) && isFirst ? [{ do: 'findables' }] : [];
  const asked = prompt.looked ? JSON.stringify(prompt.looked.question) : '';
  if (question === null || asked === JSON.stringify(question)) {
    return { frame: { ...frame, prompt }, effects: names };
  }
  return {
    frame: { ...frame, prompt: { ...prompt, looked: { question, reply: null } } },
    effects: [...names, { do: 'ask', place: visitOf(frame).place, question }],
  };
}

/** What stands before the cursor, but for what it was completed to. */
function writtenIn({ chosen, field }: Prompt): string {
  const { text, at } = chosen?.before ?? field;
  return text.slice(0, at);
}

/** The reply, where the line still waits for it. */
export function lookedUp(frame: Frame, question: Question, reply: Reply): Outcome {
  const { prompt } = frame;
  const waits = prompt?.looked && prompt.looked.reply === null;
  if (!waits || JSON.stringify(prompt.looked?.question) !== JSON.stringify(question)) {
    return still(frame);
  }
  const known = { ...prompt, looked: { question, reply } };
  return prompt.due ? entered(frame, known) : still({ ...frame, prompt: known });
}

/** Enter on a command. */
function entered(frame: Frame, prompt: Prompt): Outcome {
  const { text } = prompt.field;
  const closed = { ...frame, prompt: null };
  const result = commanded(text);
  if (!('span' in result)) return obeyed(closed, text);
  const { looked } = prompt;
  const isOfIt = looked?.question.ask === 'spans' && looked.question.begin === result.span;
  if (!looked || !isOfIt) return still({ ...closed, said: 'no such span' });
  const { reply } = looked;
  if (reply === null) return still({ ...frame, prompt: { ...prompt, due: true } });
  if ('problem' in reply) return still({ ...closed, said: reply.problem });
  const [first, ...others] = (reply.answer as MatchingSpans).spans;
  if (!first) return still({ ...closed, said: `no span begins with ${result.span}` });
  // Which of several is chosen in the list.
  if (others.length > 0) return still({ ...frame, prompt: { ...prompt, due: false } });
  return obeyed(closed, `span ${first.traceId}/${first.spanId}`);
}

function noted(frame: Frame, target: string, parts: readonly string[]): Outcome {
  const body = parts
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .join(': ');
  return body === ''
    ? still({ ...frame, said: 'nothing noted' })
    : { frame, effects: [{ do: 'note', target, body }] };
}

/** A service that is in no name of one is not passed over for another. */
function unknownIn({ findables }: Frame, place: Place): string | null {
  const service = 'service' in place ? place.service : undefined;
  if (typeof service !== 'string' || findables === null) return null;
  const known = findables.some(({ kind, text }) => kind === 'service' && text.includes(service));
  return known ? null : `no service is called ${safe(service, 40)}`;
}

/** What a command leads to. */
export function obeyed(frame: Frame, text: string): Outcome {
  if (text.trim() === '') return still(frame);
  const result = commanded(text);
  if ('go' in result) {
    const unknown = unknownIn(frame, result.go);
    return unknown === null ? visited(frame, result.go) : still({ ...frame, said: unknown });
  }
  if ('help' in result) return still({ ...frame, help: helpWith(result.help) });
  if ('quit' in result) return { frame, effects: [{ do: 'quit' }] };
  if ('note' in result) return noted(frame, holding(frame)?.target ?? 'case', [result.note]);
  if ('filter' in result) {
    const { place, state } = visitOf(frame);
    return state && screenOf(place.screen).filtered
      ? still(filtered(frame, result.filter))
      : still({ ...frame, said: 'nothing to filter here' });
  }
  return still({ ...frame, said: 'problem' in result ? result.problem : 'no such span' });
}
