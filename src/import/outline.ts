/**
 * The keys of the JSON values in a text that may be cut anywhere, as paths: `resourceSpans`,
 * `trace.resourceSpans`, `data[].traceID`. All top-level values add to one set, and so do the
 * elements of a top-level array. Enough to tell formats apart without parsing.
 */
export function outline(text: string): ReadonlySet<string> {
  const paths = new Set<string>();
  if (!jsonBegin.test(text)) return paths;
  let open: string[] = [];
  let key = '';
  for (const [token, name, colon] of text.matchAll(tokens)) {
    if (colon !== undefined) {
      key = name as string;
      if (open.length <= maxDepth) paths.add(`${open.at(-1) ?? ''}${key}`);
      continue;
    }
    // A line that begins with a brace begins a value, even after a broken one.
    if (token === '\n') open = [];
    else if (token === '}' || token === ']') open.pop();
    else if (!token.startsWith('"')) open.push(frame(open, key, token));
    key = '';
  }
  return paths;
}

/** A brace or bracket begins the text or one of its lines. */
const jsonBegin = /^[\s\uFEFF]*[[{]|\n[ \t]*[[{]/;
const maxDepth = 5;
const tokens = /"((?:[^"\\\n]|\\.)*)"(\s*:)?|[{}[\]]|\n(?=\{)/g;

/** What stands before the keys of the object or array that opens. */
function frame(open: readonly string[], key: string, token: string): string {
  const before = open.at(-1) ?? '';
  if (token === '{') return key === '' ? before : `${before}${key}.`;
  return key === '' ? before : `${before}${key}[].`;
}
