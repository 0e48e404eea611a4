/** A diagnosis in every format. To add one: write its file, add its line. */
import type { Cause, Diagnosis } from '../model.ts';
import { causesMarkdown } from './causes-markdown.ts';
import { causesText } from './causes-text.ts';
import { envelope, jsonText } from './json.ts';
import { type RowsFormatName, type RowsView, rowsFormats } from './rows.ts';

type CausesReport = (diagnosis: Diagnosis, view: RowsView) => string | AsyncIterable<string>;

export const causesReports: Readonly<Record<RowsFormatName, CausesReport>> = {
  table: causesText,
  json: (diagnosis) => envelope('Causes', diagnosis),
  jsonl: ({ causes }) => causes.map((cause) => `${jsonText(cause)}\n`).join(''),
  csv: ({ causes }, view) => rowsFormats.csv({ columns: flatFields, rows: flatRows(causes) }, view),
  md: causesMarkdown,
};

/** What of a cause fits a row. */
const flatFields = [
  'rank',
  'service',
  'entity',
  'operation',
  'instance',
  'layer',
  'faultClass',
  'score',
  'confidence',
  'band',
  'onset',
  'summary',
] as const satisfies readonly (keyof Cause)[];

async function* flatRows(causes: readonly Cause[]) {
  for (const cause of causes) yield flatFields.map((field) => cause[field]);
}
