/**
 * Makes the ledger of a dataset anew, from the files that are published: what lies where, which keys they hold, what is still
 * certified. What a file does not tell, such as rows in quarantine and how far details were read, is read again.
 */
import type * as Disk from "@trunkline/parquet/Disk"
import type * as Table from "@trunkline/parquet/Table"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import { Damaged, type LedgerError, type NewerLedger, type QueryError } from "../DatasetError.js"
import * as Elsewhere from "../Elsewhere.js"
import * as Folder from "../Folder.js"
import * as OwnTables from "../OwnTables.js"
import * as ParquetFiles from "../ParquetFiles.js"
import type { Session } from "../Session.js"
import * as ErasedList from "./erasedList.js"
import * as FoundFiles from "./foundFiles.js"
import * as Intents from "./intents.js"
import * as Layout from "./layout.js"
import * as LedgerFault from "./ledgerFault.js"
import { hashOf, onDisk, type Opened, shelfOf } from "./opened.js"
import * as Places from "./places.js"
import * as Rebuilt from "./rebuiltRows.js"
import * as Certificates from "./rebuiltWindows.js"
import { setAside } from "./settingAside.js"
import * as Sightings from "./sightings.js"
import * as Sql from "./sql.js"

/** What published rows tell of how they were read. */
export type Hints = Certificates.Hints

/** A ledger that is to be made anew. */
export interface Lost {
  readonly fault: LedgerFault.LedgerFault
  /** Where the ledger is now that cannot be used; null where there was none. */
  readonly aside: string | null
  readonly files: ReadonlyArray<FoundFiles.FoundFile>
  readonly partition: Layout.Partition | null
}

export interface Judged {
  /** Whose folder this is: its files say it themselves, and the folder where they do not. */
  readonly id: Option.Option<string>
  /** Null where the ledger can be used. */
  readonly lost: Lost | null
}

/** A ledger that cannot be used is set aside, with what SQLite keeps beside it. For whoever holds the lock. */
export const judge = (
  { disk, out, session, tables }: {
    readonly out: string
    readonly disk: Disk.Service
    readonly session: Session
    readonly tables: ReadonlyArray<Table.Any>
  }
): Effect.Effect<Judged, Damaged | LedgerError | NewerLedger | QueryError> =>
  Effect.gen(function*() {
    const { files, partition } = yield* FoundFiles.of({ out, tables })
    const named = yield* Folder.identityOf(join(out, Layout.own, Layout.identity))
    const folder = Option.orElse(yield* FoundFiles.owner(session, files), () => named)
    const fault = yield* LedgerFault.of(out, { folder, hasFiles: files.length > 0 })
    if (fault === null) return { id: folder, lost: null }
    // Their keys and certificates would be lost with the ledger.
    for (const file of (yield* Elsewhere.list(out))?.files ?? []) {
      if ((yield* Places.kindOf(join(out, file.path))) !== "missing") continue
      return yield* new Damaged({
        path: join(out, Layout.own, Layout.ledger),
        reason: "cannot be used, and cannot be made anew while published files are elsewhere",
        todo: "Restore into a new folder: trunkline restore"
      })
    }
    // Before anything is changed: without the list of them, erased people would come back.
    yield* ErasedList.read({ out })
    const path = join(out, Layout.own, Layout.ledger)
    const hadBytes = (yield* Places.kindOf(path)) === "file" &&
      (yield* onDisk("inspect", path, () => fs.stat(path))).size > 0
    // The file itself first: without it nobody takes what stood beside it for its own.
    const aside = yield* setAside({ disk, out }, path, ".db")
    for (const end of ["-wal", "-shm", "-journal"]) yield* setAside({ disk, out }, `${path}${end}`, `.db${end}`)
    return { id: folder, lost: { fault, aside: hadBytes ? aside : null, files, partition } }
  })

const Text = Schema.Struct({ text: Schema.String })

/** The file and its keys. A file that is not the one of its partition stays unknown, and is set aside as such. */
const record = (opened: Opened, found: FoundFiles.FoundFile) =>
  Effect.gen(function*() {
    const { partition, path, source, table } = found
    const { ledger, session } = opened
    const rows = yield* FoundFiles.rowsIn(session, opened, found)
    const sha256 = yield* hashOf(path)
    if (rows === null || sha256 === null) return null
    const { size } = yield* onDisk("inspect", path, () => fs.stat(path))
    const isOwn = OwnTables.tables.some(({ name }) => name === table.name)
    yield* session.run(
      `CREATE OR REPLACE TEMP TABLE trunkline_units AS
        SELECT DISTINCT ${Sql.unit(isOwn ? table.key : table.replacedBy, "found")} AS unit
        FROM ${ParquetFiles.rows([path])} AS found`
    )
    const texts: Array<string> = []
    const counted = isOwn ? 0 : rows
    for (let from = 0; from < counted; from += Intents.some) {
      const [found] = yield* session.all(
        Text,
        `SELECT coalesce(CAST(to_json(list([unit])) AS VARCHAR), '[]') AS text FROM trunkline_units
          WHERE rowid >= ${from} AND rowid < ${from + Intents.some}`
      )
      texts.push(found?.text ?? "[]")
    }
    const now = yield* Clock.currentTimeMillis
    return yield* ledger.transaction("state commit", (statements) =>
      Effect.gen(function*() {
        const shelf = yield* shelfOf(statements, table.name, source)
        yield* statements.run(
          "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?, 0)",
          shelf.id,
          partition,
          sha256,
          rows,
          size,
          now
        )
        for (const text of texts) {
          yield* statements.run(
            "INSERT OR REPLACE INTO keys SELECT ?, value ->> 0, ?, '{}' FROM json_each(?)",
            shelf.id,
            partition,
            text
          )
        }
        return found
      }))
  })

/**
 * Fills a ledger that holds nothing. That it holds a dataset is written last: one of which a crash left a part is set aside, and
 * made anew.
 */
export const remake = (
  opened: Opened,
  { files, hints }: { readonly files: ReadonlyArray<FoundFiles.FoundFile>; readonly hints: Hints }
): Effect.Effect<void, Damaged | LedgerError | QueryError> =>
  Effect.gen(function*() {
    const { id, ledger, partition } = opened
    const known = (yield* Effect.forEach(files, (file) => record(opened, file))).filter((file) => file !== null)
    const of = (name: string) => known.filter(({ table }) => table.name === name)
    yield* Certificates.fill(opened, { files: known, hints })
    yield* Rebuilt.runs(opened, of("runs"))
    for (const table of opened.tables.values()) {
      if (!Sightings.isOf(table)) continue
      for (const file of of(table.name)) yield* Rebuilt.sightings(opened, file)
    }
    const now = yield* Clock.currentTimeMillis
    yield* ledger.transaction(
      "open commit",
      (statements) => statements.run("INSERT INTO dataset VALUES (1, ?, ?, ?)", id, partition, now)
    )
  }).pipe(Effect.withSpan("Dataset.rebuild"))
