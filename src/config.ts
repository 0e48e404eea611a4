/**
 * Settings of one run: flags first, then the environment, the project's file, the user's file,
 * then what is built in. Read once, at the edge, and passed in.
 */
import { type Config, type SettingName, settings, type Values } from './config/files.ts';

export { type Config, loadConfig } from './config/files.ts';

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
  readonly ascii: boolean;
  /** Attribute names of the user → those of the semantic conventions. */
  readonly mapping: Readonly<Record<string, string>>;
}

export const defaultCase = '.aidebug/case.db';

/** Narrower than this nothing readable can be drawn. */
const fewestColumns = 40;
const usualColumns = 80;

type Environment = Readonly<Record<string, string | undefined>>;

export function settingsOf(
  flags: CommonFlags,
  config: Config,
  env: Environment,
  terminal: Terminal,
): Settings {
  const width = Number(env.COLUMNS) || terminal.columns;
  const setting = <Name extends SettingName>(name: Name): Values[Name] | undefined =>
    config.layers.find(({ values }) => values[name] !== undefined)?.values[name];
  return {
    db: flags.db ?? setting('db') ?? defaultCase,
    quiet: flags.quiet ?? setting('quiet') ?? false,
    color: usesColor(flags.color ?? setting('color') ?? 'auto', env, terminal),
    columns: Math.max(fewestColumns, Math.floor(width || usualColumns)),
    fitted: Boolean(width),
    ascii: setting('ascii') ?? false,
    mapping: mappingOf(config),
  };
}

/** The names of all layers; of one name, what the strongest says. */
function mappingOf({ layers }: Config): Readonly<Record<string, string>> {
  const mapping: Record<string, string> = {};
  for (const { values } of [...layers].reverse()) Object.assign(mapping, values.mapping);
  return mapping;
}

/** A setting and where it comes from, for `aidebug config ls`. */
export interface SettingLine {
  readonly setting: string;
  readonly value: string;
  readonly origin: string;
}

/** Every setting, those of the mapping one by one. */
export function settingLines(flags: CommonFlags, config: Config): readonly SettingLine[] {
  const builtIn = { db: defaultCase, color: 'auto', quiet: false, ascii: false };
  const layers = [
    { origin: 'flag', values: flags as Values },
    ...config.layers,
    { origin: 'built-in', values: builtIn as Values },
  ];
  const lines: SettingLine[] = [];
  for (const setting of Object.keys(settings) as SettingName[]) {
    if (setting === 'mapping') continue;
    const layer = layers.find(({ values }) => values[setting] !== undefined);
    const origin = layer === config.layers[0] ? (settings[setting].variable ?? '') : layer?.origin;
    lines.push({ setting, value: String(layer?.values[setting]), origin: origin ?? '' });
  }
  for (const [name, value] of Object.entries(mappingOf(config))) {
    const layer = layers.find(({ values }) => values.mapping?.[name] !== undefined);
    lines.push({ setting: `mapping.${name}`, value, origin: layer?.origin ?? '' });
  }
  return lines;
}

/** See https://no-color.org: set and not empty means no colour, unless asked for by flag. */
function usesColor(wish: 'auto' | 'always' | 'never', env: Environment, terminal: Terminal) {
  if (wish !== 'auto') return wish === 'always';
  return !env.NO_COLOR && env.TERM !== 'dumb' && terminal.isTTY === true;
}

/** How the screens can be shown, if at all. */
export interface Screens {
  /** `plain`: as lines, once: this terminal cannot move its cursor. */
  readonly kind: 'screens' | 'plain' | 'refused';
  /** Draw with ASCII only. */
  readonly ascii: boolean;
  /** Why not; empty for `screens`. */
  readonly reason: string;
}

/**
 * A terminal at both ends, and nobody's pipeline. `AIDEBUG_FORCE_TUI=1` says that a terminal is
 * watched although `CI` is set.
 */
export function screensOf(
  flags: { readonly ascii: boolean },
  env: Environment,
  terminal: { readonly stdin: boolean; readonly stdout: boolean },
): Screens {
  const ascii = flags.ascii || !showsUnicode(env);
  const refused = (reason: string): Screens => ({ kind: 'refused', ascii, reason });
  if (!terminal.stdout) return refused('standard output is not one');
  if (!terminal.stdin) return refused('standard input is not one');
  if (isInCi(env) && env.AIDEBUG_FORCE_TUI !== '1') return refused('CI is set');
  if (env.TERM !== 'dumb') return { kind: 'screens', ascii, reason: '' };
  return { kind: 'plain', ascii: true, reason: 'TERM is dumb' };
}

const isInCi = ({ CI }: Environment): boolean => CI !== undefined && CI !== '0' && CI !== 'false';

/** By the locale, as the C library picks it; the Linux console has few glyphs whatever it says. */
function showsUnicode({ LC_ALL, LC_CTYPE, LANG, TERM }: Environment): boolean {
  const locale = LC_ALL || LC_CTYPE || LANG || '';
  return TERM !== 'linux' && /utf-?8/i.test(locale);
}

/**
 * What the screens are drawn on. Some terminals tell their colours as numbers of the palette, of which
 * 7 and 15 are white; of the others nothing is known.
 */
export function themeOf(
  chosen: 'auto' | 'dark' | 'light',
  { COLORFGBG = '' }: Environment,
): 'dark' | 'light' | 'either' {
  if (chosen !== 'auto') return chosen;
  const [, background] = /;(\d+)$/.exec(COLORFGBG) ?? [];
  if (background === undefined) return 'either';
  return background === '7' || background === '15' ? 'light' : 'dark';
}
