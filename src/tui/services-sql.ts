/**
 * Statements that give lists as they are on the screen where their order, and maybe their filter, rest
 * on what was compared, which is in no view: they name what is listed.
 */
import { sqlText } from './held.ts';

const listed = (names: readonly unknown[]): string =>
  `json_each(${sqlText(JSON.stringify(names))})`;

/** Services, as they are listed. */
export const servicesSql = (names: readonly string[]): string =>
  `SELECT service, layer, spans, errors, instances, observed FROM ${listed(names)} l JOIN services ON service = l.value ORDER BY l.key`;

/** Calls, as they are listed. */
export const callsSql = (
  calls: readonly { readonly caller: string; readonly callee: string; readonly via: string }[],
): string => {
  const names = calls.map(({ caller, callee, via }) => [caller, callee, via]);
  return `SELECT caller, callee, via, calls, errors, unanswered, p95_ms FROM ${listed(names)} l JOIN edges ON caller = l.value ->> 0 AND callee = l.value ->> 1 AND via = l.value ->> 2 ORDER BY l.key`;
};
