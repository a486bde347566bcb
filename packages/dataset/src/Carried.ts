/**
 * What another machine needs to go on with a dataset: its published files, the ledger, and the small files beside it. All of one
 * moment, while the dataset is held by its writer.
 *
 * The key that masks numbers is never among them.
 *
 * @since 0.1.0
 */
import { Disk, type DiskError } from "@trunkline/parquet"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as fs from "node:fs/promises"
import { join, relative } from "node:path"
import { Damaged, type LedgerError, type QueryError } from "./DatasetError.js"
import * as Elsewhere from "./Elsewhere.js"
import type * as Finding from "./Finding.js"
import * as Files from "./internal/files.js"
import * as LandedRows from "./internal/landedRows.js"
import * as Layout from "./internal/layout.js"
import { hashOf, onDisk, type Opened, ownPath } from "./internal/opened.js"
import * as Places from "./internal/places.js"
import * as PrivateFile from "./internal/privateFile.js"
import type { Published } from "./internal/publishing.js"

/**
 * Rows that landed wait for a file that is damaged. Another machine could not publish them.
 *
 * @since 0.1.0
 * @category errors
 */
export class Unpublished extends Schema.TaggedError<Unpublished>("@trunkline/dataset/Carried/Unpublished")(
  "Unpublished",
  { out: Schema.String, landings: Schema.Number, paths: Schema.Array(Schema.String) }
) {
  override get message(): string {
    return `${this.landings} landings in ${this.out} cannot be published, because of ${this.paths.join(", ")}. ` +
      "Run trunkline repair first; trunkline verify names all that is wrong"
  }
}

/**
 * Another program reads the ledger, and what was written last stays beside it until that ends.
 *
 * @since 0.1.0
 * @category errors
 */
export class LedgerInUse extends Schema.TaggedError<LedgerInUse>("@trunkline/dataset/Carried/LedgerInUse")(
  "LedgerInUse",
  { path: Schema.String }
) {
  override get message(): string {
    return `Another program reads ${this.path}. Wait until it is done, or end it, and run again`
  }
}

/**
 * Why a dataset cannot be carried.
 *
 * @since 0.1.0
 * @category errors
 */
export type CarryError = Unpublished | LedgerInUse | Damaged | LedgerError | QueryError

/**
 * A published file.
 *
 * @since 0.1.0
 * @category models
 */
export interface File {
  readonly table: string
  readonly source: string
  /** A month or day; empty for a table without event times. */
  readonly value: string
  /** Inside the folder of the dataset, with slashes. */
  readonly path: string
  readonly bytes: number
  readonly sha256: string
  readonly rows: number
  /** What it is called where it is kept; null of a file that is here. */
  readonly elsewhere: string | null
}

/**
 * A file of `_trunkline`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Own {
  /** Inside the folder of the dataset, with slashes. */
  readonly path: string
  readonly bytes: number
  /** Whether it changes when rows are made to forget somebody. */
  readonly forgets: boolean
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Carried {
  readonly out: string
  /** Of the dataset. */
  readonly id: string
  readonly partition: "month" | "day"
  readonly files: ReadonlyArray<File>
  /** The ledger first. None of their bytes change meanwhile. */
  readonly own: ReadonlyArray<Own>
}

const Checkpoint = Schema.Struct({ busy: Schema.Number })

const inside = (opened: Pick<Opened, "out">, path: string): string => relative(opened.out, path)

const ownFile = (
  opened: Opened,
  path: string,
  forgets = false
): Effect.Effect<ReadonlyArray<Own>, DiskError | Damaged> =>
  Effect.gen(function*() {
    if (!(yield* Places.demand("file", path))) return []
    const { size } = yield* onDisk("inspect", path, () => fs.lstat(path))
    return [{ path: inside(opened, path), bytes: size, forgets }]
  })

/** The landings that wait, for a row they belong to for example. Their bytes are those that landed. */
const landingsOf = (opened: Opened, waiting: ReadonlyArray<LandedRows.Landing>) =>
  Effect.forEach(waiting, ({ file, sha256 }) =>
    Effect.gen(function*() {
      const path = ownPath(opened, Layout.landing, file)
      if ((yield* hashOf(path)) !== sha256) return yield* new Damaged({ path, reason: "is not what was landed" })
      return yield* ownFile(opened, path)
    }))

