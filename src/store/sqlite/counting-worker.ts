/** The thread that counts a part of the traces of a comparison. */
import { workerData } from 'node:worker_threads';
import { type Side, type TraceCounts, traceCounter } from '../../features/index.ts';
import type { TraceId } from '../../model.ts';
import { answerEach } from '../../threads.ts';
import { type CountingOf, type CountingPart, countedSides } from './counting.ts';
import { extentOf } from './extent.ts';
import { storeFailure } from './failure.ts';
import { openDatabase } from './open.ts';
import { packReader } from './trees.ts';

const { path, plan } = workerData as CountingOf;

answerEach(async ({ keys, sides }: CountingPart): Promise<TraceCounts> => {
  const { db, close } = openDatabase(path, 'read', false);
  try {
    // One view of the case: a statement alone takes and gives back a lock on the file.
    db.exec('BEGIN');
    const idOf = db.prepare('SELECT trace_id FROM trace_name WHERE trace_key = ?').pluck();
    const read = packReader(db, extentOf(db));
    const counter = traceCounter(plan);
    for (const [at, key] of keys.entries()) {
      const { columns } = read({
        key,
        // Few are asked for.
        get traceId() {
          return idOf.get(key) as TraceId;
        },
      });
      counter.add(columns, countedSides[sides[at] as number] as Side);
    }
    return counter.counts();
  } catch (error) {
    throw storeFailure(error, path);
  } finally {
    close();
  }
});
