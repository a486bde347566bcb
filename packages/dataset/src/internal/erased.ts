/** Who was erased, as keyed hashes: enough to know a person when they are read again, and no more. */
import type * as Table from "@trunkline/parquet/Table"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { createHmac, randomBytes } from "node:crypto"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import { Damaged, type LedgerError } from "../DatasetError.js"
import { type Declaration, type Hiding, type Kept, type Trace, word } from "../Hiding.js"
import type { Statements } from "../Ledger.js"
import * as Layout from "./layout.js"
import { onDisk, type Opened } from "./opened.js"
import { demand } from "./places.js"
import * as PrivateFile from "./privateFile.js"
import * as Sql from "./sql.js"

/** In the place of a number or an id in a text of somebody else. */
const gone = "[erased]"

/** What is hashed: the digits of a number, the key of a contact, the place of a row; or nothing, which shows whether it is the same key. */
type Kind = "number" | "contact" | "row" | "key"

/** One way to spell who it is. */
export interface Spelled {
  readonly kind: "number" | "contact"
  readonly text: string
}

export interface Memory {
  readonly hash: (kind: Kind, text: string) => string
  /** By hash. */
  readonly people: Map<string, string>
  /** People whose calls leave as well. */
  readonly withRows: Set<string>
  readonly lengths: { readonly number: Set<number>; readonly contact: Set<number> }
  /** The person of each row that is remembered, by its hash. */
  readonly rows: Map<string, string>
}

const keyPath = (out: string): string => join(out, Layout.own, Layout.eraseKey)

const hashing = (key: string): Memory["hash"] => (kind, text) =>
  createHmac("sha256", key).update(`${kind}\n${text}`).digest("hex").slice(0, 32)

export const checkOf = ({ hash }: Pick<Memory, "hash">): string => hash("key", "trunkline")

const wrongKey = (path: string, reason: string) =>
  new Damaged({
    path,
    reason,
    todo: "Put it back from a copy of this folder: without it, people who were erased would come back"
  })

const readKey = (out: string) =>
  Effect.gen(function*() {
    const path = keyPath(out)
    if (!(yield* demand("file", path))) return null
    return (yield* onDisk("inspect", path, () => fs.readFile(path, "utf8"))).trim()
  })

/** The key, made when it is needed first. It is on the disk before anything is hashed with it. */
export const makeKey = ({ disk, out }: Pick<Opened, "disk" | "out">) =>
  Effect.gen(function*() {
    const known = yield* readKey(out)
    if (known !== null) return hashing(known)
    const key = randomBytes(32).toString("hex")
    yield* PrivateFile.replace(disk, keyPath(out), `${key}\n`)
    return hashing(key)
  })

const Person = Schema.Struct({ person: Schema.String, with_rows: Schema.Number, check_hash: Schema.String })
const Hash = Schema.Struct({
  hash: Schema.String,
  kind: Schema.Literal("number", "contact"),
  letters: Schema.Number,
  person: Schema.String
})
const Row = Schema.Struct({ id: Schema.String, person: Schema.String })

/** Null where nobody was ever erased. */
export const load = (
  out: string,
  statements: Pick<Statements, "all">
): Effect.Effect<Memory | null, LedgerError | Damaged> =>
  Effect.gen(function*() {
    const people = yield* statements.all(Person, "SELECT person, with_rows, check_hash FROM erasures")
    if (people.length === 0) return null
    const key = yield* readKey(out)
    if (key === null) return yield* wrongKey(keyPath(out), "is missing")
    const hash = hashing(key)
    if (people.some(({ check_hash }) => check_hash !== checkOf({ hash }))) {
      return yield* wrongKey(keyPath(out), "is another key than that of this dataset")
    }
    const hashes = yield* statements.all(Hash, "SELECT hash, kind, letters, person FROM erased")
    const rows = yield* statements.all(Row, "SELECT id, person FROM erased_rows")
    const lengthsOf = (kind: "number" | "contact") =>
      new Set(hashes.flatMap((one) => one.kind === kind ? [one.letters] : []))
    return {
      hash,
      people: new Map(hashes.map(({ hash, person }) => [hash, person])),
      withRows: new Set(people.flatMap(({ person, with_rows }) => with_rows === 1 ? [person] : [])),
      lengths: { number: lengthsOf("number"), contact: lengthsOf("contact") },
      rows: new Map(rows.map(({ id, person }) => [id, person]))
    }
  })

