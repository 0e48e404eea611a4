/**
 * Score of a first cause → how often it was right. Made by `npm run calibrate -- 420 700001`,
 * from 399 answers to simulated cases; not to be edited by hand.
 */
export const calibration: readonly (readonly [score: number, right: number])[] = [
  [0.0223, 0.1667],
  [0.1994, 0.3529],
  [0.2817, 0.6],
  [0.363, 0.8],
  [0.4972, 0.88],
  [0.6644, 0.8947],
  [0.7656, 0.8947],
  [0.7964, 0.9259],
  [0.8418, 0.9697],
  [0.9482, 0.9697],
];
