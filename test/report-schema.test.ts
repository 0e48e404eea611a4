/** What is printed as JSON is what `aidebug schema json` says, and every field of it is described. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { jsonSchema, schemaKinds } from '../src/report/index.ts';
import { aidebug, smallDump, temporaryFolder, written } from './cli.ts';

interface Schema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema;
}

/** `path: what`, for everything that is not as the schema says or not described by it. */
function objections(schema: Schema, value: unknown, path = '$'): readonly string[] {
  if (schema.anyOf) {
    const all = schema.anyOf.map((option) => objections(option, value, path));
    return all.find((found) => found.length === 0) ?? all.flat();
  }
  if ('const' in schema) return schema.const === value ? [] : [`${path}: not ${schema.const}`];
  if (schema.enum) return schema.enum.includes(value) ? [] : [`${path}: ${value}`];
  const types = [schema.type ?? 'any'].flat();
  if (!types.some((type) => isOfType(type, value))) return [`${path}: not ${types}`];
  return contentObjections(schema, value, path);
}

function contentObjections(schema: Schema, value: unknown, path: string): readonly string[] {
  if (typeof value === 'string') return textObjections(schema, value, path);
  if (typeof value === 'number') {
    const { minimum = value, maximum = value } = schema;
    return value >= minimum && value <= maximum ? [] : [`${path}: ${value} out of range`];
  }
  if (Array.isArray(value)) {
    return value.flatMap((item, at) => objections(schema.items ?? {}, item, `${path}[${at}]`));
  }
  return typeof value === 'object' && value !== null ? fieldObjections(schema, value, path) : [];
}

function isOfType(type: string, value: unknown): boolean {
  if (type === 'any') return true;
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'object')
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  return typeof value === type;
}

function textObjections({ pattern, format }: Schema, value: string, path: string) {
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,9}Z$/.test(value);
  if (format === 'date-time' && !isTime) return [`${path}: not a time`];
  return pattern && !new RegExp(pattern).test(value) ? [`${path}: not ${pattern}`] : [];
}

function fieldObjections(schema: Schema, value: object, path: string): readonly string[] {
  const missing = (schema.required ?? []).filter((name) => !(name in value));
  const { properties, additionalProperties } = schema;
  return [
    ...missing.map((name) => `${path}.${name}: missing`),
    ...Object.entries(value).flatMap(([name, field]) => {
      const described = properties?.[name] ?? additionalProperties;
      if (described) return objections(described, field, `${path}.${name}`);
      return properties ? [`${path}.${name}: not described`] : [];
    }),
  ];
}

const commands: Readonly<Record<string, readonly (readonly string[])[]>> = {
  Import: [
    ['import', 'dump.json', 'nowhere.json'],
    ['import', 'cut.json', '--dry-run'],
  ],
  Causes: [['causes'], ['causes', '--without', 'traces'], ['causes', '--incident', '-20s/-15s']],
  Explain: [
    ['explain', '--where', 'status=error'],
    ['explain', '--where', 'service=nowhere'],
    ['explain', '--where', 'sev>=info', '--vs', 'sev<info'],
  ],
  Query: [['query', "SELECT *, 1.5, NULL, 'x', 9e999 FROM spans"]],
  Traces: [['traces'], ['traces', 'status=error', '--limit', '1']],
  Logs: [['logs']],
  Metrics: [['metrics']],
  Imports: [['imports'], ['imports', 'label', '1', 'incident']],
  Notes: [['note', 'add', 'seen'], ['note']],
  Windows: [['window'], ['window', 'incident', '-5s']],
  Settings: [['config', 'ls', '--origin']],
  Doctor: [['doctor']],
  DataQuality: [['doctor', 'data']],
  Coverage: [['doctor', 'coverage']],
  Diff: [
    ['diff', '00000000000000000000000000000001', '00000000000000000000000000000002'],
    ['diff', '-1h', '-1h'],
  ],
  Graph: [['graph']],
  Trace: [['trace', '00000000000000000000000000000001']],
  Simulate: [
    ['simulate', '--list'],
    ['simulate', 'healthy', '--seed', '2', '-o', 'out'],
  ],
  Evaluation: [['evaluate', join(process.cwd(), 'sample-traces/slow-rank'), '--method', 'all']],
  Schema: [['schema', 'sql']],
  Help: [['--help']],
  Error: [
    ['trace', 'zzz'],
    ['causes', '--nonsense'],
    ['causes', '--db', 'nowhere.db'],
  ],
};

test('every kind is tried', () => {
  expect(Object.keys(commands).sort()).toEqual([...schemaKinds].sort());
});

test('the schema of a kind is printed as a document of its own', async () => {
  for (const kind of schemaKinds) {
    const { stdout } = await aidebug(['schema', 'json', kind.toLowerCase()]);
    expect(JSON.parse(stdout)).toEqual(jsonSchema(kind));
  }
});

describe('real output is as described', () => {
  test.for(Object.entries(commands))('%s', async ([kind, runs]) => {
    const cwd = temporaryFolder();
    written(cwd, 'dump.json', smallDump());
    written(cwd, 'cut.json', smallDump().slice(0, -400));
    await aidebug(['import', 'dump.json', '-q'], { cwd });
    for (const argv of runs) {
      const { stdout } = await aidebug([...argv, '--format', 'json'], { cwd });
      expect(objections(jsonSchema(kind) as Schema, JSON.parse(stdout))).toEqual([]);
    }
  });
});
