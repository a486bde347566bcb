/** Who was erased stands in a file beside the ledger too, as the same hashes: a ledger may be lost, and nobody comes back with that. */
import type { DiskError } from "@trunkline/parquet"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as fs from "node:fs/promises"
import { Damaged, type LedgerError } from "../DatasetError.js"
import type { Ledger, Statements } from "../Ledger.js"
import * as Layout from "./layout.js"
import { onDisk, type Opened, ownPath } from "./opened.js"
import { demand } from "./places.js"
import * as PrivateFile from "./privateFile.js"

type Folder = Pick<Opened, "disk" | "out">

const Person = Schema.Struct({
  person: Schema.String,
  begun_at: Schema.Number,
  with_rows: Schema.Number,
  check_hash: Schema.String
})
const Hash = Schema.Struct({ hash: Schema.String, kind: Schema.String, letters: Schema.Number, person: Schema.String })
const Row = Schema.Struct({
  source: Schema.String,
  table: Schema.String,
  unit: Schema.String,
  id: Schema.String,
  says: Schema.NullOr(Schema.String),
  gone_at: Schema.NullOr(Schema.Number),
  person: Schema.String
})

const List = Schema.parseJson(
  Schema.Struct({ people: Schema.Array(Person), hashes: Schema.Array(Hash), rows: Schema.Array(Row) })
)

const pathOf = ({ out }: Pick<Folder, "out">): string => ownPath({ out }, Layout.erasedList)

const textOf = (folder: Pick<Folder, "out">): Effect.Effect<string | null, DiskError | Damaged> =>
  Effect.gen(function*() {
    const path = pathOf(folder)
    return (yield* demand("file", path)) ? yield* onDisk("inspect", path, () => fs.readFile(path, "utf8")) : null
  })

/** Writes what the ledger knows, as the last step of a transaction that changes it: the commit comes after the file. */
export const write = (
  folder: Folder,
  statements: Pick<Statements, "all">
): Effect.Effect<void, LedgerError | Damaged> =>
  Effect.gen(function*() {
    const text = JSON.stringify({
      people: yield* statements.all(
        Person,
        "SELECT person, begun_at, with_rows, check_hash FROM erasures ORDER BY person"
      ),
      hashes: yield* statements.all(Hash, "SELECT hash, kind, letters, person FROM erased ORDER BY hash"),
      rows: yield* statements.all(
        Row,
        `SELECT source, name AS "table", unit, erased_rows.id AS id, says, gone_at, person
          FROM erased_rows JOIN shelves ON shelves.id = shelf ORDER BY source, name, unit`
      )
    })
    if (text === (yield* textOf(folder))) return
    yield* PrivateFile.replace(folder.disk, pathOf(folder), text)
  })

/** What the file says. Null where nobody was ever erased. */
export const read = (folder: Pick<Folder, "out">): Effect.Effect<typeof List.Type | null, DiskError | Damaged> =>
  Effect.gen(function*() {
    const path = pathOf(folder)
    const damaged = (reason: string) =>
      new Damaged({
        path,
        reason,
        todo:
          "Put it or the ledger back from a copy of this folder: without both, people who were erased would come back"
      })
    const text = yield* textOf(folder)
    if (text !== null) {
      return yield* Schema.decode(List)(text).pipe(Effect.mapError(() => damaged("is not what was written")))
    }
    return (yield* demand("file", ownPath(folder, Layout.eraseKey))) ? yield* damaged("is missing") : null
  })

const Count = Schema.Struct({ count: Schema.Number })

const isBegun = Effect.fnUntraced(function*(folder: Pick<Folder, "out">, statements: Pick<Statements, "all">) {
  const [found] = yield* statements.all(Count, "SELECT count(*) AS count FROM erasures")
  return found?.count !== 0 || (yield* demand("file", ownPath(folder, Layout.eraseKey)))
})

/**
 * A ledger that was lost, or put back from an old copy, learns who was erased: all files are looked at once more for them. Whatever
 * else the ledger knows, the file knows from then on.
 */
export const recall = (
  folder: Folder,
  { isNew, ledger }: { readonly ledger: Ledger; readonly isNew: boolean }
): Effect.Effect<void, LedgerError | Damaged> =>
  Effect.gen(function*() {
    const found = read(folder)
    // A ledger that stands knows them all.
    const list = isNew ? yield* found : yield* Effect.catchTag(found, "Damaged", () => Effect.succeed(null))
    if (list === null && !(yield* isBegun(folder, ledger))) return
    yield* ledger.transaction("open commit", (statements) =>
      Effect.gen(function*() {
        const { hashes, people, rows } = list ?? { hashes: [], people: [], rows: [] }
        for (
          const [text, values] of [
            [
              `INSERT OR IGNORE INTO erasures SELECT value ->> 'person', value ->> 'begun_at', NULL, value ->> 'with_rows',
              value ->> 'check_hash' FROM json_each(?)`,
              people
            ],
            [
              `INSERT OR IGNORE INTO erased SELECT value ->> 'hash', value ->> 'kind', value ->> 'letters', value ->> 'person'
              FROM json_each(?)`,
              hashes
            ],
            [
              `INSERT OR IGNORE INTO shelves (name, source) SELECT DISTINCT value ->> 'table', value ->> 'source'
              FROM json_each(?)`,
              rows
            ],
            [
              `INSERT OR IGNORE INTO erased_rows SELECT shelves.id, value ->> 'unit', value ->> 'id', value ->> 'says',
              value ->> 'gone_at', value ->> 'person'
              FROM json_each(?) JOIN shelves ON name = value ->> 'table' AND source = value ->> 'source'`,
              rows
            ]
          ] as const
        ) {
          if (values.length > 0) yield* statements.run(text, JSON.stringify(values))
        }
        yield* write(folder, statements)
      }))
  })
