/** What was found, as text for people and for programs. Pure: strings out, nothing printed. */
export { causesReports, type ReportView } from './causes.ts';
export { importText } from './import.ts';
export { envelope } from './json.ts';
export { isRowsFormat, type RowsView, rowsFormats } from './rows.ts';
export { ansi, plain, type Style } from './style.ts';
