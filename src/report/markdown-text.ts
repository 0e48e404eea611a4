/** Telemetry text inside Markdown: shown as it is, never as markup. */
import { sanitise } from '../text.ts';

/** What Markdown, HTML or a code host would read as markup, a mention or a number of an issue. */
const markup = /[\\`*_[\]|~!<>&#@]/g;

const entities: Readonly<Record<string, string>> = {
  '<': '&lt;',
  '>': '&gt;',
  '&': '&amp;',
  '#': '&#35;',
  '@': '&#64;',
};

/** One harmless line, also in the cell of a table; not to be put first on a line. */
export const markdownText = (text: string): string =>
  sanitise(text).replace(markup, (character) => entities[character] ?? `\\${character}`);
