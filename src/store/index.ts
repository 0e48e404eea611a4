/** Where a case is kept. Engines: SQLite; later ClickHouse. */
export { openStore, removeDatabase, viewsSql } from './sqlite/index.ts';
