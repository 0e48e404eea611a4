/** How far an import is, on standard error: one line rewritten, or a line now and then. */
import type { ImportProgress } from '../session.ts';
import { endOf, formatDuration, padTo, sanitise } from '../text.ts';

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
  const lineOf = liner();
  let last = Number.NEGATIVE_INFINITY;
  return {
    show(progress) {
      if (progress.stage === 'reading' && Date.now() - last < redrawMs) return;
      last = Date.now();
      // A terminal that does not know its width says 0.
      const columns = (screen.columns || 80) - 1;
      screen.write(`\r\x1b[K${padTo(lineOf(progress, columns), columns).trimEnd()}`);
    },
    end() {
      if (last !== Number.NEGATIVE_INFINITY) screen.write('\r\x1b[K');
    },
  };
}

function logged(screen: Screen): Progress {
  const lineOf = liner();
  let last = Date.now();
  return {
    show(progress) {
      const line = lineOf(progress, Number.POSITIVE_INFINITY);
      if (progress.stage !== 'done' && Date.now() - last < lineMs) return;
      last = Date.now();
      screen.write(`${line}\n`);
    },
    end() {},
  };
}

const verbs = { reading: 'reading', storing: 'storing', done: 'read' } as const;

/** Sooner, a rate is chance. */
const rateAfterMs = 1_000;

/** Lines with rate and time left; to be asked from the begin of a file, which they count from. */
function liner(): (progress: ImportProgress, columns: number) => string {
  let begun = { path: '', at: 0 };
  return ({ path, bytesRead, bytesTotal, records, stage }, columns) => {
    if (path !== begun.path) begun = { path, at: Date.now() };
    const name = path === '-' ? 'stdin' : sanitise(path);
    const left = bytesTotal === null || stage !== 'reading' ? null : bytesTotal - bytesRead;
    const size = left === null ? '' : ` of ${megabytes(bytesTotal ?? 0)}`;
    const parts = [
      `${records.toLocaleString('en-US')} records`,
      `${megabytes(bytesRead)}${size}`,
      ...speed(bytesRead, left, Date.now() - begun.at),
    ];
    const [verb, figures] = [verbs[stage], parts.join(', ')];
    // The figures are what changes: the path gives way to them.
    const room = columns - verb.length - figures.length - ' : '.length;
    return `${verb} ${endOf(name, Math.max(room, 1))}: ${figures}`;
  };
}

function speed(bytesRead: number, left: number | null, ms: number): readonly string[] {
  if (ms < rateAfterMs || bytesRead === 0) return [];
  const perMs = bytesRead / ms;
  const rate = `${megabytes(perMs * 1_000)}/s`;
  return left === null ? [rate] : [rate, `${formatDuration(left / perMs)} left`];
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
