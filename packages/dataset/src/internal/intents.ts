/** What is about to be renamed, written down first, so that a crash in the middle is finished or forgotten. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { dirname } from "node:path"
import { Damaged, type LedgerError, type QueryError } from "../DatasetError.js"
import type { Statements } from "../Ledger.js"
import * as Layout from "./layout.js"
import { hashOf, makeFolder, type Opened, ownPath, publishedPath, type Shelf } from "./opened.js"
import { ownFilesIn } from "./places.js"
import * as Renumbered from "./renumbered.js"

export interface NewFile {
  readonly shelf: Shelf
  readonly partition: string
  /** Its name in `publishing`. */
  readonly file: string
  readonly oldSha256: string | null
  readonly newSha256: string
  readonly rows: number
  readonly bytes: number
}

export interface KeyUpdate {
  readonly shelf: Shelf
  /** Null where each unit names its own. */
  readonly partition: string | null
  /** How many there are of `piece`. */
  readonly pieces: number
  /** A JSON array of units with their numbers, and their partition where it is not that of all, as one text. */
  readonly piece: (index: number) => Effect.Effect<string, QueryError>
  /** Numbers are null, and stay as they are. */
  readonly moved?: boolean | undefined
}

export interface Change {
  /** In the order they are renamed: what loses a row before what gains it. */
  readonly files: ReadonlyArray<NewFile>
  readonly keys: ReadonlyArray<KeyUpdate>
  /** Certificates that are in the new files, and in which of their versions. */
  readonly windows: ReadonlyArray<readonly [id: number, revision: number]>
  /** A JSON array of units that the new files have no more. */
  readonly removed?: { readonly shelf: Shelf; readonly units: string }
}

/**
 * Rows that one statement asks the ledger for, or changes in it. SQLite keeps each page that a statement changes in memory until
 * the statement ends.
 */
export const some = 2000

/** In the place of numbers: the unit is removed. */
const removal = "removed"

const recordKeys = (
  statements: Statements,
  keys: ReadonlyArray<KeyUpdate>,
  into: "keys" | { readonly intent: number }
) =>
  Effect.gen(function*() {
    const [target, place] = into === "keys"
      ? ["keys (", ""] as const
      : ["intent_keys (intent, ", `${into.intent}, `] as const
    for (const { moved = false, partition, piece, pieces, shelf } of keys) {
      const [numbers, known] = moved
        ? [
          `coalesce(${Renumbered.numbers("known")}, '{}')`,
          ` LEFT JOIN keys AS known ON known.shelf = ${shelf.id} AND known.unit = value ->> 0 ${
            Renumbered.join("known")
          }`
        ]
        : ["value ->> 1", ""]
      for (let index = 0; index < pieces; index++) {
        const units = yield* piece(index)
        const isSame = into === "keys" && !moved
        if (isSame && (yield* Renumbered.record(statements, { shelf: shelf.id, partition, units }))) continue
        yield* statements.run(
          `INSERT OR REPLACE INTO ${target}shelf, unit, partition, numbers)
            SELECT ${place}?, value ->> 0, coalesce(?, value ->> 2), ${numbers} FROM json_each(?)${known}`,
          shelf.id,
          partition,
          units
        )
        if (into === "keys") {
          yield* Renumbered.forget(statements, shelf.id, "SELECT value ->> 0 FROM json_each(?)", units)
        }
      }
    }
  })

/** What a file system says that has no second names for a file. */
const noLinks = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"]

/**
 * The file keeps its name in `publishing` until the intent is done. A power cut may undo what became of names in one folder
 * and not in another, and a file that was only renamed would then have none.
 */
const rename = (opened: Opened, file: Pick<NewFile, "shelf" | "partition" | "file">) =>
  Effect.gen(function*() {
    const path = publishedPath(opened, file.shelf, file.partition)
    const waiting = ownPath(opened, Layout.publishing, file.file)
    const second = `${waiting}.moving`
    yield* makeFolder(opened.disk, opened.out, dirname(path), opened.modes.folder)
    yield* opened.disk.unlink(second)
    const from = yield* Effect.as(opened.disk.link(waiting, second), second).pipe(
      Effect.catchIf(({ code }) => noLinks.includes(code), () => Effect.succeed(waiting))
    )
    yield* opened.disk.rename(from, path)
    yield* opened.disk.syncDirectory(dirname(path))
  })

