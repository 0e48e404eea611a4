/** Keys as the bindings name them, and as people read them. */

/** What node's `readline` tells of one key. */
export interface Keypress {
  readonly name?: string | undefined;
  readonly ctrl?: boolean | undefined;
  readonly meta?: boolean | undefined;
  readonly shift?: boolean | undefined;
}

export interface Key {
  /** `j`, `G`, `ctrl-d`, `alt-left`, `enter`, `escape`, `shift-tab`, …; empty: none of ours. */
  readonly name: string;
  /** What it types into a text field; empty for a command key. */
  readonly text: string;
}

/** Named keys that are bound under another name, or type something. */
const renamed: Readonly<Record<string, string>> = { return: 'enter', delete: 'backspace' };

const named =
  /^(enter|return|escape|tab|space|backspace|delete|up|down|left|right|home|end|pageup|pagedown|f\d+|paste-start|paste-end)$/;

export function keyOf(typed: string | undefined, press: Keypress): Key {
  const { name = '', ctrl, meta } = press;
  if (ctrl) return { name: `ctrl-${name}`, text: '' };
  if (named.test(name)) return namedKey(name, press);
  if (meta) return { name: `alt-${name}`, text: '' };
  const text = typed ?? '';
  // Escape sequences that nobody has a name for arrive as text: they are no text.
  return /[\p{Cc}\p{Cf}]/u.test(text) ? { name: '', text: '' } : { name: text, text };
}

function namedKey(name: string, { meta, shift }: Keypress): Key {
  const base = renamed[name] ?? name;
  // A lone Esc is told as meta.
  if (meta && base !== 'escape') return { name: `alt-${base}`, text: '' };
  if (shift && base === 'tab') return { name: 'shift-tab', text: '' };
  return { name: base, text: base === 'space' ? ' ' : '' };
}

const shownNames: Readonly<Record<string, string>> = {
  enter: 'Enter',
  escape: 'Esc',
  tab: 'Tab',
  'shift-tab': 'S-Tab',
  space: 'Space',
  up: '↑',
  down: '↓',
  left: '←',
  right: '→',
  home: 'Home',
  end: 'End',
  pageup: 'PgUp',
  pagedown: 'PgDn',
  'alt-left': 'Alt-←',
  'alt-right': 'Alt-→',
};

/** Whether a key is called so: by a name, or as it is typed. */
export const isKeyName = (key: string): boolean =>
  [...key].length === 1 ||
  /^(shift-tab|ctrl-[a-z]|alt-(left|right|up|down))$/.test(key) ||
  (named.test(key) && !/^paste-|^return$/.test(key));

/** A key in the footer and the help. */
export const keyLabel = (key: string): string =>
  shownNames[key] ?? key.replace(/^ctrl-(.)$/, (_, letter: string) => `^${letter.toUpperCase()}`);
