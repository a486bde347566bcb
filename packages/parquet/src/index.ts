/**
 * A stream of rows into one Parquet file.
 *
 * @since 0.1.0
 */
export * as Column from "./Column.js"
export { InvalidTable } from "./InvalidTable.js"
export * as Table from "./Table.js"
