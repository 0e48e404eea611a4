/** What was found, as text for people and for programs. Pure: strings out, nothing printed. */
export { causesReports } from './causes.ts';
export { diffReports, isDiffFormat } from './diff.ts';
export {
  changedSteps,
  operationName,
  shareText,
  stepName,
  takesOther,
  waitText,
  withCallers,
} from './diff-wording.ts';
export { driftReports } from './drift.ts';
export * as driftWords from './drift-wording.ts';
export { evaluationReports } from './evaluation.ts';
export { explainReports } from './explain.ts';
export { graphReports, isGraphFormat } from './graph.ts';
export { importText } from './import.ts';
export { envelope } from './json.ts';
export { jsonSchema, schemaKinds } from './json-schema.ts';
export { partsOf } from './parts.ts';
export { exemplarText, referenceTexts } from './references.ts';
export { isRowsFormat, rowsFormats, rowsOf } from './rows.ts';
export { ansi, plain, type Style } from './style.ts';
export { table } from './table.ts';
export { coverageReports } from './telemetry-coverage.ts';
export { drawable, milliseconds, type PublishedSpan } from './trace.ts';
export { isTraceFormat, traceReports } from './trace-text.ts';
export { delayText, headline, impactText, ruledOutText } from './wording.ts';