/** Of a row with this key: what stands for it. */
export const idOf = (
  { hash }: Pick<Memory, "hash">,
  source: string,
  table: string,
  key: ReadonlyArray<string>
): string => word(hash("row", JSON.stringify([source, table, ...key.map(Sql.wellFormed)])))

/** Texts that are looked up are remembered, so many at most. */
const mostKnown = 50_000

const Named = Schema.parseJson(Schema.Struct({ id: Schema.NonEmptyString }))
const named = Schema.decodeUnknownEither(Named)

/** Who is meant by a text. */
export const finding = (memory: Memory, declaration: Declaration) => {
  const known = new Map<string, string | null>()
  const personOf = (kind: "number" | "contact", text: string): string | null => {
    const name = `${kind} ${text}`
    const before = known.get(name)
    if (before !== undefined) return before
    if (known.size >= mostKnown) known.clear()
    const found = memory.people.get(memory.hash(kind, text)) ?? null
    known.set(name, found)
    return found
  }
  const contactOf = (id: string) => memory.lengths.contact.has(id.length) ? personOf("contact", id) : null
  /** The text without the numbers and contacts of erased people, each of whom is handed to `met`. */
  const without = (text: string, met: (person: string) => void = () => {}): string => {
    const taken = (person: string | null) => {
      if (person === null) return null
      met(person)
      return gone
    }
    const changed = declaration.replaceNumbers(text, {
      lengths: memory.lengths.number,
      change: (digits) => taken(personOf("number", digits))
    })
    return memory.lengths.contact.size === 0
      ? changed
      : changed.replaceAll(/[A-Za-z0-9][A-Za-z0-9_-]+/g, (id) => taken(contactOf(declaration.contactKey(id))) ?? id)
  }
  const first = (text: string): string | null => {
    let found: string | null = null
    without(text, (person) => {
      found ??= person
    })
    return found
  }
  return { contactOf, without, first }
}

export const hiding = (memory: Memory, declaration: Declaration): Hiding => {
  const { contactOf, first, without } = finding(memory, declaration)

  const personOf = (source: string, table: string, key: ReadonlyArray<string>) =>
    memory.rows.get(idOf(memory, source, table, key)) ?? null

  /** Of a key of several columns, the line stays: what is held is counted line by line. */
  const unitFor = ({ key, name }: Pick<Table.Any, "name" | "key">, values: ReadonlyArray<string>, id: string) => {
    if (values.length === 1) return id
    const row = Object.fromEntries(key.map((column, place) => [column, values[place]]))
    const places = declaration.tables.get(name)?.placed(row) ?? {}
    return Sql.unitOf(key.map((column, place) => column in places ? values[place] ?? "" : id))
  }

  return {
    row: (source, table, row): Kept => {
      const declared = declaration.tables.get(table.name)
      if (declared === undefined) return { row, trace: null }
      if (table.parent !== null && personOf(source, table.parent.table, [String(row[table.parent.by])]) !== null) {
        return { row: null, trace: null }
      }
      const key = table.key.map((column) => String(row[column]))
      const person = [
        ...declared.numbers(row).map(first),
        ...declared.contacts(row).map(contactOf),
        personOf(source, table.name, key)
      ].find(Predicate.isNotNull)
      if (person === undefined) return { row: declared.reworded(row, without), trace: null }
      const id = idOf(memory, source, table.name, key)
      memory.rows.set(id, person)
      const bare = memory.withRows.has(person) ? null : declared.bare(row)
      const trace: Trace = {
        table: table.name,
        person,
        id,
        unit: unitFor(table, key, id),
        says: bare === null ? declared.placed(row) : null
      }
      return { row: bare, trace }
    },
    key: (source, tables, unit) => {
      if (memory.rows.size === 0) return unit
      const values = Sql.valuesOf(unit)
      for (const table of tables) {
        const declared = declaration.tables.get(table.name)
        if (declared === undefined || table.parent !== null || table.key.length !== values.length) continue
        const id = idOf(memory, source, table.name, values)
        const person = memory.rows.get(id) ??
          values.map((value, place) => declared.personal.has(table.key[place] ?? "") ? first(value) : null)
            .find(Predicate.isNotNull)
        if (person !== undefined && (memory.withRows.has(person) || declared.bare({}) === null)) {
          return unitFor(table, values, id)
        }
      }
      return unit
    },
    text: (source, raw) => {
      const id = Either.getOrNull(Either.map(named(raw), ({ id }) => declaration.contactKey(id)))
      const isOfErased = declaration.json(raw, without) !== raw ||
        (id !== null && [...declaration.tables.keys()].some((table) => personOf(source, table, [id]) !== null))
      return !isOfErased ? raw : JSON.stringify({
        ...id === null || without(id) !== id ? {} : { id },
        erased: word(memory.hash("row", raw))
      })
    }
  }
}

