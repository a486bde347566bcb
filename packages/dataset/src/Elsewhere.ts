/**
 * Published files that are not in the folder of their dataset. After a restore all of them are elsewhere, such as on object
 * storage, and the writer fetches one when it touches it.
 *
 * `_trunkline/elsewhere.json` says what was elsewhere when the folder was restored, and never changes: a file of this list is
 * still elsewhere if it is not here and the ledger names it by the same hash. So no crash makes the list wrong.
 *
 * @since 0.1.0
 */
import type { DiskError } from "@trunkline/parquet"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as fs from "node:fs/promises"
import { join, resolve } from "node:path"
import {
  Damaged,
  type FetchFailed,
  FilesElsewhere,
  type HalfRestored,
  type LedgerError,
  type NewerLedger,
  type QueryError
} from "./DatasetError.js"
import * as Layout from "./internal/layout.js"
import { onDisk } from "./internal/onDisk.js"
import { demand, kindOf, refuseHalf } from "./internal/places.js"
import * as Ledger from "./Ledger.js"

/**
 * The place of a published file inside the folder of its dataset, with slashes.
 *
 * @since 0.1.0
 * @category models
 */
export const Path: Schema.Schema<string> = Schema.String.pipe(
  // No list leads out of the folder, whoever wrote it.
  Schema.pattern(/^(?!_trunkline\/)(?:(?!\.{1,2}\/)[^/\\\0]+\/)+data\.parquet$/)
)

/**
 * A published file.
 *
 * @since 0.1.0
 * @category models
 */
export const File = Schema.Struct({
  path: Path,
  sha256: Schema.String,
  bytes: Schema.Number,
  /** What it is called elsewhere. */
  name: Schema.String
})
/** @since 0.1.0 */
export interface File extends Schema.Schema.Type<typeof File> {}

/**
 * @since 0.1.0
 * @category models
 */
export const List = Schema.Struct({ place: Schema.String, files: Schema.Array(File) })
/** @since 0.1.0 */
export interface List extends Schema.Schema.Type<typeof List> {}

/**
 * Brings files here. A dataset whose files are elsewhere is opened for writing only with it.
 *
 * @since 0.1.0
 * @category services
 */
export class Elsewhere extends Context.Tag("@trunkline/dataset/Elsewhere")<Elsewhere, {
  /** Into a file that is not there yet. Its bytes are checked by the dataset. */
  readonly download: (file: File, to: string) => Effect.Effect<void, FetchFailed | DiskError>
}>() {}

/**
 * A published file by where it belongs and what it holds.
 *
 * @internal
 */
export interface Wanted {
  readonly path: string
  readonly sha256: string
}

/**
 * What the one writer brings here.
 *
 * @internal
 */
export interface Fetching {
  /** Whether files may be elsewhere. */
  readonly isRestored: boolean
  /** Whether such a file is kept elsewhere; it may be here as well. */
  readonly isKept: (file: Wanted) => boolean
  /** Brings those of these files that are elsewhere and not here. Others are left to whoever reads them. */
  readonly bring: (files: ReadonlyArray<Wanted>) => Effect.Effect<void, Damaged | LedgerError | QueryError>
  /** Brings all that the ledger names, and says how many there were. */
  readonly bringAll: Effect.Effect<number, Damaged | LedgerError | QueryError>
}

const Text = Schema.parseJson(List)

/**
 * What the folder says of files elsewhere; null where it was never restored.
 *
 * @since 0.1.0
 * @category getters
 */
export const list = (out: string): Effect.Effect<List | null, DiskError | Damaged> =>
  Effect.gen(function*() {
    const path = join(out, Layout.own, Layout.elsewhere)
    if (!(yield* demand("file", path))) return null
    const text = yield* onDisk("inspect", path, () => fs.readFile(path, "utf8"))
    return yield* Schema.decode(Text)(text).pipe(Effect.mapError(() =>
      new Damaged({
        path,
        reason: "is not what was written",
        todo: "Restore into a new folder"
      })
    ))
  })

