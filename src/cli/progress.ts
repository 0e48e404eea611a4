/** How far an import is, on standard error: one line rewritten, or a line now and then. */
import type { ImportProgress } from '../session.ts';
import { padTo, sanitise } from '../text.ts';

interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

interface Progress {
  show(progress: ImportProgress): void;
  /** Leaves the line clean for what is printed next. */
  end(): void;
}

/** A terminal line is rewritten this often, a log gets a line this often. */
const redrawMs = 100;
const lineMs = 10_000;

export function progressOn(screen: Screen, quiet: boolean): Progress {
  if (quiet) return { show: () => {}, end: () => {} };
  return screen.isTTY ? rewritten(screen) : logged(screen);
}

function rewritten(screen: Screen): Progress {
  let last = Number.NEGATIVE_INFINITY;
  return {
    show(progress) {
      if (Date.now() - last < redrawMs) return;
      last = Date.now();
      const columns = (screen.columns ?? 80) - 1;
      screen.write(`\r\x1b[K${padTo(lineOf(progress), columns).trimEnd()}`);
    },
    end() {
      if (last !== Number.NEGATIVE_INFINITY) screen.write('\r\x1b[K');
    },
  };
}

function logged(screen: Screen): Progress {
  let last = Date.now();
  return {
    show(progress) {
      if (!progress.done && Date.now() - last < lineMs) return;
      last = Date.now();
      screen.write(`${lineOf(progress)}\n`);
    },
    end() {},
  };
}

function lineOf({ path, bytesRead, bytesTotal, records, done }: ImportProgress): string {
  const read =
    bytesTotal === null || done
      ? megabytes(bytesRead)
      : `${megabytes(bytesRead)} of ${megabytes(bytesTotal)}`;
  const name = path === '-' ? 'stdin' : sanitise(path, 200);
  return `${done ? 'read' : 'reading'} ${name}: ${records.toLocaleString('en-US')} records, ${read}`;
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
