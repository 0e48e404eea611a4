/** The mouse, where it was asked for: the wheel moves, a click chooses a row or a tab. */
import { Transform } from 'node:stream';

export type MouseEvent =
  | { readonly kind: 'wheel'; readonly step: 1 | -1 }
  /** From 0. */
  | { readonly kind: 'click'; readonly column: number; readonly row: number };

/** Buttons and wheel, told as numbers (xterm: DECSET 1000 and 1006). */
export const mouseOn = '\x1b[?1000h\x1b[?1006h';
export const mouseOff = '\x1b[?1006l\x1b[?1000l';

// biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence begins with ESC.
const report = /\x1b\[<(\d+);(\d+);(\d+)([Mm])/g;
/** The begin of a report, of which the rest is still to come. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the same.
const unfinished = /\x1b\[<[\d;]*$/;

/** The input without what the mouse said, which goes to `heard`: as keys it would be typed. */
export function withoutMouse(
  stdin: NodeJS.ReadStream,
  heard: (event: MouseEvent) => void,
): NodeJS.ReadStream {
  let waiting = '';
  const keys = new Transform({
    transform(chunk: Buffer | string, _encoding, done) {
      const text = waiting + chunk.toString('latin1');
      const cut = text.search(unfinished);
      waiting = cut < 0 ? '' : text.slice(cut);
      const rest = (cut < 0 ? text : text.slice(0, cut)).replace(
        report,
        (_, button: string, column: string, row: string, end: string) => {
          const event = eventOf(Number(button), Number(column), Number(row), end === 'M');
          if (event) heard(event);
          return '';
        },
      );
      done(null, Buffer.from(rest, 'latin1'));
    },
  });
  return stdin.pipe(keys) as unknown as NodeJS.ReadStream;
}

/** Null for what nothing is done with: other buttons, and letting go. */
function eventOf(button: number, column: number, row: number, pressed: boolean): MouseEvent | null {
  if (button === 64 || button === 65) return { kind: 'wheel', step: button === 64 ? -1 : 1 };
  if (button !== 0 || !pressed) return null;
  return { kind: 'click', column: column - 1, row: row - 1 };
}