const Count = Schema.Struct({ count: Schema.Number })
const OfShelf = Schema.Struct({ shelf: Schema.Number })

const mark = (opened: Opened, intent: number, windows: string) =>
  opened.ledger.transaction("mark commit", (statements) =>
    Effect.gen(function*() {
      // Its hash was taken from the disk when it was written.
      yield* statements.run(
        `INSERT OR REPLACE INTO files (shelf, partition, sha256, rows, bytes, checked_at, checked_run)
          SELECT shelf, partition, new_sha256, rows, bytes, ?,
            coalesce((SELECT value FROM counters WHERE name = 'inspection'), 0)
          FROM intent_files WHERE intent = ?`,
        yield* Clock.currentTimeMillis,
        intent
      )
      const [keys] = yield* statements.all(Count, "SELECT count(*) AS count FROM intent_keys WHERE intent = ?", intent)
      for (let from = 0; from < (keys?.count ?? 0); from += some) {
        yield* statements.run(
          `INSERT OR REPLACE INTO keys (shelf, unit, partition, numbers)
            SELECT shelf, unit, partition, numbers FROM intent_keys WHERE intent = ? AND numbers <> ?
            ORDER BY shelf, unit LIMIT ? OFFSET ?`,
          intent,
          removal,
          some,
          from
        )
      }
      // Shelf by shelf, and not as pairs, for which SQLite would look at all keys of a shelf.
      for (
        const { shelf } of yield* statements.all(
          OfShelf,
          "SELECT DISTINCT shelf FROM intent_keys WHERE intent = ?",
          intent
        )
      ) {
        yield* statements.run(
          `DELETE FROM keys WHERE shelf = ? AND unit IN (
            SELECT unit FROM intent_keys WHERE intent = ? AND shelf = ? AND numbers = ?
          )`,
          shelf,
          intent,
          shelf,
          removal
        )
        yield* Renumbered.forget(
          statements,
          shelf,
          "SELECT unit FROM intent_keys WHERE intent = ? AND shelf = ?",
          intent,
          shelf
        )
      }
      yield* statements.run(
        `UPDATE windows SET published = given.revision
          FROM (SELECT value ->> 0 AS id, value ->> 1 AS revision FROM json_each(?)) AS given
          WHERE windows.id = given.id`,
        windows
      )
      yield* statements.run("DELETE FROM intents WHERE id = ?", intent)
    }))

const Id = Schema.Struct({ id: Schema.Number })

/** Makes a change of files happen: its files are in `publishing`, and last. */
export const carryOut = (
  opened: Opened,
  change: Change
): Effect.Effect<void, Damaged | LedgerError | QueryError> =>
  Effect.gen(function*() {
    const windows = JSON.stringify(change.windows)
    if (change.files.length === 0) {
      return yield* opened.ledger.transaction(
        "mark commit",
        (statements) => recordKeys(statements, change.keys, "keys")
      )
    }
    for (const { partition, shelf } of change.files) {
      const path = publishedPath(opened, shelf, partition)
      yield* makeFolder(opened.disk, opened.out, dirname(path), opened.modes.folder)
    }
    const begin = opened.ledger.transaction("intent commit", (statements) =>
      Effect.gen(function*() {
        const [created] = yield* statements.all(
          Id,
          "INSERT INTO intents (windows) VALUES (?) RETURNING id",
          windows
        )
        const id = created?.id ?? 0
        for (const [place, file] of change.files.entries()) {
          yield* statements.run(
            "INSERT INTO intent_files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            id,
            place,
            file.shelf.id,
            file.partition,
            file.file,
            file.oldSha256,
            file.newSha256,
            file.rows,
            file.bytes
          )
        }
        yield* recordKeys(statements, change.keys, { intent: id })
        if (change.removed !== undefined) {
          yield* statements.run(
            "INSERT INTO intent_keys SELECT ?, ?, value, '', ? FROM json_each(?)",
            id,
            change.removed.shelf.id,
            removal,
            change.removed.units
          )
        }
        return id
      }))
    yield* Effect.uninterruptible(Effect.flatMap(begin, (intent) =>
      Effect.zipRight(
        Effect.forEach(change.files, (file) => rename(opened, file), { discard: true }),
        mark(opened, intent, windows)
      )))
    yield* Effect.forEach(change.files, ({ file }) => opened.disk.unlink(ownPath(opened, Layout.publishing, file)), {
      discard: true
    })
  })

