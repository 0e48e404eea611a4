/**
 * Settings from files and the environment, each with its origin. A file that cannot be read is an
 * error; a key that nobody knows is a warning with the nearest known one.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { UserError } from '../errors.ts';
import { nearestOf } from '../text/nearest.ts';
import { sanitise } from '../text.ts';

/** Values of one layer; undefined: this layer says nothing. */
export interface Values {
  /** Path of the case. */
  readonly db?: string;
  readonly color?: 'auto' | 'always' | 'never';
  readonly quiet?: boolean;
  /** Draw the screens with ASCII only. */
  readonly ascii?: boolean;
  /** Attribute names of the user → the names of the semantic conventions that they stand for. */
  readonly mapping?: Readonly<Record<string, string>>;
}

export type SettingName = keyof Values;

interface ConfigLayer {
  /** Where the values come from, for people: a path, or names of variables. */
  readonly origin: string;
  readonly values: Values;
}

export interface Config {
  /** Strongest first: environment, project file, user file. */
  readonly layers: readonly ConfigLayer[];
  readonly warnings: readonly string[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/** What a value must be; gives null if it is not. */
type Check = (value: unknown) => Values[SettingName] | null;

const isText: Check = (value) => (typeof value === 'string' && value !== '' ? value : null);
const isFlag: Check = (value) => {
  if (typeof value === 'boolean') return value;
  if (value === '1' || value === 'true') return true;
  return value === '0' || value === 'false' ? false : null;
};
const isColor: Check = (value) =>
  value === 'auto' || value === 'always' || value === 'never' ? value : null;
const isMapping: Check = (value) =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.values(value).every((name) => typeof name === 'string' && name !== '')
    ? (value as Readonly<Record<string, string>>)
    : null;

/** Every setting: what it must be, and the variable that sets it (null: none). */
export const settings: Readonly<
  Record<
    SettingName,
    { readonly check: Check; readonly variable: string | null; readonly is: string }
  >
> = {
  db: { check: isText, variable: 'AIDEBUG_DB', is: 'a path' },
  color: { check: isColor, variable: 'AIDEBUG_COLOR', is: 'auto, always or never' },
  quiet: { check: isFlag, variable: 'AIDEBUG_QUIET', is: 'true or false' },
  ascii: { check: isFlag, variable: 'AIDEBUG_ASCII', is: 'true or false' },
  mapping: { check: isMapping, variable: null, is: 'a map of attribute names to attribute names' },
};
const names = Object.keys(settings) as SettingName[];

/**
 * All layers below the flags. The project file is the nearest `.aidebug/config.{yaml,yml,json}`
 * upwards from `folder`; paths in it are relative to the folder that holds `.aidebug`.
 * @throws {UserError} `usage` if a file cannot be read or a value is not what it must be.
 */
export function loadConfig(folder: string, env: Environment): Config {
  const warnings: string[] = [];
  const layers: ConfigLayer[] = [environmentLayer(env)];
  const project = projectFile(folder);
  if (project) {
    const { origin, values } = fileLayer(project, warnings);
    const base = dirname(dirname(project));
    const db = values.db === undefined ? {} : { db: resolve(base, values.db) };
    layers.push({ origin, values: { ...values, ...db } });
  }
  const home = env.XDG_CONFIG_HOME || (env.HOME && join(env.HOME, '.config'));
  const user = home ? configIn(join(home, 'aidebug')) : null;
  if (user && user !== project) layers.push(fileLayer(user, warnings));
  return { layers, warnings };
}

function environmentLayer(env: Environment): ConfigLayer {
  const values: Record<string, unknown> = {};
  const used: string[] = [];
  for (const name of names) {
    const { check, variable, is } = settings[name];
    const text = variable === null ? undefined : env[variable];
    if (!variable || !text) continue;
    const value = check(text);
    if (value === null) throw wrongValue(variable, text, is);
    values[name] = value;
    used.push(variable);
  }
  return { origin: used.join(', ') || 'environment', values };
}

function projectFile(folder: string): string | null {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const found = configIn(join(at, '.aidebug'));
    if (found || at === dirname(at)) return found;
  }
}

const configIn = (folder: string): string | null =>
  ['config.yaml', 'config.yml', 'config.json']
    .map((name) => join(folder, name))
    .find((path) => existsSync(path)) ?? null;

function fileLayer(path: string, warnings: string[]): ConfigLayer {
  const values: Record<string, unknown> = {};
  for (const [key, raw] of Object.entries(parsed(path))) {
    const name = names.find((known) => known === key);
    if (name === undefined) {
      warnings.push(`${path}: unknown setting ${sanitise(key, 60)}${suggestion(key)}`);
      continue;
    }
    const value = settings[name].check(raw);
    if (value === null) throw wrongValue(`${path}: ${name}`, raw, settings[name].is);
    values[name] = value;
  }
  return { origin: path, values };
}

/** An empty file is a file without settings. */
function parsed(path: string): object {
  let value: unknown;
  try {
    const text = readFileSync(path, 'utf8');
    value = path.endsWith('.json') ? JSON.parse(text) : yaml().parse(text);
  } catch (cause) {
    const [reason = ''] = (cause as Error).message.split('\n');
    throw new UserError('usage', `${path}: ${reason}`, { hint: 'Correct the file.', cause });
  }
  if (value === null || value === undefined) return {};
  if (typeof value === 'object' && !Array.isArray(value)) return value;
  throw new UserError('usage', `${path}: not a map of settings`, {
    hint: `Settings: ${names.join(', ')}.`,
  });
}

// Loaded only where there is such a file: most runs have none, and a start is counted in ms.
const require = createRequire(import.meta.url);
const yaml = (): typeof import('yaml') => require('yaml');

function suggestion(key: string): string {
  const nearest = nearestOf(key, names);
  return nearest === null ? `; settings: ${names.join(', ')}` : `; did you mean ${nearest}?`;
}

const wrongValue = (where: string, value: unknown, is: string): UserError =>
  new UserError('usage', `${where}: ${sanitise(JSON.stringify(value) ?? '', 80)} is not ${is}`);
