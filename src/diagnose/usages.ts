/**
 * The use of limited things as a share of what there may be, minute by minute:
 *
 *     used    process.open_fds   212   640  1010 ┐
 *     limit   process.max_fds   1024  1024  1024 ┴→  0.21  0.63  0.99
 *
 * A use and its limit are of one stem, one source and equal attributes.
 */
import { grouped, once } from '../grouping.ts';
import type { Features, Source, ValueFeature, ValueMinute } from '../model.ts';
import { type UsageKind, usageOf } from '../semantics/index.ts';
import { median } from '../statistics.ts';

export interface UsedShare {
  readonly kind: UsageKind;
  /** Named as the use is; its minutes are shares, 1 if all is used. */
  readonly value: ValueFeature;
  /** How many may be used, of things that are taken one by one; else null. */
  readonly places: number | null;
}

export const usedShares = once(({ values }: Features): readonly UsedShare[] => {
  const known = values.flatMap((value) => {
    const usage = value.origin === 'metric' ? usageOf(value.name, value.attributes) : null;
    return usage === null ? [] : [{ value, usage, key: keyOf(value.source, usage) }];
  });
  const limits = grouped(
    known.filter(({ usage }) => usage.role === 'limit'),
    ({ key }) => key,
  );
  return known.flatMap(({ value, usage: { role, kind, countable }, key }) => {
    if (role === 'limit') return [];
    if (role === 'share') return within(value, kind, isPercent(value) ? 100 : 1, null);
    // A soft and a hard limit: the first that is reached.
    const most = (limits.get(key) ?? [])
      .map(({ value: { minutes } }) => median(minutes.map(({ mean }) => mean)))
      .filter((level) => level > 0);
    if (most.length === 0) return [];
    const limit = Math.min(...most);
    return within(value, kind, limit, countable ? limit : null);
  });
});

function keyOf(
  { service, instance, rank }: Source,
  { stem, attributes }: { readonly stem: string; readonly attributes: ValueFeature['attributes'] },
): string {
  const sorted = Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([service, instance, rank, stem, sorted]);
}

const isPercent = ({ unit, name }: ValueFeature): boolean =>
  unit === '%' || /percent|pct|perc$/i.test(name);

/** Somewhat more than all may be used for a moment; much more was never limited by that. */
const mostOfAll = 1.5;

/** None if the limit is none of this use. */
function within(
  value: ValueFeature,
  kind: UsageKind,
  limit: number,
  places: number | null,
): readonly UsedShare[] {
  const minutes = value.minutes.map(
    ({ cohort, minute, count, mean, spread, example }): ValueMinute => ({
      cohort,
      minute,
      count,
      mean: mean / limit,
      spread: spread / (limit * limit),
      example,
    }),
  );
  if (minutes.some(({ mean }) => mean > mostOfAll || mean < 0)) return [];
  return [{ kind, value: { ...value, unit: '1', minutes }, places }];
}
