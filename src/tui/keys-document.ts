/** `docs/keys.md`: every key of every screen, made from the bindings. */
import { commandList } from './commands.ts';
import { frameBindings } from './frame.ts';
import { keyLabel } from './keys.ts';
import { type Binding, motions, type ScreenName } from './screen.ts';
import { screenOf, tops } from './screens/index.ts';

const others: readonly ScreenName[] = ['trace', 'lines', 'log', 'point', 'explain', 'notes'];

export function keysDocument(): string {
  return [
    '# Keys of the screens',
    '',
    'Made from the bindings by `npm run keys`. `?` shows those that work where you are.',
    ...section('Everywhere', frameBindings),
    ...section('Moving', motions),
    ...[...tops, ...others].flatMap((name) => {
      const { title, bindings } = screenOf(name);
      return bindings.length === 0 ? [] : section(title, bindings);
    }),
    '',
    '## Commands after `:`',
    '',
    '| command | takes |',
    '|---|---|',
    ...commandList.map(({ name, takes }) => `| \`${name}\` | ${takes} |`),
    '',
  ].join('\n');
}

const section = (title: string, bindings: readonly Binding[]): readonly string[] => [
  '',
  `## ${title}`,
  '',
  '| key | |',
  '|---|---|',
  ...bindings.map(({ keys, help }) => `| ${keys.map(quoted).join(' ')} | ${help} |`),
];

const quoted = (key: string): string => `\`${keyLabel(key).replace('|', '\\|')}\``;
