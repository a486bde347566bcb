/**
 * What a Delta table is to whoever pushes into it: a snapshot of its files, and a change of them.
 *
 * @since 0.1.0
 */
import type { QueryError } from "@trunkline/dataset/DatasetError"
import type * as Column from "@trunkline/parquet/Column"
import type * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import type { BadCommit, BehindLedger, ColumnChanged, Crowded, LogError, Overtaken } from "./DeltaError.js"
import * as Names from "./internal/delta/names.js"
import type { TooLarge } from "./LakeError.js"
import type { StoreError } from "./ObjectStore.js"

/**
 * Why a version of a table cannot be shown.
 *
 * @since 0.1.0
 * @category errors
 */
export type ReadError = LogError | TooLarge | StoreError | QueryError

/**
 * Why nothing was committed.
 *
 * @since 0.1.0
 * @category errors
 */
export type CommitError = ReadError | Overtaken | BehindLedger | BadCommit | ColumnChanged | Crowded

/**
 * The values of the partition columns. The log holds them, not the file.
 *
 * @since 0.1.0
 * @category models
 */
export type Partition = Readonly<Record<string, string | null>>

/**
 * A data file of one version.
 *
 * @since 0.1.0
 * @category models
 */
export interface DataFile {
  /** Inside the table. */
  readonly path: string
  readonly bytes: number
  readonly modifiedAt: DateTime.Utc
  readonly partition: Partition
  /** Null where its writer did not say. */
  readonly rows: number | null
}

/**
 * A table as it is at one version.
 *
 * @since 0.1.0
 * @category models
 */
export interface Snapshot {
  readonly table: string
  readonly version: number
  readonly id: string
  /** As the protocol writes it. */
  readonly schema: string
  readonly partitionBy: ReadonlyArray<string>
  /** In the order of paths. */
  readonly files: ReadonlyArray<DataFile>
  /** The last sequence of each account; null is the account of a dataset without a configuration. */
  readonly sequenceOf: (account: string | null) => number | null
}

/**
 * What is smallest and largest in a column of a file, and how many of its values are null.
 *
 * @since 0.1.0
 * @category models
 */
export interface Range {
  readonly min: string | number | DateTime.Utc
  readonly max: string | number | DateTime.Utc
  readonly nulls: number
}

/**
 * A file that stands in the store and shall be part of the table.
 *
 * @since 0.1.0
 * @category models
 */
export interface NewFile {
  /** Inside the table: `folderOf` its partition, then a name that no other file ever has. */
  readonly path: string
  readonly partition: Partition
  readonly bytes: number
  readonly modifiedAt: DateTime.Utc
  readonly rows: number
  /** Of columns whose smallest and largest values are known exactly. */
  readonly ranges?: Readonly<Record<string, Range>> | undefined
}

/**
 * What a push changes in one table, for one account.
 *
 * @since 0.1.0
 * @category models
 */
export interface Change {
  readonly account: string | null
  /** Grows with each push of the account. */
  readonly sequence: number
  /** The sequence that the table has of the account before; null if it has none. */
  readonly after: number | null
  /** Of the files. A column that the table has and these lack stays, and is null in the new files. */
  readonly columns: ReadonlyArray<Column.Column>
  /** Names of the partition columns, `account` first. */
  readonly partitionBy: ReadonlyArray<string>
  readonly adds: ReadonlyArray<NewFile>
  /** Paths of files that the table has. */
  readonly removes: ReadonlyArray<string>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Committed {
  /** The version in which the change stands; of one that stood there already, the version that was read. */
  readonly version: number
  /** Whether the same change was there already: of an earlier try, or of a process that was killed. */
  readonly already: boolean
}

/**
 * Which files to remove.
 *
 * @since 0.1.0
 * @category models
 */
export interface Vacuum {
  /** Of this account only; of all when left out. */
  readonly account?: string | null | undefined
  /**
   * How long versions can be read, from the moment they are no longer the latest: 7 days when left out, and at most as long as
   * the log remembers removed files. With 0 and an account, what only its old versions name is removed at once, and what its
   * pushes left behind that did not land.
   */
  readonly retention?: Duration.DurationInput | undefined
  /** Counts and names files, and removes none. */
  readonly dryRun?: boolean | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Vacuumed {
  readonly files: number
  readonly bytes: number
  /** Inside the table; the first thousand. */
  readonly paths: ReadonlyArray<string>
}

/**
 * The folder of a partition inside its table, such as `account=paris/source=allo/month=2026-11`.
 *
 * @since 0.1.0
 * @category names
 */
export const folderOf: (partitionBy: ReadonlyArray<string>, values: Partition) => string = Names.folderOf
