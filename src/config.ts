/**
 * Settings of one run: flags first, then the environment, then what is built in. Read once, at
 * the edge, and passed in.
 */

/** Flags that every command has, as typed. */
export interface CommonFlags {
  readonly db?: string;
  readonly format?: string;
  readonly quiet?: boolean;
  readonly color?: 'auto' | 'always' | 'never';
}

/** What is known of standard output. */
export interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface Settings {
  /** Path of the case. */
  readonly db: string;
  readonly quiet: boolean;
  readonly color: boolean;
  /** Terminal columns that a report may take. */
  readonly columns: number;
  /** Whether that width is known: of a terminal, or set. Else rows are piped on, and not cut. */
  readonly fitted: boolean;
}

export const defaultCase = '.aidebug/case.db';

/** Narrower than this nothing readable can be drawn. */
const fewestColumns = 40;
const usualColumns = 80;

type Environment = Readonly<Record<string, string | undefined>>;

export function settingsOf(flags: CommonFlags, env: Environment, terminal: Terminal): Settings {
  const width = Number(env.COLUMNS) || terminal.columns;
  return {
    db: flags.db ?? (env.AIDEBUG_DB || defaultCase),
    quiet: flags.quiet ?? false,
    color: usesColor(flags.color ?? 'auto', env, terminal),
    columns: Math.max(fewestColumns, Math.floor(width || usualColumns)),
    fitted: Boolean(width),
  };
}

/** See https://no-color.org: set and not empty means no colour, unless asked for by flag. */
function usesColor(wish: 'auto' | 'always' | 'never', env: Environment, terminal: Terminal) {
  if (wish !== 'auto') return wish === 'always';
  return !env.NO_COLOR && env.TERM !== 'dumb' && terminal.isTTY === true;
}
