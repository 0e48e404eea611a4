/** Where a case is kept. Engines: SQLite; later ClickHouse. */
export { openStore, viewsSql } from './sqlite/index.ts';
