/** Where things lie in a dataset's folder. */
import * as Effect from "effect/Effect"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import { codeOf } from "./onDisk.js"

export const own = "_trunkline"
export const ledger = "ledger.db"
export const lock = "lock.db"
export const holder = "lock.json"
export const identity = "dataset.json"
/** The table that every dataset has which was ever read. */
export const certificates = "certificates"
/** Makes tokens of numbers. */
export const maskKey = "mask.key"
/** Beside the tables. */
export const database = "trunkline.duckdb"
export const demo = "demo.json"
/** The key of the hashes by which erased people are remembered. */
export const eraseKey = "erase.key"
/** These hashes, beside the ledger. */
export const erasedList = "erased.json"
/** Which published files are kept elsewhere. */
export const elsewhere = "elsewhere.json"
/** Beside the tables while some of their files may be elsewhere: for readers who may not look into `_trunkline`, and for people. */
export const notice = "INCOMPLETE.txt"
/** There while a restore is under way. */
export const restoring = "restoring.json"
/** Which lake the folder is pushed to, and what it descends from. */
export const lake = "lake.json"
/** Files on their way from elsewhere. */
export const fetching = "fetching"
export const landing = "landing"
export const publishing = "publishing"
export const temporary = "temporary"
/** So begins in it what a writer makes, which is of no use to the next. */
export const writer = "writer"
/** Files that a repair took out of the way. */
export const aside = "aside"

export type Partition = "month" | "day"

/** The folder of a partition inside the dataset; the empty partition is that of a table without event times. */
export const folder = (partition: Partition, table: string, source: string, value: string): string =>
  value === "" ? join(table, `source=${source}`) : join(table, `source=${source}`, `${partition}=${value}`)

export const published = (partition: Partition, table: string, source: string, value: string): string =>
  join(folder(partition, table, source, value), "data.parquet")

/** DuckDB's and JavaScript's ways to the same name. */
export const format = (partition: Partition): string => partition === "month" ? "%Y-%m" : "%Y-%m-%d"

export const partitionOf = (partition: Partition, epochMillis: number): string =>
  new Date(epochMillis).toISOString().slice(0, partition === "month" ? 7 : 10)

/**
 * An empty file that only this user reads, unless one is there: SQLite gives its companions the same rights. A file that
 * is there is not even opened, since closing it would drop every lock this process has on it.
 */
export const privately = (path: string) =>
  Effect.tryPromise({
    try: async () => {
      const handle = await fs.open(path, "wx", 0o600)
      await handle.close()
    },
    catch: codeOf
  }).pipe(Effect.catchIf((code) => code === "EEXIST", () => Effect.void))

/** What a source may be called: it names a folder. */
export const isSource = (source: string): boolean =>
  /^[a-z0-9][a-z0-9._-]{0,99}$/.test(source) && !source.includes("..")
