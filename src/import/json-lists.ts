/** The brackets that are open around the records of a JSON value, while it is read byte by byte. */

/** The lists of a format in which its records stand. */
export interface Lists {
  /** Names of an object that may stand around the outermost list. */
  readonly wrappers: readonly string[];
  /** Outermost first; an element of one holds the next. */
  readonly levels: readonly {
    readonly keys: readonly string[];
    /** Names of what its elements belong to, which mostly stands before them; none if to nothing. */
    readonly owner: readonly string[];
    /** False: elements mean nothing without what stands behind them. */
    readonly divides: boolean;
  }[];
}

export const noLists: Lists = { wrappers: [], levels: [] };

/** A bracket that leads to records: the value's own, a list, or the object around the next one. */
interface Frame {
  readonly isList: boolean;
  /** How many brackets are open inside of it, itself included. */
  readonly depth: number;
  /** Of a list its own, of an object that of the list it stands in; -1 outside of all. */
  readonly level: number;
}

export interface ListFrame extends Frame {
  readonly isList: true;
  readonly key: string;
  /** Positions: behind its bracket, and where the element begins that is being read. */
  from: number;
  element: number;
  /** Elements before that one. */
  index: number;
}

interface ObjectFrame extends Frame {
  readonly isList: false;
  /** Whether it has said what the elements of its lists belong to. */
  hasOwner: boolean;
}

interface Range {
  readonly from: number;
  readonly to: number;
}

/** Lists that are closed in objects that are open: a value of more was made to hurt. */
const mostClosed = 1_000;

/** Positions count from the begin of the value as it is held. */
export class OpenLists {
  readonly #lists: Lists;
  readonly #owners: ReadonlySet<string>;
  #depth = 0;
  #key = '';
  #frames: (ListFrame | ObjectFrame)[] = [];
  /** Contents of lists that are closed, of the objects that are open. */
  readonly #closed: Range[] = [];

  constructor(lists: Lists) {
    this.#lists = lists;
    this.#owners = new Set(lists.levels.flatMap(({ owner }) => owner));
  }

  begin(): void {
    this.#depth = 0;
    this.forget();
  }

  /** Of the value that is open nothing more is wanted. */
  forget(): void {
    this.#frames = [];
    this.#closed.length = 0;
  }

  /** The frame whose bracket is the innermost open one, if that one leads to records. */
  get current(): ListFrame | ObjectFrame | undefined {
    const top = this.#frames.at(-1);
    return top?.depth === this.#depth ? top : undefined;
  }

  /** The lists that are open, outermost first. */
  get lists(): readonly ListFrame[] {
    return this.#frames.filter((frame) => frame.isList);
  }

  /** The brackets that close what is open. */
  get closing(): string {
    return this.#frames
      .map(({ isList }) => (isList ? ']' : '}'))
      .toReversed()
      .join('');
  }

  /** The value of this name follows in the object. */
  named(object: ObjectFrame, key: string): void {
    this.#key = key;
    if (this.#owners.has(key)) object.hasOwner = true;
  }

  /** A bracket opens before `at`; true if it is that of a list. */
  open(isList: boolean, at: number): boolean {
    const level = this.#levelOf(isList);
    this.#depth += 1;
    if (level === null) return false;
    const frame = { depth: this.#depth, level };
    if (isList)
      this.#frames.push({ ...frame, isList, key: this.#key, from: at, element: at, index: 0 });
    else this.#frames.push({ ...frame, isList, hasOwner: false });
    return isList;
  }

  /** Of a bracket that opens; null if it does not lead to records. */
  #levelOf(isList: boolean): number | null {
    if (this.#depth === 0) return -1;
    const around = this.current;
    if (around === undefined) return null;
    if (around.isList) {
      const holdsLists = !isList && around.level < this.#lists.levels.length - 1;
      return holdsLists ? around.level : null;
    }
    if (isList) {
      const level = this.#lists.levels.findIndex(({ keys }) => keys.includes(this.#key));
      return level > around.level ? level : null;
    }
    return this.#frames.length === 1 && this.#lists.wrappers.includes(this.#key) ? -1 : null;
  }

  /** The innermost bracket closes before `at`; true if it was that of a list. */
  close(isList: boolean, at: number): boolean {
    const open = this.current;
    this.#depth -= 1;
    if (open === undefined) return false;
    if (open.isList !== isList) {
      // No JSON: nobody knows any more what holds what.
      this.forget();
      return false;
    }
    this.#frames.pop();
    if (open.isList) {
      this.#forgetWithin(open);
      this.#closed.push({ from: open.from, to: at - 1 });
      if (this.#closed.length > mostClosed) this.forget();
    }
    return isList;
  }

  /** The next element of the list begins at `at`. */
  advance(list: ListFrame, at: number): void {
    list.element = at;
    list.index += 1;
    this.#forgetWithin(list);
  }

  /** What is closed stands in order, so within the list is the last of it. */
  #forgetWithin(list: ListFrame): void {
    while ((this.#closed.at(-1)?.from ?? -1) >= list.from) this.#closed.pop();
  }

  /** The innermost list, after all that is open inside of it was forgotten. */
  backToList(): ListFrame | undefined {
    while (this.#frames.at(-1)?.isList === false) this.#frames.pop();
    return this.lists.at(-1);
  }

  /** Whether elements of every list may be read without what stands behind them. */
  get allDivide(): boolean {
    return this.#lists.levels.every(({ divides }) => divides);
  }

  /** Whether elements of the innermost list may be read without what stands behind them. */
  get divides(): boolean {
    return this.lists.every(({ level }) => this.#lists.levels[level]?.divides);
  }

  /** Whether it was said of every open list what its elements belong to. */
  get hasOwners(): boolean {
    return this.#frames.every((frame, at) => {
      if (!frame.isList || this.#lists.levels[frame.level]?.owner.length === 0) return true;
      const around = this.#frames[at - 1];
      return around?.isList === false && around.hasOwner;
    });
  }

  /**
   * What surrounds the element that begins in the innermost list, without the elements before it;
   * from now on that is what stands before it.
   */
  surroundings(value: Buffer): Buffer {
    const lists = new Map(this.lists.map((list) => [list.from, list]));
    const done = this.lists.map(({ from, element }) => ({ from, to: element }));
    const gaps = [...done, ...this.#closed].sort((a, b) => a.from - b.from);
    const kept: Buffer[] = [];
    let length = 0;
    let at = 0;
    for (const { from, to } of gaps) {
      kept.push(value.subarray(at, from));
      length += from - at;
      at = to;
      const list = lists.get(from);
      if (list !== undefined) list.from = list.element = length;
    }
    this.#closed.length = 0;
    return Buffer.concat(kept, length);
  }
}
