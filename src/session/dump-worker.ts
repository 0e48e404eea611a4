/** Reading a dump in a thread of its own: it decodes while the other thread writes. */
import { parentPort, workerData } from 'node:worker_threads';
import { refusalOf, UserError } from '../errors.ts';
import { fileSource, openDump } from '../import/index.ts';
import type { Batch } from '../model.ts';
import type { DumpReply, DumpTask } from './dump-background.ts';
import { holder } from './period.ts';

const { path, period, mapped } = workerData as DumpTask;
const port = parentPort;
if (port === null) throw new Error('runs as a worker only');

/** Batches on the way: one is written, one waits, one is read. */
const mostOnTheWay = 3;
let onTheWay = 0;
let resume = (): void => {};
port.on('message', () => {
  onTheWay -= 1;
  resume();
});

async function send(reply: DumpReply, moved: ArrayBuffer[] = []): Promise<void> {
  while (onTheWay >= mostOnTheWay) {
    await new Promise<void>((resolve) => {
      resume = resolve;
    });
  }
  onTheWay += 1;
  port?.postMessage(reply, moved);
}

/** Memory that is handed over instead of being copied. */
function memoryOf({ spans, logs, points }: Batch): ArrayBuffer[] {
  const columns = [spans, logs, points].flatMap((signal) =>
    Object.values(signal).filter((column) => ArrayBuffer.isView(column)),
  );
  return [...new Set(columns.map(({ buffer }) => buffer as ArrayBuffer))];
}

async function run(): Promise<void> {
  const source = await fileSource(path);
  const holds = period === null ? {} : { holds: holder(period) };
  const dump = await openDump(source, { mapped, ...holds });
  await send({ kind: 'opened', format: dump.format, size: source.size });
  for await (const batch of dump.batches) {
    await send({ kind: 'batch', batch, bytesRead: dump.bytesRead() }, memoryOf(batch));
  }
  await send({ kind: 'ended', sha256: dump.sha256(), bytesRead: dump.bytesRead() });
}

try {
  await run();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  await send({ kind: 'refused', ...refusalOf(error) });
}
port.close();