/** What hides the people who were erased; null where nobody was. */
export const open = (
  out: string,
  statements: Pick<Statements, "all">,
  people: Declaration | undefined
): Effect.Effect<Hiding | null, LedgerError | Damaged> =>
  Effect.flatMap(load(out, statements), (memory) =>
    memory === null
      ? Effect.succeed(null)
      : people === undefined
      ? Effect.dieMessage("People were erased from this dataset: it is opened with what its tables say of people")
      : Effect.succeed(hiding(memory, people)))

/** Remembers rows of erased people, in the moment in which they land or leave. */
export const record = (
  statements: Statements,
  shelf: number,
  traces: ReadonlyArray<Trace>
): Effect.Effect<void, LedgerError> =>
  traces.length === 0 ? Effect.void : statements.run(
    `INSERT INTO erased_rows (shelf, unit, id, says, gone_at, person)
      SELECT ?, value ->> 0, value ->> 1, value ->> 2, (value ->> 2) ->> 'gone_at', value ->> 3 FROM json_each(?) WHERE true
      ON CONFLICT (shelf, unit) DO UPDATE SET gone_at = excluded.gone_at,
        -- What a reading leaves out, another one has said.
        says = CASE WHEN says IS NULL THEN excluded.says ELSE json_patch(says, excluded.says) END`,
    shelf,
    JSON.stringify(
      traces.map(({ id, person, says, unit }) => [unit, id, says === null ? null : JSON.stringify(says), person])
    )
  )

/** Rows that stood in a file are remembered no longer. */
export const forgetRows = (
  statements: Statements,
  memory: Memory,
  { shelf, source, table }: { readonly shelf: number; readonly source: string; readonly table: string },
  units: ReadonlyArray<string>
): Effect.Effect<void, LedgerError> =>
  statements.run(
    "DELETE FROM erased_rows WHERE shelf = ? AND id IN (SELECT value FROM json_each(?))",
    shelf,
    JSON.stringify(
      units.map((unit) => idOf(memory, source, table, Sql.valuesOf(unit)))
    )
  )

const Count = Schema.Struct({ count: Schema.Number })

/** Where rows are remembered that left. A ledger of an earlier version, which a reader leaves as it is, knows none. */
export const relation = (ledger: Pick<Statements, "all">): Effect.Effect<string, LedgerError> =>
  Effect.map(
    ledger.all(Count, "SELECT count(*) AS count FROM sqlite_master WHERE name = 'erased_rows'"),
    ([found]) =>
      found?.count === 1
        ? "(SELECT * FROM erased_rows WHERE says IS NOT NULL)"
        : "(SELECT 0 AS shelf, '' AS unit, '' AS id, '{}' AS says, NULL AS gone_at WHERE false)"
  )