const filesOf = (opened: Opened) =>
  Effect.gen(function*() {
    const known = yield* Files.known(opened)
    const absent = new Map(
      ((yield* Elsewhere.missing(opened.out, opened.ledger))?.files ?? []).map(({ name, path }) =>
        [path, name] as const
      )
    )
    return known.files.map(({ bytes, partition, path, rows, sha256, source, table }): File => {
      const place = inside(opened, path)
      return { table, source, value: partition, path: place, bytes, sha256, rows, elsewhere: absent.get(place) ?? null }
    })
  })

const pathsOf = (damaged: ReadonlyArray<Finding.Finding>): ReadonlyArray<string> =>
  [...new Set(damaged.map(({ problem }) => problem.path))].slice(0, 10)

/**
 * Publishes what landed, and hands the dataset over as it is then, for as long as that takes. Nothing is published meanwhile.
 *
 * @internal
 */
export const carry = <A, E, R>(
  opened: Opened,
  publish: Effect.Effect<Published, Damaged | LedgerError | QueryError>,
  use: (carried: Carried) => Effect.Effect<A, E, R>
): Effect.Effect<A, E | CarryError, R> =>
  Effect.gen(function*() {
    const { id, ledger, out, partition } = opened
    const { damaged } = yield* publish
    const path = ownPath(opened, Layout.ledger)
    // What is written from here on stays in the log beside the file.
    yield* ledger.run("PRAGMA wal_autocheckpoint = 0")
    const [checkpoint] = yield* ledger.all(Checkpoint, "PRAGMA wal_checkpoint(TRUNCATE)")
    if (checkpoint?.busy !== 0) return yield* new LedgerInUse({ path })
    // Looked at after the checkpoint, so that what the file of the ledger names is among it.
    const waiting = yield* LandedRows.waiting(ledger)
    if (waiting.length > 0 && damaged.length > 0) {
      return yield* new Unpublished({ out, landings: waiting.length, paths: pathsOf(damaged) })
    }
    const beside = [
      yield* ownFile(opened, path),
      // Whether numbers are masked, and who was erased.
      yield* ownFile(opened, ownPath(opened, Layout.identity), true),
      // Without the key of erasure nobody would know who was erased, and all would come back.
      yield* ownFile(opened, ownPath(opened, Layout.eraseKey)),
      yield* ownFile(opened, ownPath(opened, Layout.erasedList), true)
    ]
    const own = [...beside, ...yield* landingsOf(opened, waiting)].flat()
    return yield* use({ out, id, partition, files: yield* filesOf(opened), own })
  }).pipe(
    Effect.ensuring(Effect.ignore(opened.ledger.run("PRAGMA wal_autocheckpoint = 1000"))),
    Effect.withSpan("Dataset.carry")
  )

const lakePath = (out: string): string => join(out, Layout.own, Layout.lake)

/**
 * What a lake keeps in the folder, to know which push it descends from; null where nothing is kept. It is no part of what is carried.
 *
 * @since 0.1.0
 * @category remembering
 */
export const recall = (out: string): Effect.Effect<string | null, DiskError> =>
  onDisk("inspect", lakePath(out), () => fs.readFile(lakePath(out), "utf8")).pipe(
    Effect.catchIf(({ code }) => code === "ENOENT", () => Effect.succeed(null))
  )

/**
 * Keeps it, so that it lasts.
 *
 * @since 0.1.0
 * @category remembering
 */
export const remember = (out: string, text: string): Effect.Effect<void, DiskError, Disk> =>
  Effect.flatMap(Disk, (disk) => PrivateFile.replace(disk, lakePath(out), text))

/**
 * The folder for files on their way. What a killed process left in it under the name of a UUID is removed by the next writer.
 *
 * @since 0.1.0
 * @category names
 */
export const temporaryFolder = (out: string): string => join(out, Layout.own, Layout.fetching)
