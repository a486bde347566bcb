/**
 * A database file of DuckDB with every view over a dataset, for programs that open one: notebooks, dashboards, the command line.
 *
 * @since 0.1.0
 */
import type { QueryError } from "@trunkline/dataset/DatasetError"
import * as ParquetFiles from "@trunkline/dataset/ParquetFiles"
import * as Session from "@trunkline/dataset/Session"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { script } from "./internal/script.js"
import { tables } from "./internal/tables.js"

const Count = Schema.Struct({ count: Schema.Number })

/**
 * Writes views over the files of a dataset by their absolute paths into a new file, and returns the tables that have files. A
 * table without files becomes an empty view.
 *
 * @since 0.1.0
 * @category constructors
 */
export const write = (options: {
  /** The folder that was exported to. */
  readonly folder: string
  /** A file that is not there yet. */
  readonly file: string
  /** Whether the folder holds a dataset for each account, in folders such as `account=paris`; false when left out. */
  readonly accounts?: boolean | undefined
}): Effect.Effect<ReadonlyArray<string>, QueryError> =>
  Effect.gen(function*() {
    const session = yield* Session.make({ temporary: `${options.file}.tmp`, file: options.file })
    const placeOf = (table: string) => options.accounts === true ? `account=*/${table}` : table
    const filled = yield* Effect.filter(tables.keys(), (table) =>
      Effect.map(
        session.all(
          Count,
          `SELECT count(*)::DOUBLE AS count FROM ${ParquetFiles.names(options.folder, placeOf(table))}`
        ),
        ([found]) => (found?.count ?? 0) > 0
      ))
    yield* session.run(
      script((table) => filled.includes(table) ? ParquetFiles.tree(options.folder, placeOf(table)) : null)
    )
    // The log beside the file is merged into it, so that the file can be moved by itself.
    yield* session.run("CHECKPOINT")
    return filled
  }).pipe(Effect.scoped)
