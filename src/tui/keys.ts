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

export function keyOf(typed: string | undefined, { name = '', ctrl, meta, shift }: Keypress): Key {
  if (ctrl) return { name: `ctrl-${name}`, text: '' };
  if (named.test(name)) {
    const base = renamed[name] ?? name;
    const prefix = meta && base !== 'escape' ? 'alt-' : shift && base === 'tab' ? 'shift-' : '';
    return { name: prefix + base, text: base === 'space' && !meta ? ' ' : '' };
  }
  const text = typed ?? '';
  // Escape sequences that nobody has a name for arrive as text: they are no text.
  if (meta || /[\p{Cc}\p{Cf}]/u.test(text)) return { name: meta ? `alt-${name}` : '', text: '' };
  return { name: text, text };
}

const shownNames: Readonly<Record<string, string>> = {
  enter: '↵',
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

/** A key in the footer and the help. */
export const keyLabel = (key: string): string =>
  shownNames[key] ?? key.replace(/^ctrl-(.)$/, (_, letter: string) => `^${letter.toUpperCase()}`);
