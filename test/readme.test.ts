import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const readme = readFileSync('README.md', 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'aidebug-readme-'));
const hasJq = spawnSync('jq', ['--version']).status === 0;

/** Lines of the first shell block below a heading. */
function shellBelow(heading: string): readonly string[] {
  const section = readme.split(`## ${heading}\n`)[1] ?? '';
  const block = /```sh\n([\s\S]*?)```/.exec(section)?.[1] ?? '';
  return block.split('\n').filter((line) => line !== '');
}

/** Exit status of each line, run one after another in an empty folder as a person would. */
function statuses(lines: readonly string[], dump: string): readonly (number | null)[] {
  return lines.map((line) => {
    const env = { ...process.env, PATH: `${folder}:${process.env.PATH}`, DUMP: resolve(dump) };
    const { status, stderr } = spawnSync('bash', ['-o', 'pipefail', '-c', line], {
      cwd: folder,
      env,
      encoding: 'utf8',
    });
    expect(stderr, line).not.toMatch(/^\s+at /m);
    return status;
  });
}

/** First digits of a trace of the sample. */
function firstTrace(sample: string): string {
  const text = gunzipSync(readFileSync(join(sample, 'incident', 'traces.jsonl.gz'))).toString();
  return /"traceId":"([0-9a-f]{12})/.exec(text)?.[1] ?? '';
}

beforeAll(() => {
  const aidebug = join(folder, 'aidebug');
  writeFileSync(
    aidebug,
    `#!/bin/sh\nexec '${process.execPath}' '${resolve('bin/aidebug.js')}' "$@"\n`,
  );
  chmodSync(aidebug, 0o755);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(!hasJq)(hasJq ? 'the CI recipe' : 'the CI recipe (skipped: no jq)', () => {
  test.each([
    ['service-unreachable', [0, 0, 1]],
    ['stale-data', [0, 0, 0]],
  ])('%s exits with %j', (sample, expected) => {
    expect(statuses(shellBelow('In CI'), join('sample-traces', sample))).toEqual(expected);
  });

  test('a model that is much worse fails the build', () => {
    const dump = join(folder, 'worse');
    const argv = ['simulate', 'model-degradation', '--seed', '1', '--intensity', '1', '-o', dump];
    spawnSync(process.execPath, ['bin/aidebug.js', ...argv, '-q']);
    expect(statuses(shellBelow('In CI'), dump)).toEqual([0, 1, 0]);
  });
});

test('the tour runs as it is written', () => {
  const stale = resolve('sample-traces/stale-data');
  const lines = shellBelow('Two minutes').map((line) =>
    line
      .replace('dump.json', stale)
      .replace('good.jsonl', join(stale, 'baseline'))
      .replace('bad.jsonl', join(stale, 'incident'))
      .replace(/4bf92f35/, firstTrace(stale)),
  );
  expect(lines.length).toBeGreaterThanOrEqual(8);
  expect(statuses(lines, '.')).toEqual(lines.map(() => 0));
});

test('every sample has its line', () => {
  for (const name of readdirSync('sample-traces')) {
    expect(readme).toContain(`| \`sample-traces/${name}\` |`);
  }
});
