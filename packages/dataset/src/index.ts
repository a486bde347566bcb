/**
 * A folder of Parquet in which every key stands once, whatever crashes.
 *
 * @since 0.1.0
 */
export * as Certificate from "./Certificate.js"
export * as ColumnSql from "./ColumnSql.js"
export { Dataset } from "./Dataset.js"
export * as DatasetError from "./DatasetError.js"
export { DatasetReader } from "./DatasetReader.js"
export * as Division from "./Division.js"
export * as Finding from "./Finding.js"
export * as Folder from "./Folder.js"
export * as Gathered from "./Gathered.js"
export * as Inspection from "./Inspection.js"
export * as Interval from "./Interval.js"
export * as Ledger from "./Ledger.js"
export * as Lock from "./Lock.js"
export * as OwnTables from "./OwnTables.js"
export * as ParquetFiles from "./ParquetFiles.js"
export { Points } from "./Points.js"
export * as Proof from "./Proof.js"
export * as QuerySession from "./QuerySession.js"
export * as Recount from "./Recount.js"
export * as Run from "./Run.js"
export * as Session from "./Session.js"
export * as Snapshot from "./Snapshot.js"
export type { Value } from "./Value.js"
export * as Verify from "./Verify.js"
