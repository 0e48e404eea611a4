/**
 * The first stage of an import: from the call until the last batch is in its tables, before
 * indexes and duplicate check. Progress is told after each batch, as `reading`.
 *
 *     node bench/stage.js DUMP CASE
 */
import { importDumps } from '../dist/session.js';
import { report } from './report.js';

const [dump, db] = process.argv.slice(2);
const from = process.hrtime.bigint();
let stored = from;
const { totals } = await importDumps(db, [dump], {
  fresh: true,
  onProgress({ stage }) {
    if (stage === 'reading') stored = process.hrtime.bigint();
  },
});
report({ inside: Number(stored - from) / 1e9, records: totals.spans + totals.logs });
