/**
 * Makes the table from scores to confidence, src/diagnose/calibration.ts, out of simulated cases
 * whose seeds are used for nothing else:
 *
 *     npm run calibrate [-- CASES [SEED]]       420 cases from seed 700001, about half an hour
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isotonicFit } from '../dist/evaluate/isotonic.js';
import { aidebug } from './aidebug.js';

const [count = '420', seed = '700001'] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'aidebug-calibrate-'));

/** One answer more of each kind in every block: few cases prove neither 0 nor 1 (Laplace). */
const smoothed = ({ score, right, n }) => [
  Number(score.toFixed(4)),
  Number(((right * n + 1) / (n + 2)).toFixed(4)),
];

try {
  const cases = join(folder, 'cases');
  aidebug('simulate', '--count', count, '--seed', seed, '-o', cases);
  const { rows } = JSON.parse(aidebug('evaluate', cases, '--format', 'json')).data;
  const answers = rows.flatMap(({ score, rank, healthy }) =>
    score === null ? [] : [{ score, right: rank === 1 && !healthy }],
  );
  const points = isotonicFit(answers).map(smoothed);
  // Smoothing may turn neighbours about: what is lower counts.
  for (let at = points.length - 2; at >= 0; at -= 1) {
    points[at][1] = Math.min(points[at][1], points[at + 1][1]);
  }
  writeFileSync(
    'src/diagnose/calibration.ts',
    `/**
 * Score of a first cause → how often it was right. Made by \`npm run calibrate -- ${count} ${seed}\`,
 * from ${answers.length} answers to simulated cases; not to be edited by hand.
 */
export const calibration: readonly (readonly [score: number, right: number])[] = [
${points.map(([score, right]) => `  [${score}, ${right}],`).join('\n')}
];
`,
  );
  process.stdout.write(`${answers.length} answers, ${points.length} points\n`);
} finally {
  rmSync(folder, { recursive: true });
}
