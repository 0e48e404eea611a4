/** What a measured process says to the bench: JSON lines on its fourth stream. */
import { writeSync } from 'node:fs';

export function report(figures) {
  writeSync(3, `${JSON.stringify(figures)}\n`);
}

/** Runs `work` and reports the seconds it took, with the figures it gives. */
export async function reportTime(work) {
  const from = process.hrtime.bigint();
  const figures = await work();
  report({ inside: Number(process.hrtime.bigint() - from) / 1e9, ...figures });
}
