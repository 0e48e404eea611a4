/**
 * What is whole of a resource entry that was cut: the records before the cut.
 *
 *     {"resource":{…},"scopeSpans":[{"scope":{…},"spans":[{…},{…},{"traceId":"5b8
 *                                                              ^ cut here, then ]}]} is added
 */
import { endOfString } from '../text/json.ts';

/** Brackets around a record: entry, scope list, scope, record list. */
const aroundRecord = '{[{[';
const closing: Readonly<Record<string, string>> = { '{': '}', '[': ']' };

/**
 * `text` up to its last whole record, with the brackets closed; null if there is none, or if
 * the resource does not come before it: nobody could say whose records they are.
 */
export function wholeRecords(text: string): string | null {
  const end = endOfLastRecord(text);
  if (end === null) return null;
  const kept = text.slice(0, end);
  if (!/^\{\s*"resource"\s*:/.test(kept)) return null;
  return (
    kept +
    [...aroundRecord]
      .reverse()
      .map((bracket) => closing[bracket])
      .join('')
  );
}

/** Position after the last record that is closed; null if none is. */
function endOfLastRecord(text: string): number | null {
  let open = '';
  let end: number | null = null;
  for (let at = 0; at < text.length; at += 1) {
    const token = text[at] as string;
    // Strings are skipped whole, so that brackets in them do not count.
    if (token === '"') at = endOfString(text, at) - 1;
    // Deeper than any record nothing can be told.
    else if (open.length > maxDepth) return end;
    else if (token in closing) open += token;
    else if (token === '}' || token === ']') {
      open = open.slice(0, -1);
      if (token === '}' && open === aroundRecord) end = at + 1;
    }
  }
  return end;
}

const maxDepth = 1_000;
