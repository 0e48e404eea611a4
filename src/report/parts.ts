/**
 * Parts of a sum as text with three decimals and a sign, rounded so that what is shown adds up to
 * the rounded total: the parts that lose most by rounding get the units that are left.
 */
export function partsOf(total: number, parts: readonly number[]): readonly string[] {
  const units = parts.map((part) => part * 1_000);
  const rounded = units.map(Math.floor);
  const left = Math.round(total * 1_000) - rounded.reduce((sum, unit) => sum + unit, 0);
  const byLoss = units
    .map((unit, at) => ({ at, loss: unit - Math.floor(unit) }))
    .sort((a, b) => b.loss - a.loss || a.at - b.at);
  for (const { at } of byLoss.slice(0, Math.max(0, left))) rounded[at] = (rounded[at] ?? 0) + 1;
  return rounded.map((unit) => `${unit < 0 ? '-' : '+'}${(Math.abs(unit) / 1_000).toFixed(3)}`);
}
