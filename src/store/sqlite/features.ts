/** The features of a comparison, from all that a case holds. */
import type { Database } from 'better-sqlite3';
import { type FeatureBuilder, featureBuilder, sampling, sideOf } from '../../features/index.ts';
import type { ComparisonPlan, Features } from '../../model.ts';
import { foundInTraces } from './aggregates.ts';
import { countedApart, firstCountedApart, type SidedLine } from './counting.ts';
import { defectsIn } from './defects.ts';
import { extentOf } from './extent.ts';
import type { StoredLine } from './lines.ts';
import { logCounts, templatesIn, traceLogReader } from './log-rows.ts';
import { reading } from './reading.ts';
import { seriesIn } from './rows.ts';
import { headReader } from './span-heads.ts';
import { packReader } from './trees.ts';
import { treeReader } from './whole-traces.ts';

/**
 * `lines`: all traces, in time order. `path`: where a second thread finds the same case, to count a
 * part of it; null if it cannot.
 */
export async function featuresOf(
  db: Database,
  plan: ComparisonPlan,
  lines: readonly StoredLine[],
  path: string | null,
): Promise<Features> {
  const standsOf = sampling(plan);
  const sided = lines.flatMap((line) => {
    const side = sideOf(line, plan);
    return side === null ? [] : [{ line, side, isWhole: standsOf(line, side) > 0 }];
  });
  const first = path === null ? sided.length : firstCountedApart(sided);
  const rest = sided.slice(first);
  const apart = path === null || rest.length === 0 ? null : countedApart({ path, plan }, rest);
  // It may fail before it is waited for.
  apart?.catch(() => {});
  const builder = reading(db, () => built(db, plan, sided, first));
  if (apart !== null) builder.absorb(await apart);
  const records = db
    .prepare(/* sql */ `SELECT (SELECT count(*) FROM span) + (SELECT count(*) FROM log_record)
      + (SELECT count(*) FROM metric_point)`)
    .pluck()
    .get() as number;
  return builder.finish({ defects: defectsIn(db), records });
}

/** With all but the counts of the traces from the place `first` on. */
function built(
  db: Database,
  plan: ComparisonPlan,
  sided: readonly SidedLine[],
  first: number,
): FeatureBuilder {
  const extent = extentOf(db);
  const builder = featureBuilder(plan, extent.epoch, foundInTraces(db));
  const headOf = headReader(db);
  const treeOf = treeReader(db, extent, headOf);
  const read = packReader(db, extent, headOf);
  const templates = templatesIn(db);
  const logs = traceLogReader(db, extent, templates);
  for (const [at, { line, side, isWhole }] of sided.entries()) {
    if (at >= first && !isWhole) continue;
    const add = at < first ? builder.add : builder.addToSample;
    add(line, side, () => {
      const packed = read(line);
      return { columns: packed.columns, whole: () => treeOf(line, packed), logs };
    });
  }
  if (!plan.without.includes('logs')) builder.addLogs(logCounts(db, extent, plan, templates));
  for (const series of seriesIn(db, extent, null, plan.everyPoint)) builder.addSeries(series);
  return builder;
}
