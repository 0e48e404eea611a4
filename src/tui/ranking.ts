/** Which of many names is meant by a few letters: exact before the begin before scattered letters. */
import Fuse from 'fuse.js';

/** A name, and what else is known of what it names. */
export interface Named {
  readonly kind: string;
  readonly text: string;
  readonly detail: string;
}

interface Entry<Item> {
  readonly item: Item;
  readonly name: string;
  readonly all: string;
}

interface Index<Item> {
  readonly entries: readonly Entry<Item>[];
  /** Made when it is first needed: it takes longer than all else. */
  fuzzy(): Fuse<Item>;
}

const indexes = new WeakMap<readonly Named[], Index<Named>>();

/** Letters may stand anywhere; two in five of them may be wrong or left out. */
const fuzzily = { keys: ['text', 'detail'], ignoreLocation: true, threshold: 0.4 };

/** With as many found by their letters as they stand, nobody meant others. */
const enough = 10;

/** Best first: shorter ones among equals, then commands. `close`: so many begin with the letters. */
export function ranked<Item extends Named>(
  items: readonly Item[],
  wanted: string,
  most: number,
): { readonly found: readonly Item[]; readonly close: number } {
  const letters = wanted.toLowerCase();
  const words = letters.split(/\s+/);
  const index = indexOf(items);
  const direct = index.entries
    .flatMap((entry) => {
      const tier = tierOf(entry, letters, words);
      return tier === null ? [] : [{ ...entry, tier }];
    })
    .sort(
      (a, b) =>
        a.tier - b.tier ||
        a.name.length - b.name.length ||
        Number(b.item.kind === 'command') - Number(a.item.kind === 'command'),
    );
  const found = direct.map(({ item }) => item);
  const close = direct.filter(({ tier }) => tier <= tiers.begin).length;
  if (found.length >= enough) return { found: found.slice(0, most), close };
  const known = new Set(found);
  const others = index.fuzzy().search(wanted, { limit: most });
  const scattered = others.map(({ item }) => item).filter((item) => !known.has(item));
  return { found: [...found, ...scattered].slice(0, most), close };
}

/** How the letters stand in a name. */
const tiers = { exact: 0, begin: 1, word: 2, within: 3, apart: 4 } as const;

function tierOf(
  { name, all }: Entry<unknown>,
  letters: string,
  words: readonly string[],
): number | null {
  const at = name.indexOf(letters);
  if (at === 0) return name.length === letters.length ? tiers.exact : tiers.begin;
  if (at > 0) return beginsWord(name, at) ? tiers.word : tiers.within;
  return words.every((word) => hasWord(all, word)) ? tiers.apart : null;
}

const beginsWord = (text: string, at: number): boolean =>
  at === 0 || !/[\p{L}\p{N}]/u.test(text[at - 1] ?? '');

/** A word of the text begins so. */
function hasWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    if (beginsWord(text, at)) return true;
  }
  return false;
}

function indexOf<Item extends Named>(items: readonly Item[]): Index<Item> {
  const known = indexes.get(items) as Index<Item> | undefined;
  if (known) return known;
  let fuse: Fuse<Item> | null = null;
  const made: Index<Item> = {
    entries: items.map((item) => {
      const name = item.text.replace(/^:/, '').toLowerCase();
      return { item, name, all: `${name} ${item.detail.toLowerCase()}` };
    }),
    fuzzy() {
      fuse ??= new Fuse(items, fuzzily);
      return fuse;
    },
  };
  indexes.set(items, made as unknown as Index<Named>);
  return made;
}