const Recorded = Schema.Struct({
  table: Schema.String,
  source: Schema.String,
  value: Schema.String,
  partition: Schema.Literal("month", "day"),
  sha256: Schema.String
})

/** A file by its place and content. */
const nameOf = ({ path, sha256 }: Pick<File, "path" | "sha256">): string => `${path} ${sha256}`

const named = (ledger: Pick<Ledger.Statements, "all">, sha256: string | null) =>
  Effect.map(
    ledger.all(
      Recorded,
      `SELECT name AS "table", source, files.partition AS value, dataset.partition AS partition, sha256
        FROM files JOIN shelves ON shelves.id = shelf CROSS JOIN dataset WHERE sha256 = coalesce(?, sha256)`,
      sha256
    ),
    (found) =>
      new Set(found.map(({ partition, sha256, source, table, value }) =>
        nameOf({ path: Layout.published(partition, table, source, value), sha256 })
      ))
  )

/**
 * Whether the ledger names this file now.
 *
 * @internal
 */
export const isNamed = (
  ledger: Pick<Ledger.Statements, "all">,
  file: Pick<File, "path" | "sha256">
): Effect.Effect<boolean, LedgerError> => Effect.map(named(ledger, file.sha256), (found) => found.has(nameOf(file)))

/**
 * Those that the ledger names and that are not here.
 *
 * @since 0.1.0
 * @category getters
 */
export const missing = (
  out: string,
  ledger: Pick<Ledger.Statements, "all">
): Effect.Effect<List | null, DiskError | Damaged | LedgerError> =>
  Effect.gen(function*() {
    const known = yield* list(out)
    if (known === null) return null
    const recorded = yield* named(ledger, null)
    const files: Array<File> = []
    for (const file of known.files) {
      if (recorded.has(nameOf(file)) && (yield* kindOf(join(out, file.path))) === "missing") files.push(file)
    }
    return { place: known.place, files }
  })

/**
 * As an error, where there are any.
 *
 * @internal
 */
export const refusal = (out: string, found: List | null): FilesElsewhere | null =>
  found === null || found.files.length === 0 ? null : new FilesElsewhere({
    out,
    place: found.place,
    files: found.files.length,
    bytes: found.files.reduce((sum, { bytes }) => sum + bytes, 0)
  })

/**
 * @internal
 */
export const refuse = (
  out: string,
  ledger: Pick<Ledger.Statements, "all">
): Effect.Effect<void, FilesElsewhere | DiskError | Damaged | LedgerError> =>
  Effect.flatMap(missing(out, ledger), (found) => refusal(out, found) ?? Effect.void)

/**
 * Why the files of a folder are not all that its dataset holds.
 *
 * @since 0.1.0
 * @category errors
 */
export type NotWhole = FilesElsewhere | HalfRestored | Damaged | NewerLedger | LedgerError

/**
 * Fails where files of the dataset are elsewhere, for a reader that needs all of them. It takes no lock.
 *
 * @since 0.1.0
 * @category checking
 */
export const demandAll = Effect.fn("Elsewhere.demandAll")(function*(folder: string) {
  const out = resolve(folder)
  const look = Effect.gen(function*() {
    yield* refuseHalf(out)
    if ((yield* kindOf(join(out, Layout.own, Layout.elsewhere))) === "missing") return
    yield* refuse(out, yield* Ledger.openReader(join(out, Layout.own, Layout.ledger)))
  })
  const blind = Effect.flatMap(kindOf(join(out, Layout.notice)), (found) =>
    found === "missing"
      ? Effect.void
      : new FilesElsewhere({ out, place: "a lake", files: null, bytes: null }))
  yield* Effect.catchIf(
    Effect.scoped(look),
    // Only the owner of a dataset may look into its own folder. Who is allowed to read the tables alone goes by the notice.
    (error) => error._tag === "DiskError" && error.code === "EACCES",
    () => blind
  )
}, (effect): Effect.Effect<void, NotWhole> => effect)
