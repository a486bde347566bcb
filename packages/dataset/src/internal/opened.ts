/** An open dataset, as the parts of this package hand it to each other. */
import type { DiskError } from "@trunkline/parquet"
import type * as Disk from "@trunkline/parquet/Disk"
import { sha256 } from "@trunkline/parquet/FileHash"
import type * as Table from "@trunkline/parquet/Table"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as fs from "node:fs/promises"
import { dirname, join } from "node:path"
import type { LedgerError, MaskError } from "../DatasetError.js"
import { Damaged, type DamagedLedger, OtherLedger, type QueryError } from "../DatasetError.js"
import type { Fetching } from "../Elsewhere.js"
import type { Declaration, Hiding } from "../Hiding.js"
import type { Ledger, Statements } from "../Ledger.js"
import type { Hashes, Maker } from "../Mask.js"
import type { Point } from "../Points.js"
import type { Session } from "../Session.js"
import type { Kept } from "./kept.js"
import * as Layout from "./layout.js"
import * as Modes from "./modes.js"
import { onDisk } from "./onDisk.js"
import { demand, demandWithin } from "./places.js"

export { onDisk } from "./onDisk.js"

/** In ids of these sources, a `-` stands behind each of these prefixes, also where a `_` was received. */
export interface Spelling {
  readonly sources: ReadonlyArray<string>
  readonly prefixes: ReadonlyArray<string>
}

export interface Opened {
  readonly out: string
  readonly id: string
  readonly partition: Layout.Partition
  readonly tables: ReadonlyMap<string, Table.Any>
  readonly ledger: Ledger
  readonly disk: Disk.Service
  readonly session: Session
  readonly points: (point: Point) => Effect.Effect<void, DiskError>
  /** How ids are written; null where they are kept as they come. */
  readonly spelling: Spelling | null
  /** From when on rows are kept; null where all are. */
  readonly kept: Kept | null
  /** By table without event times, the column that says when a row was last active. */
  readonly activeAt: Readonly<Record<string, string>>
  /** Of what is published. */
  readonly modes: Modes.Modes
  /** Brings published files that are elsewhere. */
  readonly fetching: Fetching
  /** What was made anew so that the dataset could be opened, and why; null where nothing was. */
  readonly rebuilt: {
    readonly fault: OtherLedger | DamagedLedger
    readonly path: string
    /** Where the one before is now, if there was one. */
    readonly aside: string | null
  } | null
  /** What the tables say of people; null where that is not known. */
  readonly people: Declaration | null
  /** What is changed before it lands; null for nothing. An erasure changes it. */
  readonly hiding: { current: Hiding | null }
  /** What masks numbers of people; null where they are kept in clear. */
  readonly mask: Effect.Effect<Hashes | null, MaskError | LedgerError>
  /** Null where nobody said how. */
  readonly masking: Maker | null
}

/** Of a whole file; null where there is none. */
export const hashOf = (path: string): Effect.Effect<string | null, DiskError | Damaged> =>
  Effect.flatMap(demand("file", path), (there) => there ? hashOfFile(path) : Effect.succeed(null))

const hashOfFile = (path: string): Effect.Effect<string | null, DiskError> =>
  Effect.catchIf(
    onDisk("inspect", path, () => sha256(path)),
    (error) => error.code === "ENOENT",
    () => Effect.succeed(null)
  )

/** As `hashOf`, and a word that is no hash where the disk cannot read it: damage, not a failure. */
export const contentOf = (path: string): Effect.Effect<string | null, DiskError | Damaged> =>
  Effect.catchIf(
    hashOf(path),
    (error) => error._tag === "DiskError" && error.code === "EIO",
    () => Effect.succeed("unreadable")
  )

/** Of a file inside the dataset, in bytes; null where there is none. `seen` is as `demandWithin` says. */
export const sizeOf = (
  out: string,
  path: string,
  seen?: Set<string>
): Effect.Effect<number | null, DiskError | Damaged> =>
  Effect.map(demandWithin(out, path, seen), (found) => found === null ? null : found.size)

/** A folder and those above it inside the dataset, each one's name made to last. */
export const makeFolder = (
  disk: Disk.Service,
  out: string,
  folder: string,
  mode = 0o700
): Effect.Effect<void, DiskError | Damaged> =>
  Effect.gen(function*() {
    if (folder === out) return
    yield* makeFolder(disk, out, dirname(folder), mode)
    if (yield* demand("folder", folder)) return
    yield* onDisk("create", folder, () => fs.mkdir(folder, { mode })).pipe(
      // The umask of the process may have taken more away.
      Effect.zipRight(Modes.set(folder, mode)),
      Effect.catchIf((error) => error.code === "EEXIST", () => Effect.void)
    )
    yield* disk.syncDirectory(dirname(folder))
  })

const Identity = Schema.Struct({ id: Schema.String, partition: Schema.Literal("month", "day") })

/** What a ledger says of itself; none before its dataset has begun. */
export const identityIn = (
  ledger: Pick<Statements, "all">
): Effect.Effect<Option.Option<typeof Identity.Type>, LedgerError> =>
  Effect.map(ledger.all(Identity, "SELECT id, partition FROM dataset"), ([found]) => Option.fromNullable(found))

/** A ledger and a folder that do not say the same of themselves. */
export const otherLedger = (out: string, folder: Option.Option<string>, ledger = "none"): OtherLedger =>
  new OtherLedger({ out, folder: Option.getOrElse(folder, () => "none"), ledger })

export const ownPath = (opened: Pick<Opened, "out">, ...parts: ReadonlyArray<string>): string =>
  join(opened.out, Layout.own, ...parts)

export interface Shelf {
  readonly id: number
  readonly table: string
  readonly source: string
}

export const publishedPath = (opened: Pick<Opened, "out" | "partition">, shelf: Shelf, partition: string): string =>
  join(opened.out, Layout.published(opened.partition, shelf.table, shelf.source, partition))

const Id = Schema.Struct({ id: Schema.Number })

export const shelfOf = (
  statements: Statements,
  table: string,
  source: string
): Effect.Effect<Shelf, LedgerError> =>
  Effect.gen(function*() {
    yield* statements.run("INSERT OR IGNORE INTO shelves (name, source) VALUES (?, ?)", table, source)
    const [found] = yield* statements.all(Id, "SELECT id FROM shelves WHERE name = ? AND source = ?", table, source)
    return { id: found?.id ?? 0, table, source }
  })

const Recorded = Schema.Struct({ sha256: Schema.String, rows: Schema.Number })

export interface OldFile {
  readonly path: string
  readonly sha256: string
}

/** The file of a partition as the ledger knows it, and as it is: damage is not built upon. One that is elsewhere is fetched. */
export const oldFile = (
  opened: Opened,
  shelf: Shelf,
  partition: string
): Effect.Effect<OldFile | null, Damaged | LedgerError | QueryError> =>
  Effect.gen(function*() {
    const path = publishedPath(opened, shelf, partition)
    const [recorded] = yield* opened.ledger.all(
      Recorded,
      "SELECT sha256, rows FROM files WHERE shelf = ? AND partition = ?",
      shelf.id,
      partition
    )
    yield* demandWithin(opened.out, path)
    if (recorded !== undefined) yield* opened.fetching.bring([{ path, sha256: recorded.sha256 }])
    const found = yield* contentOf(path)
    if (recorded === undefined) {
      return found === null
        ? null
        : yield* new Damaged({ path, reason: "stands there, and the ledger does not know it" })
    }
    if (found === recorded.sha256) return { path, sha256: found }
    return yield* new Damaged({ path, reason: found === null ? "is missing" : "is not what was published" })
  })
