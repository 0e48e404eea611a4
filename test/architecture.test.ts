import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';

const base = ['model', 'errors', 'text', 'grouping', 'statistics', 'package'];

/** What each module of src/ may import of the others. The whole architecture, in one table. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  model: [],
  errors: [],
  text: ['model'],
  grouping: [],
  package: [],
  statistics: [],
  // Many items, a thread for each at a time: what evaluate and simulate do with cases.
  threads: ['errors'],
  semantics: base,
  // The tables of OTLP's messages: import reads by them, export writes by them.
  otlp: [],
  import: [...base, 'semantics', 'otlp'],
  graph: [...base, 'semantics'],
  features: [...base, 'semantics', 'graph'],
  search: base,
  // Summaries and features of SQLite are computed here, by the functions of graph and features.
  store: [...base, 'semantics', 'features', 'graph', 'threads'],
  diagnose: [...base, 'semantics', 'graph'],
  compare: [...base, 'semantics', 'graph'],
  session: [
    ...base,
    'semantics',
    'import',
    'graph',
    'features',
    'search',
    'store',
    'diagnose',
    'compare',
  ],
  export: [...base, 'search', 'session', 'otlp'],
  checks: [...base, 'search', 'session'],
  report: [...base, 'graph', 'session'],
  simulate: [...base, 'threads'],
  // Rules of the literature read traces by the functions of graph and semantics.
  evaluate: [...base, 'semantics', 'graph', 'session', 'simulate', 'report', 'threads'],
  config: base,
  tui: [
    ...base,
    'semantics',
    'graph',
    'session',
    'search',
    'compare',
    'report',
    'export',
    'config',
  ],
  cli: [
    ...base,
    'session',
    'report',
    'graph',
    'simulate',
    'evaluate',
    'export',
    'checks',
    'config',
    'tui',
  ],
};

/** Packages of the registry and who may use them; node's own modules are free below. */
const packages: Readonly<Record<string, readonly string[]>> = {
  'better-sqlite3': ['store'],
  commander: ['cli'],
  'fastest-levenshtein': ['text'],
  'fuse.js': ['tui'],
  ink: ['tui'],
  react: ['tui'],
  'string-width': ['text'],
  tinyglobby: ['import'],
  yaml: ['config'],
  'zstddec/stream': ['import'],
};

/** Modules that are pure: no file, no process, no network, no clock. */
const pure = ['model', 'errors', 'text', 'semantics', 'graph', 'features', 'diagnose', 'report'];
const impure =
  /\b(Date\.now|new Date\(\)|Math\.random|performance\.now|process\.(env|argv|std\w+|exit|cwd|hrtime|platform))\b/;

const moduleOf = (path: string): string => path.split('/')[1]?.replace(/\.tsx?$/, '') ?? '';

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.tsx?$/.test(file))
  .sort()
  .map((name) => join('src', name));

const importsOf = (file: string): readonly string[] =>
  [...readFileSync(file, 'utf8').matchAll(/(?:\bfrom |\bimport\(|^import )'([^'\n]+)'/gm)].map(
    ([, specifier = '']) => specifier,
  );

test('the table is read from real files', () => {
  expect(files.length).toBeGreaterThan(50);
  expect(files.flatMap(importsOf).length).toBeGreaterThan(100);
});

/** `file: what`, for every file and every thing in it that a rule objects to. */
const objections = (rule: (file: string, module: string) => readonly string[]): readonly string[] =>
  files.flatMap((file) => rule(file, moduleOf(file)).map((what) => `${file}: ${what}`));

test('every module is in the table', () => {
  expect(objections((_, module) => (module in mayImport ? [] : [module]))).toEqual([]);
});

test('files import only what their module may', () => {
  const forbidden = objections((file, module) =>
    importsOf(file)
      .filter((specifier) => specifier.startsWith('.'))
      .map((specifier) => moduleOf(normalize(join(dirname(file), specifier))))
      .filter((target) => target !== module && !mayImport[module]?.includes(target)),
  );
  expect(forbidden).toEqual([]);
});

test('packages are used only by their module', () => {
  const foreign = objections((file, module) =>
    importsOf(file).filter(
      (specifier) => !/^(\.|node:)/.test(specifier) && !packages[specifier]?.includes(module),
    ),
  );
  expect(foreign).toEqual([]);
});

test('pure modules touch no file, process, network or clock', () => {
  const touches = objections((file, module) => {
    if (!pure.includes(module)) return [];
    const found = impure.exec(readFileSync(file, 'utf8'));
    return [
      ...importsOf(file).filter((name) => name.startsWith('node:')),
      ...(found ?? []).slice(0, 1),
    ];
  });
  expect(touches).toEqual([]);
});
