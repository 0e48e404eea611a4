/** A program in a real pseudo-terminal, and what it shows. */

export interface TerminalOptions {
  /** 80 if not given. */
  readonly columns?: number;
  /** 24 if not given. */
  readonly rows?: number;
  /**
   * Added to the environment of this process, of which what tells of CI, of colours and of a case
   * is left out.
   */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** One place of the grid. */
export interface Cell {
  /** Empty for a blank, and for the second half of a wide character. */
  readonly chars: string;
  /** 0 for the second half of a wide character. */
  readonly width: number;
  /** Number in the palette, or `#rrggbb`; null: the terminal's own. */
  readonly fg: number | string | null;
  readonly bg: number | string | null;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly inverse: boolean;
}

export interface Modes {
  /** The alternate screen is shown. */
  readonly alternate: boolean;
  readonly cursorHidden: boolean;
  readonly bracketedPaste: boolean;
}

export interface OpenTerminal {
  /** Types keys, as the bytes that a terminal sends for them. */
  send(keys: string): void;
  resize(columns: number, rows: number): void;
  /** The lines seen now, one for each row, without the blanks at their ends. */
  screen(): readonly string[];
  /** Everything written so far. */
  raw(): string;
  /** Calls `listener` with every piece that is written. Returns what ends that. */
  onWritten(listener: (text: string) => void): () => void;
  /**
   * Resolves once the screen holds the text, or satisfies the predicate; rejects, with the screen in
   * the message, after 20 seconds or `timeoutMs`, and when the program has ended without it.
   */
  waitFor(
    wanted: string | ((lines: readonly string[]) => boolean),
    timeoutMs?: number,
  ): Promise<void>;
  modes(): Modes;
  /** What is seen now, for pictures: rows of cells. */
  cells(): readonly (readonly Cell[])[];
  /** Of the program. */
  readonly pid: number;
  kill(signal: string): void;
  /** Resolves when the program has ended and all that it wrote is on the screen. */
  readonly exit: Promise<{ readonly exitCode: number; readonly signal?: number }>;
  /** Kills the program if it still runs. */
  dispose(): void;
}

export function openTerminal(
  command: string,
  args: readonly string[],
  options?: TerminalOptions,
): OpenTerminal;
