/** JSON text → values, without the loss of long integers. */
import { quoteLongIntegers } from './long-integers.ts';

/** The parsed text; undefined if it is not JSON. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(quoteLongIntegers(text));
  } catch {
    return undefined;
  }
}
