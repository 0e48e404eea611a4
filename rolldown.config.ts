/**
 * Joins the built files into few: finding and reading hundreds of them, those of Ink and React among
 * them, took longer than most commands run. `dist/app/` is what the `aidebug` command runs; the files of
 * `dist/` themselves are for who uses a part of it.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { defineConfig, type Plugin } from 'rolldown';
import { globSync } from 'tinyglobby';

/** A thread or process loads its own file, by its name, from beside the one that starts it. */
const startedByName = globSync('dist/**/*-{worker,process}.js').filter(
  (path) => !path.startsWith('dist/app/'),
);
const entries = ['dist/cli/main.js', ...startedByName].map((path) => [basename(path, '.js'), path]);
const names = new Set(entries.map(([name]) => name));
if (names.size < entries.length) throw new Error('two files that are started have one name');

export default defineConfig({
  input: Object.fromEntries(entries),
  platform: 'node',
  // The one is no JavaScript, the other is asked for by Ink where a developer looks into it.
  external: ['better-sqlite3', 'react-devtools-core'],
  transform: { define: { 'process.env.NODE_ENV': '"production"' } },
  plugins: [licences()],
  output: {
    dir: 'dist/app',
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
  },
});

/** What was joined comes with the licences of its authors. */
function licences(): Plugin {
  return {
    name: 'licences',
    generateBundle(_, bundle) {
      const modules = Object.values(bundle).flatMap((file) =>
        file.type === 'chunk' ? file.moduleIds : [],
      );
      const folders = new Set(
        modules.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? []),
      );
      const source = [...folders].sort().map(licenceOf).join('\n');
      this.emitFile({ type: 'asset', fileName: 'licences.txt', source });
    },
  };
}

function licenceOf(folder: string): string {
  const { name, version, license } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  ) as Record<string, string>;
  const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
  const path = join(folder, file ?? '');
  const text = file !== undefined && existsSync(path) ? readFileSync(path, 'utf8') : '';
  return `${name} ${version} (${license})\n\n${text}\n`;
}
