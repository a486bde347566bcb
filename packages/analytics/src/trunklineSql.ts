/**
 * The text of `trunkline.sql`: everything an analyst needs besides DuckDB.
 *
 * @since 0.1.0
 */
import * as ParquetFiles from "@trunkline/dataset/ParquetFiles"
import { script } from "./internal/script.js"

/**
 * Run inside the folder of the dataset (`cd OUT && duckdb -init trunkline.sql`) it defines parameters, tables and views.
 * A table that is not named has no files and becomes an empty view with its columns; a view over files that are not
 * there would fail. So write the text anew when the first file of a table appears.
 *
 * @since 0.1.0
 * @category sql
 */
export const trunklineSql = (options: {
  /** Tables that have at least one file, by the name of their folder. */
  readonly tables: ReadonlyArray<string>
  /** Whether the folder holds a dataset for each account, in folders such as `account=paris`; false when left out. */
  readonly accounts?: boolean | undefined
}): string =>
  [
    "-- Every call, and what can be said about them. In the folder this file is in, run",
    "--   duckdb -init trunkline.sql",
    "-- and ask, for example",
    "--   FROM call_duration_daily;",
    "--   SELECT source, sum(answered) / nullif(sum(counted), 0) FROM answer_rate GROUP BY source;",
    "-- This file is written anew by every export: put your own queries elsewhere.",
    "",
    // Relative to the folder that is current when a query runs.
    script((table) =>
      options.tables.includes(table)
        ? ParquetFiles.here(options.accounts === true ? `account=*/${table}` : table)
        : null
    ),
    ""
  ].join("\n")
