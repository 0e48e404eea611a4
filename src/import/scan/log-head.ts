/** What a head holds of the log being read, whichever bytes it is read from. */
import type { Draft } from '../draft.ts';
import type { OwnAttributes } from './own-attributes.ts';
import type { Surroundings } from './surroundings.ts';
import { noText, Places, type Word } from './words.ts';

export class LogHeadFields {
  readonly #draft: Draft;
  readonly #places = new Places();
  severity = 0;
  flags = 0;
  severityText: Word = noText;
  eventName: Word = noText;

  constructor(draft: Draft) {
    this.#draft = draft;
  }

  clear(): void {
    this.severity = 0;
    this.flags = 0;
    this.severityText = noText;
    this.eventName = noText;
  }

  place({ id, resource, scope }: Surroundings): number {
    const { numbers } = this.#places;
    numbers[0] = id;
    numbers[1] = this.severity;
    numbers[2] = this.severityText.id;
    numbers[3] = this.eventName.id;
    numbers[4] = this.flags;
    const known = this.#places.known(5);
    if (known >= 0) return known;
    const head = this.#draft.logs.headOf({
      ...{ resource, scope, severityNumber: this.severity, flags: this.flags },
      severityText: this.severityText.text,
      eventName: this.eventName.text,
      structured: false,
    });
    return this.#places.remember(head);
  }
}

/** Adds the log whose other columns stand at the next place and whose body ends the text. */
export function addLog({ logs }: Draft, own: OwnAttributes): void {
  const { text, textEnd, count: at } = logs.rows;
  textEnd[at * 2] = text.end;
  text.reserve(own.ownBytes);
  const begin = text.end;
  text.end = own.writeOwn(text.bytes, begin);
  if (text.end === begin) text.write('{}');
  textEnd[at * 2 + 1] = text.end;
  logs.finish();
}
