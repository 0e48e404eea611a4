/** What is printed as JSON is what `aidebug schema json` says, and every field of it is described. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { jsonSchema, schemaKinds } from '../src/report/index.ts';
import { aidebug, smallDump, temporaryFolder, written } from './cli.ts';
import { objections, type Schema } from './schema.ts';

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
  Drift: [['drift'], ['drift', '--all', '--baseline', '-20s/-11s', '--incident', '-10s']],
  Query: [['query', "SELECT *, 1.5, NULL, 'x', 9e999 FROM spans"]],
  Traces: [['traces'], ['traces', 'status=error', '--limit', '1']],
  Logs: [['logs']],
  Metrics: [['metrics']],
  Imports: [['imports'], ['imports', 'label', '1', 'incident']],
  Notes: [['note', 'add', 'seen'], ['note']],
  Screen: [
    ['show', 'traces'],
    ['show', 'notes'],
  ],
  Windows: [['window'], ['window', 'incident', '-5s']],
  Settings: [['config', 'ls', '--origin']],
  Doctor: [['doctor']],
  DataQuality: [['doctor', 'data']],
  Coverage: [['doctor', 'coverage']],
  Diff: [
    ['diff', '00000000000000000000000000000001', '00000000000000000000000000000002'],
    ['diff', '-1h/-1s', '-1s'],
  ],
  Graph: [['graph']],
  Trace: [['trace', '00000000000000000000000000000001']],
  Simulate: [
    ['simulate', '--list'],
    ['simulate', 'healthy', '--seed', '2', '-o', 'out'],
  ],
  Evaluation: [['evaluate', join(process.cwd(), 'sample-traces/slow-rank'), '--method', 'all']],
  // What a case takes is not repeated: the file holds the first case of each class.
  Study: [
    [
      ...['evaluate', '--study', '--count', '1', '--healthy-hours', '1', '-o', 's.md'],
      ...['--keep', join(process.cwd(), 'test/fixtures/study.jsonl')],
    ],
  ],
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
