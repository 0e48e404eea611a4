/** What differs between two traces, or between the two sides of a case. Pure. */
export { compareTraces } from './traces.ts';
export { compareWindows } from './windows.ts';
