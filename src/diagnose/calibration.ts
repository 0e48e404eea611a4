/**
 * Score of a first cause → how often it was right. Made by `npm run calibrate -- 420 700001`,
 * from 410 answers to simulated cases; not to be edited by hand.
 */
export const calibration: readonly (readonly [score: number, right: number])[] = [
  [0.006, 0.1667],
  [0.0966, 0.5],
  [0.4306, 0.8276],
  [0.6486, 0.9],
  [0.7859, 0.9701],
  [0.8303, 0.9867],
  [0.9189, 0.9906],
];
