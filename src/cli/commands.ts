/** Every command, in the order of the help. To add one: write its file, add its line. */
import type { CommandModule } from './command.ts';

export const commands: Readonly<Record<string, () => Promise<CommandModule>>> = {
  import: () => import('./commands/import.ts'),
  causes: () => import('./commands/causes.ts'),
  graph: () => import('./commands/graph.ts'),
  trace: () => import('./commands/trace.ts'),
  query: () => import('./commands/query.ts'),
  schema: () => import('./commands/schema.ts'),
  demo: () => import('./commands/demo.ts'),
  simulate: () => import('./commands/simulate.ts'),
};
