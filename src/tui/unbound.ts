/** What is said of a key that does nothing where it was pressed. */
import { type Frame, type Outcome, type Visit, visitOf } from './frame.ts';
import { safe } from './glyphs.ts';
import { type Key, keyLabel } from './keys.ts';
import { actionOf, motions, type ScreenName } from './screen.ts';
import { screenNames, screenOf } from './screens/index.ts';
import { sortBindings } from './table.ts';
import { still } from './visits.ts';

/** Of more screens nobody reads the names. */
const mostNamed = 3;

/** Empty for keys that have no name. */
export function unboundText({ place, state }: Visit, key: Key): string {
  if (key.name === '' || state === null) return '';
  // Every other list has them: who presses them here should not wonder.
  if (actionOf(sortBindings, key) !== null) return 'nothing to sort here';
  const label = safe(keyLabel(key.name), 20);
  const bound = bindingOf(place.screen, key);
  if (bound) return `${label} (${bound.help}) does nothing as it stands here`;
  const elsewhere = screenNames.flatMap((screen) => {
    const binding = bindingOf(screen, key);
    return binding ? [{ title: screenOf(screen).title, help: binding.help }] : [];
  });
  const helps = new Set(elsewhere.map(({ help }) => help));
  const [help] = helps;
  if (help === undefined || elsewhere.length > mostNamed || helps.size > 1) {
    return `no key ${label} here · ? lists those that work`;
  }
  const titles = elsewhere.map(({ title }) => title);
  return `no key ${label} here: ${help} is on ${titles.join(', ')} only`;
}

/** A key of the screen that changed nothing says so; the end of a list is seen. */
export function toldIfNothing(frame: Frame, key: Key, outcome: Outcome): Outcome {
  const { frame: after, effects } = outcome;
  const isSame = visitOf(after).state?.of === visitOf(frame).state?.of;
  const isSilent = effects.length === 0 && after.prompt === null && after.said === '';
  if (!isSame || !isSilent || after.at !== frame.at || actionOf(motions, key) !== null) {
    return outcome;
  }
  return still({ ...after, said: unboundText(visitOf(after), key) });
}

/** What the screen has for the key, whether or not it does something now. */
const bindingOf = (screen: ScreenName, key: Key) => {
  const { bindings } = screenOf(screen);
  return actionOf(bindings, key) === null
    ? undefined
    : bindings.find(({ keys }) => keys.includes(key.name));
};
