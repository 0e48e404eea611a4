/** Counts of log records → templates per minute. */
import type { LogFeature, LogMinute } from '../model.ts';

/** Equal records of a minute, counted by whoever keeps them. */
export interface LogCount extends LogMinute {
  readonly service: string;
  readonly template: string;
  readonly severity: number;
}

interface Entry {
  readonly service: string;
  readonly template: string;
  severity: number;
  readonly cells: Map<string, LogMinute>;
}

export interface LogAccumulator {
  add(count: LogCount): void;
  /** By service, then template. */
  finish(): readonly LogFeature[];
}

/** Templates kept: bodies of free text must not make features grow without end. */
const templateLimit = 20_000;

export function logAccumulator(): LogAccumulator {
  const entries = new Map<string, Entry>();
  return {
    add({ service, template, severity, cohort, minute, count, example }) {
      const key = JSON.stringify([service, template]);
      let entry = entries.get(key);
      if (!entry) {
        if (entries.size >= templateLimit) return;
        entry = { service, template, severity, cells: new Map() };
        entries.set(key, entry);
      }
      entry.severity = Math.max(entry.severity, severity);
      const at = `${cohort}${minute}`;
      const known = entry.cells.get(at);
      entry.cells.set(at, {
        cohort,
        minute,
        count: count + (known?.count ?? 0),
        example: known && known.example < example ? known.example : example,
      });
    },
    finish: () =>
      [...entries]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, { cells, ...identity }]) => ({ ...identity, minutes: inOrder(cells.values()) })),
  };
}

const inOrder = (minutes: Iterable<LogMinute>): readonly LogMinute[] =>
  [...minutes].sort((a, b) => a.minute - b.minute || (a.cohort < b.cohort ? -1 : 1));