const Intent = Schema.Struct({ id: Schema.Number, windows: Schema.String })
const IntentFile = Schema.Struct({
  shelf: Schema.Number,
  table: Schema.String,
  source: Schema.String,
  partition: Schema.String,
  file: Schema.String,
  old_sha256: Schema.NullOr(Schema.String),
  new_sha256: Schema.String
})

const forget = (opened: Opened, { id }: Pick<typeof Intent.Type, "id">) =>
  opened.ledger.transaction(
    "forget commit",
    (statements) => statements.run("DELETE FROM intents WHERE id = ?", id)
  )

const finish = (opened: Opened, intent: typeof Intent.Type): Effect.Effect<void, LedgerError | Damaged> =>
  Effect.gen(function*() {
    const files = yield* opened.ledger.all(
      IntentFile,
      `SELECT shelf, shelves.name AS "table", source, partition, file, old_sha256, new_sha256
        FROM intent_files JOIN shelves ON shelves.id = shelf WHERE intent = ? ORDER BY place`,
      intent.id
    )
    const states = yield* Effect.forEach(files, (row) =>
      Effect.gen(function*() {
        const file = { ...row, shelf: { id: row.shelf, table: row.table, source: row.source } }
        const path = publishedPath(opened, file.shelf, row.partition)
        const here = yield* hashOf(path)
        const old = { path, sha256: row.old_sha256 ?? "" }
        const found = here === null && opened.fetching.isKept(old) ? old.sha256 : here
        if (found === row.new_sha256) return { file, path, state: "done" as const }
        if (found !== row.old_sha256) {
          return yield* new Damaged({ path, reason: "was changed while it was being published" })
        }
        const waiting = yield* hashOf(ownPath(opened, Layout.publishing, row.file))
        return { file, path, state: waiting === row.new_sha256 ? "ready" as const : "lost" as const }
      }))
    const lost = states.find(({ state }) => state === "lost")
    if (lost === undefined) {
      for (const { file, path, state } of states) {
        yield* state === "done" ? opened.disk.syncDirectory(dirname(path)) : rename(opened, file)
      }
      yield* mark(opened, intent.id, intent.windows)
    } else if (states.every(({ state }) => state !== "done")) {
      yield* forget(opened, intent)
    } else {
      return yield* new Damaged({ path: lost.path, reason: "was to be replaced, and what should replace it is gone" })
    }
  })

/**
 * Finishes what was begun if its files are there, forgets it if nothing of it has happened, and sweeps away files that no
 * intent names. Anything else is damage, and forgotten only where the dataset is opened to be repaired: its rows are landed still,
 * and a file that was renamed is then one that the ledger does not know.
 */
export const recover = (
  opened: Opened,
  { damaged }: { readonly damaged: boolean }
): Effect.Effect<void, LedgerError | Damaged> =>
  Effect.gen(function*() {
    for (const intent of yield* opened.ledger.all(Intent, "SELECT id, windows FROM intents ORDER BY id")) {
      yield* Effect.catchIf(
        finish(opened, intent),
        (error) => damaged && error._tag === "Damaged",
        () => forget(opened, intent)
      )
    }
    yield* Effect.forEach(
      yield* ownFilesIn(ownPath(opened, Layout.publishing)),
      (name) => opened.disk.unlink(ownPath(opened, Layout.publishing, name)),
      { discard: true }
    )
  })
