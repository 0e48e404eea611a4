/** Where a case is kept. Engines: SQLite; later ClickHouse. */
export { openStore, storeHealth, viewsSql } from './sqlite/index.ts';
