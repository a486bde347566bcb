/**
 * The tables that every dataset writes itself, beside those that it is given.
 *
 * @since 0.1.0
 */
import type * as Table from "@trunkline/parquet/Table"
import * as Certificate from "./Certificate.js"
import * as Run from "./Run.js"

/**
 * @since 0.1.0
 * @category tables
 */
export const tables: ReadonlyArray<Table.Any> = [Certificate.table, Run.table]

/**
 * Under which source runs are filed: one run reads several sources.
 *
 * @since 0.1.0
 * @category names
 */
export const source = "trunkline"
