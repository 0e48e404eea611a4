/** `aidebug demo`: import and causes on a case that comes with aidebug. */
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { UserError } from '../../errors.ts';
import { packageFile } from '../../package.ts';
import { addCommand, type Context, type Run } from '../command.ts';

const examples = `
aidebug demo
aidebug demo service-unreachable`;

const help = `
The case is .aidebug/demo.db, made anew each time; with --db, that case.
Exit codes: 0 done · 2 no such scenario · 4 unreadable`;

const usualScenario = 'stale-data';
const demoCase = '.aidebug/demo.db';

export function declare(program: Command, run: Run): void {
  addCommand(program, 'demo', {
    summary: 'import a sample and show its causes',
    formats: ['table', 'json', 'jsonl', 'csv', 'md'],
    examples,
  })
    .argument('[scenario]', `sample to show (default: ${usualScenario})`)
    .addHelpText('after', help)
    .action(run(demo));
}

async function demo(context: Context, scenario = usualScenario): Promise<number> {
  const { importDumps } = await import('../../session.ts');
  const { aidebugOn, quoted } = await import('../pasteable.ts');
  const { showCauses } = await import('./causes.ts');
  const sample = sampleFolder(scenario);
  const db = context.dbGiven ? context.db : demoCase;
  const isOwn = !context.dbGiven;
  context.tell(`$ ${aidebugOn(db)} import ${isOwn ? '--new ' : ''}${quoted(sample)}`);
  const { warnings } = await importDumps(db, [sample], { fresh: isOwn });
  for (const warning of warnings) context.warn(warning);
  context.tell(`$ ${aidebugOn(db)} causes`);
  return showCauses({ ...context, db }, {});
}

/** @throws {UserError} `usage` if there is no such sample. */
function sampleFolder(scenario: string): string {
  const folder = fileURLToPath(packageFile('sample-traces/'));
  const samples = existsSync(folder) ? readdirSync(folder).sort() : [];
  if (samples.includes(scenario)) return `${folder}${scenario}`;
  throw new UserError('usage', `${scenario}: no such sample`, {
    hint:
      samples.length > 0
        ? `Samples: ${samples.join(', ')}. aidebug simulate makes others.`
        : 'Make one: aidebug simulate.',
  });
}
