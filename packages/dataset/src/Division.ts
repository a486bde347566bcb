/**
 * A dataset becomes several, each with some of its sources: a copy for each, which then keeps only its own. The dataset itself
 * is not changed.
 *
 * @since 0.1.0
 */
import type { DiskError } from "@trunkline/parquet"
import { Disk } from "@trunkline/parquet"
import type * as Table from "@trunkline/parquet/Table"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import type { Damaged, LedgerError, OpenError } from "./DatasetError.js"
import * as ErasedList from "./internal/erasedList.js"
import * as Layout from "./internal/layout.js"
import { onDisk } from "./internal/onDisk.js"
import * as Opening from "./internal/opening.js"
import * as Places from "./internal/places.js"
import type { Statements } from "./Ledger.js"
import * as OwnTables from "./OwnTables.js"

/** Of the dataset's own folder. Locks and temporary files belong to processes, and the lock is taken anew. */
const ownFiles = [
  Layout.ledger,
  `${Layout.ledger}-wal`,
  Layout.identity,
  Layout.maskKey,
  Layout.eraseKey,
  Layout.erasedList
]

/** File systems that know no hard links, or no more of them for this file. */
const noLink = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EXDEV", "EMLINK"])

/** No file of a dataset is ever written to after it has its name, so that a copy can share it. */
const share = (from: string, to: string) =>
  onDisk("create", to, () => fs.link(from, to)).pipe(
    Effect.catchIf(({ code }) => noLink.has(code), () => onDisk("create", to, () => fs.copyFile(from, to)))
  )

const copyTree = (from: string, to: string): Effect.Effect<void, DiskError | Damaged, Disk> =>
  Effect.gen(function*() {
    const disk = yield* Disk
    yield* onDisk("create", to, () => fs.mkdir(to, { mode: 0o700 }))
    for (const { kind, name } of yield* Places.entriesOf(from)) {
      const [old, copy] = [join(from, name), join(to, name)]
      if (kind === "folder") yield* copyTree(old, copy)
      else if (kind === "file") yield* share(old, copy)
      else return yield* Places.misplaced(old, kind, "file")
    }
    yield* disk.syncDirectory(to)
  })

/**
 * Copies a dataset to a folder that is not there, by hard links where the file system has them. Nothing may write to the
 * dataset meanwhile: the caller holds its lock.
 *
 * @since 0.1.0
 * @category dividing
 */
export const copy = (
  { from, tables, to }: { readonly from: string; readonly to: string; readonly tables: ReadonlyArray<Table.Any> }
): Effect.Effect<void, DiskError | Damaged, Disk> =>
  Effect.gen(function*() {
    const disk = yield* Disk
    const own = join(to, Layout.own)
    yield* onDisk("create", own, () => fs.mkdir(own, { recursive: true, mode: 0o700 }))
    for (const name of ownFiles) {
      const [old, file] = [join(from, Layout.own, name), join(own, name)]
      if (!(yield* Places.demand("file", old))) continue
      // The copy is written to.
      yield* onDisk("create", file, () => fs.copyFile(old, file))
      yield* disk.sync(file)
    }
    for (const name of [Layout.landing, Layout.publishing]) {
      if (yield* Places.demand("folder", join(from, Layout.own, name))) {
        yield* copyTree(join(from, Layout.own, name), join(own, name))
      }
    }
    yield* disk.syncDirectory(own)
    for (const { name } of [...tables, ...OwnTables.tables]) {
      if (yield* Places.demand("folder", join(from, name))) yield* copyTree(join(from, name), join(to, name))
    }
    yield* disk.syncDirectory(to)
  })

const Named = Schema.Struct({ source: Schema.String })

const bySource = [
  "DELETE FROM windows WHERE source = ?",
  ...["sources", "certified", "asked", "pending", "quarantine", "standing", "facts", "spellings"].map((table) =>
    `DELETE FROM ${table} WHERE source = ?`
  )
]
const ofShelf = "IN (SELECT id FROM shelves WHERE source = ?)"
const byShelf = ["landings", "files", "keys", "renumbered", "folds", "sightings", "lost", "erased_rows"].map((table) =>
  `DELETE FROM ${table} WHERE shelf ${ofShelf}`
)

/** The history of runs stays in every part: a run reads several sources. */
const forget = (statements: Statements, source: string): Effect.Effect<void, LedgerError> =>
  Effect.forEach(
    [...byShelf, ...bySource, "DELETE FROM shelves WHERE source = ?"],
    (text) => statements.run(text, source),
    { discard: true }
  )

/**
 * Takes all other sources out of a dataset, with their certificates and what waits. For a copy: killed in between, it is to be
 * made anew.
 *
 * @since 0.1.0
 * @category dividing
 */
export const keep = (
  { keeps, out, people, tables }: Pick<Opening.Options, "people"> & {
    readonly out: string
    readonly tables: ReadonlyArray<Table.Any>
    readonly keeps: (source: string) => boolean
  }
): Effect.Effect<void, OpenError, Disk> =>
  Effect.scoped(Effect.gen(function*() {
    // Finishes what a crash left in all sources.
    const { disk, ledger } = yield* Opening.open({ out, tables, people })
    const others = yield* ledger.transaction("state commit", (statements) =>
      Effect.gen(function*() {
        const known = yield* statements.all(
          Named,
          `SELECT source FROM shelves UNION SELECT source FROM sources UNION SELECT source FROM windows
            UNION SELECT source FROM asked UNION SELECT source FROM facts UNION SELECT source FROM quarantine
            UNION SELECT source FROM standing`
        )
        const others = known.map(({ source }) => source).filter((source) =>
          source !== OwnTables.source && !keeps(source)
        )
        yield* Effect.forEach(others, (source) => forget(statements, source), { discard: true })
        if (yield* Places.demand("file", join(out, Layout.own, Layout.erasedList))) {
          yield* ErasedList.write({ disk, out }, statements)
        }
        return others
      }))
    for (const { name } of [...tables, ...OwnTables.tables]) {
      const folder = join(out, name)
      for (const source of others) {
        const path = join(folder, `source=${source}`)
        yield* onDisk("unlink", path, () => fs.rm(path, { recursive: true, force: true }))
      }
      if (yield* Places.demand("folder", folder)) {
        if ((yield* Places.entriesOf(folder)).length === 0) yield* onDisk("unlink", folder, () => fs.rmdir(folder))
        else yield* disk.syncDirectory(folder)
      }
    }
    yield* disk.syncDirectory(out)
  }))
