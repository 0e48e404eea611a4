/**
 * Score of a first cause → how often it was right. Made by `npm run calibrate -- 420 700001`,
 * from 398 answers to simulated cases; not to be edited by hand.
 */
export const calibration: readonly (readonly [score: number, right: number])[] = [
  [0.0155, 0.1429],
  [0.2057, 0.2857],
  [0.2805, 0.5],
  [0.3653, 0.7692],
  [0.5164, 0.8438],
  [0.6854, 0.875],
  [0.7746, 0.875],
  [0.7963, 0.9167],
  [0.8467, 0.9604],
  [0.9485, 0.9688],
];
