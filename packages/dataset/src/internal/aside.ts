/** New contents of partitions, written where no reader looks. */
import type { DiskError } from "@trunkline/parquet"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { randomUUID } from "node:crypto"
import * as fs from "node:fs/promises"
import { dirname, join } from "node:path"
import { Damaged, type QueryError } from "../DatasetError.js"
import type { Connection } from "../Session.js"
import type { NewFile } from "./intents.js"
import * as Layout from "./layout.js"
import * as Modes from "./modes.js"
import { hashOf, onDisk, type Opened, ownPath, type Shelf } from "./opened.js"
import * as Sql from "./sql.js"

const Copied = Schema.Struct({ Count: Schema.NumberFromString })

const format = ({ id }: Opened, { table }: Shelf): string =>
  `FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 30000, ROW_GROUP_SIZE_BYTES '12MB', KV_METADATA {
    "trunkline.dataset": ${Sql.text(id)}, "trunkline.table": ${Sql.text(table)}
  }`

/** Makes a file last that DuckDB wrote. */
const keep = (opened: Opened, path: string): Effect.Effect<void, DiskError> =>
  // DuckDB makes it with what the umask of the process leaves. Until here only its owner reaches it.
  Effect.zipRight(Modes.set(path, opened.modes.file), opened.disk.sync(path))

/** What is known of a file in `publishing` before it is announced. */
const seen = (opened: Opened, file: string) =>
  Effect.gen(function*() {
    const path = ownPath(opened, Layout.publishing, file)
    const newSha256 = yield* hashOf(path)
    const { size } = yield* onDisk("inspect", path, () => fs.stat(path))
    if (newSha256 === null) return yield* new Damaged({ path, reason: "vanished while it was being written" })
    return { file, newSha256, bytes: size }
  })

const forget = (opened: Opened, files: ReadonlyArray<string>): Effect.Effect<void> =>
  Effect.forEach(files, (file) => Effect.ignore(opened.disk.unlink(ownPath(opened, Layout.publishing, file))), {
    discard: true
  })

/** Writes a partition aside, so that it lasts and is known by its hash before anything is announced. */
export const writeAside = (
  opened: Opened,
  connection: Connection,
  { old, partition, shelf }: { readonly shelf: Shelf; readonly partition: string; readonly old: string | null },
  query: string
): Effect.Effect<NewFile, Damaged | QueryError> =>
  Effect.gen(function*() {
    const file = `${randomUUID()}.parquet`
    const path = ownPath(opened, Layout.publishing, file)
    const written = Effect.gen(function*() {
      yield* opened.points("partition write")
      const [copied] = yield* connection.all(
        Copied,
        `COPY (${query}) TO ${Sql.text(path)} (${format(opened, shelf)})`
      )
      yield* keep(opened, path)
      yield* opened.disk.syncDirectory(ownPath(opened, Layout.publishing))
      return { shelf, partition, oldSha256: old, rows: copied?.Count ?? 0, ...(yield* seen(opened, file)) }
    })
    return yield* Effect.onError(written, () => forget(opened, [file]))
  })

/** So many partitions are begun at once: DuckDB holds megabytes of each, whatever its rows. */
export const mostAtOnce = 8

/** The column of a query that says which of the partitions a row belongs to, counted from 0. */
export const placeColumn = "$place"

const Written = Schema.Struct({ filename: Schema.String, count: Schema.NumberFromString })

/**
 * Writes partitions aside that have no file yet, by one statement: a statement for each costs far more than its few rows. A
 * partition without rows gets no file.
 */
export const writeFirst = (
  opened: Opened,
  connection: Connection,
  { partitions, rows, shelf }: {
    readonly shelf: Shelf
    readonly partitions: ReadonlyArray<string>
    /** How many there are. */
    readonly rows: number
  },
  query: string
): Effect.Effect<ReadonlyArray<NewFile>, Damaged | QueryError> =>
  Effect.suspend(() => {
    const folder = ownPath(opened, Layout.temporary, `${Layout.writer}-${randomUUID()}`)
    const publishing = ownPath(opened, Layout.publishing)
    const files = new Map<string, string>()
    const written = Effect.gen(function*() {
      yield* opened.points("partition write")
      const copied = yield* connection.all(
        Written,
        `COPY (${query}) TO ${Sql.text(folder)} (
          ${format(opened, shelf)}, PARTITION_BY ("${placeColumn}"), RETURN_STATS
        )`
      )
      const sum = copied.reduce((sum, { count }) => sum + count, 0)
      if (sum !== rows) {
        return yield* new Damaged({ path: folder, reason: `was given ${sum} rows instead of ${rows}` })
      }
      const made = yield* Effect.forEach(copied, ({ count, filename }) =>
        Effect.gen(function*() {
          const partition = partitions[Number(dirname(filename).split("=").at(-1))]
          // A second file of a partition would take the place of the first.
          if (partition === undefined || files.has(partition)) {
            return yield* new Damaged({ path: filename, reason: "is of no partition, or not the only one of it" })
          }
          const file = `${randomUUID()}.parquet`
          files.set(partition, file)
          yield* keep(opened, filename)
          yield* opened.disk.rename(filename, join(publishing, file))
          return { file, partition, rows: count }
        }))
      yield* opened.disk.syncDirectory(publishing)
      return yield* Effect.forEach(made, ({ file, partition, rows }) =>
        Effect.map(seen(opened, file), (known): NewFile => ({ shelf, partition, oldSha256: null, rows, ...known })))
    })
    return written.pipe(
      Effect.onError(() =>
        forget(opened, [...files.values()])
      ),
      Effect.ensuring(Effect.ignore(onDisk("unlink", folder, () => fs.rm(folder, { recursive: true, force: true }))))
    )
  })
