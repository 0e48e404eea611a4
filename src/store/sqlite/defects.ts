import type { Database } from 'better-sqlite3';
import type { DefectCode, DefectCount } from '../../model.ts';

/** Defects of all imports and of the case, by code. */
export function defectsIn(db: Database): readonly DefectCount[] {
  const rows = db
    .prepare('SELECT code, count, examples FROM defect ORDER BY code, examples')
    .all() as { code: DefectCode; count: number; examples: string }[];
  const byCode = new Map<DefectCode, { count: number; examples: string[] }>();
  for (const { code, count, examples } of rows) {
    const entry = byCode.get(code) ?? { count: 0, examples: [] };
    byCode.set(code, entry);
    entry.count += count;
    entry.examples.push(...(JSON.parse(examples) as string[]));
  }
  return [...byCode].map(([code, { count, examples }]) => ({
    code,
    count,
    examples: examples.slice(0, 5),
  }));
}
