/** The telemetry of a case in the order of its time, one request a line: as it would be received. */
import type { SimulatedFile } from './case-files.ts';

/** Lines of all files by the earliest time that they hold; the label is left out. */
export function streamOf(files: readonly SimulatedFile[]): readonly string[] {
  return files
    .filter(({ path }) => path.endsWith('.jsonl'))
    .flatMap(({ content }) => content.split('\n').filter((line) => line !== ''))
    .map((line) => ({ line, at: earliest(line) }))
    .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
    .map(({ line }) => `${line}\n`);
}

/** Spans are handed on when they end, records and points when they are made. */
function earliest(line: string): string {
  const times = line.match(/(?<="(?:endTime|time)UnixNano":")\d+/g) ?? ['0'];
  return times.toSorted()[0] as string;
}
