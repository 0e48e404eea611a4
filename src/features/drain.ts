/**
 * Log templates: texts of one statement → one template, with `<*>` where they differ.
 *
 *     user <n> logged in from Paris        4 of 6 words equal, first word and length too
 *     user <n> logged in from Rome     →   user <n> logged in from <*>
 *
 * A tree of depth four: root, number of words, first word, templates. A text joins the most similar
 * template of its leaf if at least 0.4 of the words are equal there, else it is a new one. Numbers,
 * ids, addresses and quoted text are masked before (`text/log-template.ts`).
 *
 * Source: He, Zhu, Zheng, Lyu, "Drain: an online log parsing approach with fixed depth tree", ICWS
 * 2017; depth and threshold are the paper's.
 */

const similarity = 0.4;
/** First words of one length told apart; the rest share a leaf. The paper's `maxChild`. */
const mostChildren = 100;
const anything = '<*>';

interface Template {
  words: string[];
  /** Numbers of the texts that are of it. */
  readonly texts: number[];
}

/** Templates of one leaf, in the order in which they arose. */
type Leaf = Template[];

/**
 * The template of each text, in the order of `texts`. Which texts merge depends on the order in
 * which they come: they are taken sorted, so that equal sets have equal templates.
 */
export function learnTemplates(texts: readonly string[]): readonly string[] {
  const leaves = new Map<number, Map<string, Leaf>>();
  const order = [...texts.keys()].sort((a, b) => compare(texts[a] as string, texts[b] as string));
  const all: Template[] = [];
  for (const number of order) {
    const words = (texts[number] as string).split(' ');
    const leaf = leafOf(leaves, words);
    const known = closest(leaf, words);
    if (known) {
      known.words = known.words.map((word, at) => (word === words[at] ? word : anything));
      known.texts.push(number);
      continue;
    }
    const template = { words, texts: [number] };
    leaf.push(template);
    all.push(template);
  }
  const templates = new Array<string>(texts.length);
  for (const { words, texts: numbers } of all) {
    const text = words.join(' ');
    for (const number of numbers) templates[number] = text;
  }
  return templates;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function leafOf(leaves: Map<number, Map<string, Leaf>>, words: readonly string[]): Leaf {
  const children = leaves.get(words.length) ?? new Map<string, Leaf>();
  leaves.set(words.length, children);
  const [first = ''] = words;
  // A word with a digit or a mask in it is a parameter.
  const isFixed = !/[0-9<]/.test(first);
  const isKept = isFixed && (children.has(first) || children.size < mostChildren);
  const key = isKept ? first : anything;
  const leaf = children.get(key) ?? [];
  children.set(key, leaf);
  return leaf;
}

/** The first of the most similar templates; undefined if none is similar enough. */
function closest(leaf: Leaf, words: readonly string[]): Template | undefined {
  let best: Template | undefined;
  let most = similarity * words.length;
  for (const template of leaf) {
    let equal = 0;
    for (let at = 0; at < words.length; at += 1) if (template.words[at] === words[at]) equal += 1;
    if (best === undefined ? equal >= most : equal > most) {
      best = template;
      most = equal;
    }
  }
  return best;
}
