/** Labelled cases on disk: a folder with `label.json` beside its telemetry. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { UserError } from '../errors.ts';
import type { CaseLabel, Layer } from '../model.ts';

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
 * The cases in these folders, at any depth, by path.
 * @throws {UserError} `unreadable` if a folder holds none, or a label cannot be used.
 */
export async function labelledCases(folders: readonly string[]): Promise<readonly LabelledCase[]> {
  const found: LabelledCase[] = [];
  for (const folder of folders) {
    const paths = await casesIn(folder);
    if (paths.length === 0) {
      throw new UserError('unreadable', `${folder}: no labelled case`, {
        hint: 'A case is a folder with label.json, baseline/ and incident/; aidebug simulate makes some.',
      });
    }
    for (const path of paths) {
      const label = labelOf(join(path, 'label.json'), await readFile(join(path, 'label.json')));
      found.push({ name: basename(path), path, label });
    }
  }
  return named(found);
}

/** Where names are not distinct, the folder above is part of them. */
function named(cases: readonly LabelledCase[]): readonly LabelledCase[] {
  const count = (name: string): number => cases.filter((one) => one.name === name).length;
  return cases.map((one) =>
    count(one.name) === 1 ? one : { ...one, name: one.path.replace(/\\/g, '/') },
  );
}

async function casesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw new UserError('unreadable', `${folder}: cannot be read`, { cause: error });
  });
  if (entries.some(({ name }) => name === 'label.json')) return [folder];
  const paths: string[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.isDirectory()) paths.push(...(await casesIn(join(folder, entry.name))));
  }
  return paths;
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
  const type = text(fields.fault_class) ?? text(fields.fault_type);
  const faultClass = type === null ? null : (faultClassOf[type] ?? type);
  const layer = text(fields.layer) ?? layerOf[faultClass ?? ''] ?? null;
  const extra = (fields.extra ?? {}) as Fields;
  return {
    causes: healthy === true ? [] : causes,
    accepted: texts(fields.also_accepted),
    layer: layer !== null && layers.includes(layer) ? (layer as Layer) : null,
    faultClass,
    path: Array.isArray(fields.path) ? edges(fields.path) : null,
    system: text(fields.system) ?? text(extra.system),
    intensity: typeof fields.intensity === 'number' ? fields.intensity : null,
    healthy: healthy === true,
  };
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
