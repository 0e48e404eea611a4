/** Every command, in the order of the help. To add one: write its file, add its line. */
import type { CommandModule } from './command.ts';

export const commands: Readonly<Record<string, () => Promise<CommandModule>>> = {
  import: () => import('./commands/import.ts'),
  causes: () => import('./commands/causes.ts'),
  query: () => import('./commands/query.ts'),
};
