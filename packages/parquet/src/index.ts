/**
 * A stream of rows into one Parquet file.
 *
 * @since 0.1.0
 */
export * as Column from "./Column.js"
export { Disk, DiskError } from "./Disk.js"
export * as FileHash from "./FileHash.js"
export * as Hyparquet from "./Hyparquet.js"
export { InvalidTable } from "./InvalidTable.js"
export { ParquetEngine } from "./ParquetEngine.js"
export * as ParquetFile from "./ParquetFile.js"
export * as ParquetJsLite from "./ParquetJsLite.js"
export * as ParquetReader from "./ParquetReader.js"
export * as RowText from "./RowText.js"
export * as Table from "./Table.js"
export { Utf8 } from "./Utf8.js"
export * as WholeFile from "./WholeFile.js"
