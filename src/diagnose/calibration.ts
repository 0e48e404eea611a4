export const calibration: readonly (readonly [score: number, right: number])[] = [];
