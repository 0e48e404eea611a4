/** What a head holds of the span being read, whichever bytes it is read from. */
import type { SpanKind, SpanStatus } from '../../model.ts';
import type { Draft } from '../draft.ts';
import type { SharedValues } from './slot.ts';
import type { Surroundings } from './surroundings.ts';
import { noText, Places, type Word } from './words.ts';

const kinds: readonly SpanKind[] = [
  ...(['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const),
];
const statuses: readonly SpanStatus[] = ['unset', 'ok', 'error'];

export class SpanHeadFields<Known> {
  readonly #draft: Draft;
  readonly #places = new Places();
  flags = 0;
  kind = 0;
  status = 0;
  name: Word<Known> = noText;
  message: Word<Known> = noText;
  state: Word<Known> = noText;

  constructor(draft: Draft) {
    this.#draft = draft;
  }

  clear(): void {
    this.flags = 0;
    this.kind = 0;
    this.status = 0;
    this.name = noText;
    this.message = noText;
    this.state = noText;
  }

  /**
   * The place of the head, with the attributes that it holds. Heads are looked up by numbers for
   * these, in the order in which they stood.
   */
  place(around: Surroundings, shared: SharedValues): number {
    const count = 7 + shared.count;
    this.#places.reserve(count);
    const { numbers } = this.#places;
    numbers[0] = around.id;
    numbers[1] = this.name.id;
    numbers[2] = this.kind;
    numbers[3] = this.status;
    numbers[4] = this.message.id;
    numbers[5] = this.state.id;
    numbers[6] = this.flags;
    for (let i = 0; i < shared.count; i += 1) numbers[7 + i] = shared.idAt(i);
    const known = this.#places.known(count);
    return known >= 0 ? known : this.#places.remember(this.#make(around, shared));
  }

  #make({ resource, scope }: Surroundings, shared: SharedValues): number {
    const head = {
      resource,
      scope,
      name: this.name.text,
      kind: kinds[this.kind] as SpanKind,
      status: statuses[this.status] as SpanStatus,
      statusMessage: this.message.text,
      traceState: this.state.text,
      flags: this.flags,
    };
    const attributes = shared
      .sorted()
      .map(({ name, text }) => name.text + text)
      .join(',');
    return this.#draft.spans.headOf(head, `{${attributes}}`);
  }
}

/** Attributes that no head holds. */
interface Own {
  readonly ownBytes: number;
  writeOwn(to: Buffer, at: number): number;
}

/** Adds the span whose ids and times stand at the next place; false if it ends before it starts. */
export function addSpan(
  draft: Draft,
  trace: number,
  head: number,
  telling: boolean,
  own: Own,
): boolean {
  const { rows } = draft.spans;
  if (isReversed(rows.timeWords, rows.count * 4)) return false;
  rows.text.reserve(own.ownBytes);
  const at = rows.grow();
  rows.trace[at] = trace;
  rows.head[at] = head;
  rows.text.end = own.writeOwn(rows.text.bytes, rows.text.end);
  rows.attributesEnd[at] = rows.text.end;
  rows.telling[at] = telling ? 1 : 0;
  if (!draft.holdsAll && !draft.holds(rows.times[at * 2] as bigint)) rows.rewind(at);
  return true;
}

/** Whether the end behind the start in the words is the earlier of the two. */
function isReversed(words: Uint32Array, at: number): boolean {
  const [startHigh, endHigh] = [words[at + 1] as number, words[at + 3] as number];
  if (startHigh !== endHigh) return endHigh < startHigh;
  return (words[at + 2] as number) < (words[at] as number);
}
