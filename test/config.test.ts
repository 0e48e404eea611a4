/** Settings by layer, and attribute names of the user. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { aidebug, published, temporaryFolder, written } from './cli.ts';

interface Lines {
  readonly rows: readonly {
    readonly setting: string;
    readonly value: string;
    readonly origin: string;
  }[];
}

const lines = async (
  cwd: string,
  env: Readonly<Record<string, string>> = {},
  flags: readonly string[] = [],
) => {
  const outcome = await aidebug([...flags, 'config', 'ls', '--origin', '--format', 'json'], {
    cwd,
    env: { HOME: cwd, XDG_CONFIG_HOME: join(cwd, 'xdg'), ...env },
  });
  const { rows } = published<Lines>(outcome).data;
  return { ...outcome, rows: Object.fromEntries(rows.map((row) => [row.setting, row])) };
};

function project(content: string, name = 'config.yaml'): string {
  const folder = temporaryFolder();
  for (const path of ['.aidebug', 'xdg/aidebug', 'deep/er']) {
    mkdirSync(join(folder, path), { recursive: true });
  }
  written(folder, `.aidebug/${name}`, content);
  return folder;
}

test('flag, variable, project, user, built-in: the first that says something', async () => {
  const folder = project(
    'db: project.db\ncolor: never\nmapping: {acme.model: gen_ai.request.model}\n',
  );
  const user = written(
    folder,
    'xdg/aidebug/config.json',
    '{"db":"u.db","ascii":true,"mapping":{"acme.user":"user.id","acme.model":"x"}}',
  );
  const here = await lines(join(folder, 'deep/er'), {
    HOME: folder,
    XDG_CONFIG_HOME: join(folder, 'xdg'),
  });
  const file = join(folder, '.aidebug/config.yaml');
  expect(here.rows).toEqual({
    db: { setting: 'db', value: join(folder, 'project.db'), origin: file },
    color: { setting: 'color', value: 'never', origin: file },
    quiet: { setting: 'quiet', value: 'false', origin: 'built-in' },
    ascii: { setting: 'ascii', value: 'true', origin: user },
    'mapping.acme.model': {
      setting: 'mapping.acme.model',
      value: 'gen_ai.request.model',
      origin: file,
    },
    'mapping.acme.user': { setting: 'mapping.acme.user', value: 'user.id', origin: user },
  });
  const byEnv = await lines(folder, { AIDEBUG_DB: 'env.db', AIDEBUG_QUIET: '1' });
  expect(byEnv.rows.db).toMatchObject({ value: 'env.db', origin: 'AIDEBUG_DB' });
  expect(byEnv.rows.quiet).toMatchObject({ value: 'true', origin: 'AIDEBUG_QUIET' });
  const byFlag = await lines(folder, { AIDEBUG_DB: 'env.db' }, ['--db', 'flag.db']);
  expect(byFlag.rows.db).toMatchObject({ value: 'flag.db', origin: 'flag' });
});

describe('a file that is wrong', () => {
  test('unknown keys warn, with the nearest known one', async () => {
    const { stderr, status } = await lines(project('mappings: {}\nretention: 5\n'));
    expect(status).toBe(0);
    expect(stderr).toContain('unknown setting mappings; did you mean mapping?');
    expect(stderr).toContain('unknown setting retention; settings: db, color');
  });

  test.each([
    ['color: red', /color: "red" is not auto, always or never/],
    ['mapping: {a: 1}', /mapping: .* is not a map of attribute names/],
    ['- db', /not a map of settings/],
    ['db: [unclosed', /config.yaml: /],
  ])('%s', async (content, message) => {
    const { status, stderr } = await aidebug(['config'], { cwd: project(content) });
    expect([status, stderr]).toEqual([2, expect.stringMatching(message)]);
  });

  test('so is a variable', async () => {
    const { status, stderr } = await aidebug(['config'], { env: { AIDEBUG_QUIET: 'maybe' } });
    expect([status, stderr]).toEqual([2, expect.stringContaining('AIDEBUG_QUIET')]);
  });
});

test('attribute names of the user are read as what they stand for, also in what is there', async () => {
  const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  const dump = {
    resourceSpans: [
      {
        resource: { attributes: [attribute('acme.team', 'ranker')] },
        scopeSpans: [
          {
            spans: [
              {
                traceId: '1'.padStart(32, '0'),
                spanId: '1'.padStart(16, '0'),
                name: 'infer',
                startTimeUnixNano: '1750000000000000000',
                endTimeUnixNano: '1750000001000000000',
                attributes: [attribute('acme.kind', 'chat')],
              },
            ],
          },
        ],
      },
    ],
  };
  const folder = project('');
  written(folder, 'dump.json', JSON.stringify(dump));
  const ask = async () => {
    const sql = 'SELECT service, layer, attributes FROM spans';
    const outcome = await aidebug(['query', sql, '--format', 'json'], { cwd: folder });
    return published<Lines>(outcome).data.rows[0];
  };
  await aidebug(['import', 'dump.json'], { cwd: folder });
  const raw = '{"acme.kind":"chat"}';
  expect(await ask()).toEqual({
    service: 'unknown_service',
    layer: 'application',
    attributes: raw,
  });
  written(
    folder,
    '.aidebug/config.yaml',
    'mapping:\n  acme.team: service.name\n  acme.kind: gen_ai.operation.name\n',
  );
  await aidebug(['import', 'dump.json'], { cwd: folder });
  expect(await ask()).toEqual({ service: 'ranker', layer: 'model', attributes: raw });
});
