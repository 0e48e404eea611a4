/** Code of an operation that does not do what it should, and the requests that met it. */
import type { Instance, Request } from './world.ts';

/** Chances and factors; 1 and 0 are code as it should be. */
export interface CodeFault {
  slow: number;
  throws: number;
  skips: number;
  /** The release with which it came: processes of earlier ones do not have it. */
  since: number;
  readonly failure: { readonly type: string; readonly message: string };
  /** Recorded requests that took longer for it, and that failed or were cut short by it. */
  readonly met: { slowed: number; spoilt: number };
}

export const soundCode = (): CodeFault => ({
  ...{ slow: 1, throws: 0, skips: 0, since: 0, failure: { type: '', message: '' } },
  met: { slowed: 0, spoilt: 0 },
});

const sound = soundCode();

/** The code that a process runs for an operation. */
export function codeIn({ service, release }: Instance, endpoint: string): CodeFault {
  const code = service.code.get(endpoint);
  return code !== undefined && release >= code.since ? code : sound;
}

/** Notes that a request came by; only of what is recorded can anyone know. */
export function meet({ recorded }: Request, { slow, met }: CodeFault, isSpoilt: boolean): void {
  if (!recorded) return;
  if (slow > 1) met.slowed += 1;
  if (isSpoilt) met.spoilt += 1;
}
