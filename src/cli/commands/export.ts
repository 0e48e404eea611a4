/** `aidebug export`: telemetry out of the case again. */
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Argument, type Command } from 'commander';
import { exitCodes, UserError } from '../../errors.ts';
import type { Listed } from '../../model.ts';
import { addCommand, type Context, type Run } from '../command.ts';

interface Flags {
  readonly output?: string;
}

const signals: readonly Listed[] = ['traces', 'logs', 'metrics'];

const examples = `
aidebug export traces status=error -o failed.jsonl
aidebug export logs sev>=warn --format csv
aidebug export metrics --format otlp-proto -o metrics.binpb
aidebug export traces label=incident | aidebug import --db part.db -`;

const help = `
otlp is OTLP/JSON, a request a line; otlp-proto is OTLP protobuf, requests one
after another; both can be imported again and give the same records. csv and
jsonl are the rows of aidebug traces, logs and metrics. Filters: aidebug traces
--help; of traces that pass, all spans are exported.
Exit codes: 0 done · 2 wrong filter · 4 no readable case`;

export function declare(program: Command, run: Run): void {
  addCommand(program, 'export', {
    summary: 'write traces, logs or metrics as OTLP, CSV or JSON Lines',
    formats: ['otlp', 'otlp-proto', 'csv', 'jsonl'],
    examples,
  })
    .addArgument(new Argument('<signal>').choices(signals))
    .argument('[filter...]')
    .option('-o, --output <file>', 'write to this file (default: standard output)')
    .allowUnknownOption()
    .addHelpText('after', help)
    .action(run(exportSignal));
}

async function exportSignal(
  context: Context,
  signal: Listed,
  words: readonly string[],
  { output }: Flags,
): Promise<number> {
  const flag = words.find((word) => word.startsWith('--'));
  if (flag !== undefined) {
    throw new UserError('usage', `unknown option ${flag}`, { hint: 'aidebug export --help' });
  }
  if (context.format === 'otlp-proto' && output === undefined && context.terminal) {
    throw new UserError('usage', 'protobuf is nothing for a terminal', {
      hint: 'Name a file with -o, or pipe it on.',
    });
  }
  const { openSession } = await import('../../session.ts');
  await using session = await openSession(context.db);
  const pieces = await content(context, session, signal, words.join(' '));
  if (output === undefined) {
    if (context.format === 'otlp-proto') await pipeline(Readable.from(pieces), process.stdout);
    else await context.printAll(pieces as AsyncIterable<string>);
  } else await writeWhole(output, pieces);
  return exitCodes.done;
}

type Session = Awaited<ReturnType<typeof import('../../session.ts').openSession>>;

async function content(
  context: Context,
  session: Session,
  signal: Listed,
  filter: string,
): Promise<AsyncIterable<string | Uint8Array>> {
  if (context.format === 'csv' || context.format === 'jsonl') {
    const { rowsFormats } = await import('../../report/index.ts');
    const rows = await session.list(signal, filter, { limit: null, sort: null, brief: false });
    return rowsFormats[context.format](rows, context);
  }
  const { otlpLines, otlpProtobuf } = await import('../../export/index.ts');
  const records = session.records(signal, filter);
  return context.format === 'otlp' ? otlpLines(records) : otlpProtobuf(records);
}

/** A file appears when it is whole, and what was there stays until then. */
async function writeWhole(path: string, pieces: AsyncIterable<string | Uint8Array>): Promise<void> {
  const part = `${path}.part`;
  try {
    await pipeline(Readable.from(pieces), createWriteStream(part));
    await rename(part, path);
  } catch (cause) {
    await rm(part, { force: true });
    if (!(cause instanceof Error) || !('code' in cause) || cause instanceof UserError) throw cause;
    throw new UserError('usage', `${path}: ${cause.message}`, {
      hint: 'Name a file that may be written with -o.',
      cause,
    });
  }
}
