import { endOfString } from '../text/json.ts';

/** Integers that a double may not hold; neither part of a longer number nor of an exponent. */
const longInteger = /(?<![\d.eE+-])-?\d{16,}(?![\d.eE])/g;
const minDigits = 16;
const perhaps = /[:,[\s]-?\d{16}/;

/**
 * The JSON text with every bare integer of 16 digits or more put into quotes, because
 * `JSON.parse` rounds it: 1760000000123456789 would become 1760000000123456800. Strings are left
 * alone. OTLP/JSON allows both spellings of a 64-bit integer.
 */
export function quoteLongIntegers(json: string): string {
  if (!perhaps.test(json)) return json;
  const out: string[] = [];
  let copied = 0;
  let at = 0;
  while (at < json.length) {
    const open = json.indexOf('"', at);
    const stop = open < 0 ? json.length : open;
    // Most gaps between strings are too short to hold one.
    if (stop - at >= minDigits) {
      out.push(json.slice(copied, at), json.slice(at, stop).replace(longInteger, '"$&"'));
      copied = stop;
    }
    at = open < 0 ? stop : endOfString(json, open);
  }
  out.push(json.slice(copied));
  return out.join('');
}
