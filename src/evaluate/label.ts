/** Labelled cases on disk: a folder with `label.json` beside its telemetry. */
import type { Dirent } from 'node:fs';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { UserError } from '../errors.ts';
import type { CaseLabel, LabelledFault, Layer } from '../model.ts';

export interface LabelledCase {
  /** Name of its folder; with the folder above where two have the same. */
  readonly name: string;
  readonly path: string;
  readonly label: CaseLabel;
}

/** Names of fault types of published data sets, as fault classes. */
const faultClassOf: Readonly<Record<string, string>> = {
  network_delay: 'network-latency',
  cpu_contention: 'cpu-saturation',
  cpu_consumed: 'cpu-saturation',
  exception: 'code-exception',
  return: 'early-return',
};
const layers: readonly string[] = ['infrastructure', 'data', 'model', 'application'];
/** Layers of the classes that those names stand for: such labels do not say theirs. */
const layerOf: Readonly<Record<string, Layer>> = {
  'network-latency': 'infrastructure',
  'cpu-saturation': 'infrastructure',
  'code-exception': 'application',
  'early-return': 'application',
};

/**
 * The cases in these folders, at any depth, by path; links are followed, and a case that is reached
 * in several ways is there once.
 * @throws {UserError} `unreadable` if a folder holds none, or a label cannot be used.
 */
export async function labelledCases(folders: readonly string[]): Promise<readonly LabelledCase[]> {
  const found = new Map<string, LabelledCase>();
  for (const folder of folders) {
    const paths = await casesIn(folder, new Set());
    if (paths.size === 0) {
      throw new UserError('unreadable', `${folder}: no labelled case`, {
        hint: 'A case is a folder with label.json, baseline/ and incident/; aidebug simulate makes some.',
      });
    }
    for (const [real, path] of paths) {
      if (found.has(real)) continue;
      const label = labelOf(join(path, 'label.json'), await readFile(join(path, 'label.json')));
      found.set(real, { name: basename(real), path, label });
    }
  }
  return named([...found.values()]);
}

/** Where names are not distinct, the folder above is part of them. */
function named(cases: readonly LabelledCase[]): readonly LabelledCase[] {
  const count = (name: string): number => cases.filter((one) => one.name === name).length;
  return cases.map((one) =>
    count(one.name) === 1 ? one : { ...one, name: one.path.replace(/\\/g, '/') },
  );
}

/** Paths of cases as they are reached first, by their real path. `seen`: real paths looked into. */
async function casesIn(folder: string, seen: Set<string>): Promise<ReadonlyMap<string, string>> {
  const unreadable = (error: unknown): never => {
    throw new UserError('unreadable', `${folder}: cannot be read`, { cause: error });
  };
  const real = await realpath(folder).catch(unreadable);
  // A link may lead to a folder above.
  if (seen.has(real)) return new Map();
  seen.add(real);
  const entries = await readdir(folder, { withFileTypes: true }).catch(unreadable);
  if (entries.some(({ name }) => name === 'label.json')) return new Map([[real, folder]]);
  const paths = new Map<string, string>();
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (!(await isFolder(entry, path))) continue;
    for (const [key, value] of await casesIn(path, seen)) paths.set(key, value);
  }
  return paths;
}

/** A folder, or a link to one; a link that leads nowhere is none. */
async function isFolder(entry: Dirent, path: string): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  return stat(path).then(
    (target) => target.isDirectory(),
    () => false,
  );
}

type Fields = Readonly<Record<string, unknown>>;

/** @throws {UserError} `unreadable` if it names no cause and is not healthy. */
export function labelOf(path: string, bytes: Uint8Array): CaseLabel {
  const fields = parsed(path, bytes);
  const { root_cause_service: first, healthy } = fields;
  const all = texts(fields.root_causes);
  const causes = all.length > 0 ? all : texts([first]);
  if (causes.length === 0 && healthy !== true) {
    throw unusable(path, 'it names no root_cause_service and is not healthy');
  }
  const extra = (fields.extra ?? {}) as Fields;
  const isHealthy = healthy === true;
  return {
    causes: isHealthy ? [] : causes,
    accepted: texts(fields.also_accepted),
    faults: isHealthy ? [] : faultsOf(fields, causes),
    path: Array.isArray(fields.path) ? edges(fields.path) : null,
    system: text(fields.system) ?? text(extra.system),
    intensity: typeof fields.intensity === 'number' ? fields.intensity : null,
    healthy: isHealthy,
  };
}

/** Where there are several, `faults` says what each is, in the order of `root_causes`. */
function faultsOf(fields: Fields, causes: readonly string[]): readonly LabelledFault[] {
  const several = Array.isArray(fields.faults) ? (fields.faults as readonly unknown[]) : [];
  return causes.map((service, at) => {
    const own = (several[at] ?? {}) as Fields;
    const type = text(own.fault_class) ?? text(fields.fault_class) ?? text(fields.fault_type);
    const faultClass = type === null ? null : (faultClassOf[type] ?? type);
    const layer = text(own.layer) ?? text(fields.layer) ?? layerOf[faultClass ?? ''] ?? null;
    return {
      service,
      layer: layer !== null && layers.includes(layer) ? (layer as Layer) : null,
      faultClass,
    };
  });
}

function parsed(path: string, bytes: Uint8Array): Fields {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw unusable(path, 'it is not JSON');
  }
  if (typeof value !== 'object' || value === null) throw unusable(path, 'it is no object');
  return value as Fields;
}

const unusable = (path: string, why: string): UserError =>
  new UserError('unreadable', `${path}: no label of a case, ${why}`);

const text = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' ? value : null;

const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((item): item is string => text(item) !== null) : [];

function edges(list: readonly unknown[]): { from: string; to: string }[] {
  return list.flatMap((item) => {
    const { from, to } = (item ?? {}) as Fields;
    return typeof from === 'string' && typeof to === 'string' ? [{ from, to }] : [];
  });
}
