/**
 * What DuckDB calls the type of a column.
 *
 * @since 0.1.0
 */
export { type } from "./internal/sql.js"
