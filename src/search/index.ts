/** The filter language: text → `Filter` tree, over records of a case or rows of a list. */
export { fieldNames, fieldValues } from './fields.ts';
export { misreadings, testsIn } from './misreadings.ts';
export { parseFilter } from './parse.ts';
export { type RowColumns, rowCondition, wordsCondition } from './row-condition.ts';
export { type FilteredRow, hasInOrder, rowsThat } from './rows.ts';
export { filterTerm } from './terms.ts';
