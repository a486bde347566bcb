/** The steps of an erasure, each of which may be the last before the next start goes on. */
import type { DiskError } from "@trunkline/parquet"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import { type Damaged, type LedgerError, LedgerFailed, type QueryError } from "../DatasetError.js"
import type * as Finding from "../Finding.js"
import type { Hiding } from "../Hiding.js"
import type { Statements } from "../Ledger.js"
import { memory } from "../Session.js"
import * as Certificates from "./certificates.js"
import * as Erased from "./erased.js"
import * as ErasedList from "./erasedList.js"
import * as Files from "./files.js"
import * as KeptKeys from "./keptKeys.js"
import { forgetPublished } from "./landing.js"
import * as Layout from "./layout.js"
import { onDisk, type Opened, ownPath } from "./opened.js"
import * as Places from "./places.js"
import * as Rekeying from "./rekeying.js"
import * as Rewriting from "./rewriting.js"
import * as Scanning from "./scanning.js"
import * as Sightings from "./sightings.js"
import * as Withdrawing from "./withdrawing.js"

type Failure = Damaged | LedgerError | QueryError

/** Where the ledger keeps words of rows for a while, or beside them: a table, its columns with words, and those of its key. */
const beside = [
  { table: "lost", words: ["unit"] },
  { table: "folds", words: ["unit"] },
  { table: "spellings", words: ["key", "id"] },
  { table: "facts", words: ["name", "value"] },
  { table: "standing", words: ["name", "says"] }
] as const

const Words = Schema.Struct({ text: Schema.StringFromHex })

/** Rows of the ledger in which a person is named leave: each says only what a run finds out again. */
const forgetWords = (opened: Opened, isNamed: (text: string) => boolean): Effect.Effect<void, LedgerError> =>
  opened.ledger.transaction(
    "state commit",
    (statements) =>
      Effect.forEach(beside, ({ table, words }) =>
        Effect.forEach(words, (column) =>
          Effect.gen(function*() {
            const found = yield* statements.all(Words, `SELECT DISTINCT hex(${column}) AS text FROM ${table}`)
            for (const { text } of found) {
              if (isNamed(text)) yield* statements.run(`DELETE FROM ${table} WHERE ${column} = ?`, text)
            }
          }), { discard: true }), { discard: true })
  )

const Key = Schema.Struct({ source: Schema.String, key: Schema.StringFromHex })

/** Keys of rows that left are asked for no longer. */
const forgetKeys = (opened: Opened, hiding: Hiding): Effect.Effect<void, LedgerError> =>
  opened.ledger.transaction(
    "state commit",
    (statements) =>
      Effect.forEach([["pending", "id"], ["spellings", "key"]] as const, ([table, column]) =>
        Effect.gen(function*() {
          const tables = [...opened.tables.values()]
          for (
            const { key, source } of yield* statements.all(Key, `SELECT source, hex(${column}) AS key FROM ${table}`)
          ) {
            if (hiding.key(source, tables, key) === key) continue
            yield* statements.run(`DELETE FROM ${table} WHERE source = ? AND ${column} = ?`, source, key)
          }
        }), { discard: true })
  )

const Sighted = Schema.Struct({ shelf: Schema.Number, unit: Schema.StringFromHex, row: Schema.StringFromHex })

/** Tags and names of agents are words of ours. A number of a person in one leaves it. */
const forgetSightings = (opened: Opened, change: (text: string) => string): Effect.Effect<void, LedgerError> =>
  opened.ledger.transaction("state commit", (statements) =>
    Effect.gen(function*() {
      for (
        const { row, shelf, unit } of yield* statements.all(
          Sighted,
          "SELECT shelf, hex(unit) AS unit, hex(row) AS row FROM sightings"
        )
      ) {
        const text = opened.people?.json(row, change) ?? row
        if (text === row || change(unit) !== unit) continue
        yield* statements.run(
          "UPDATE sightings SET row = ?, changed = changed + 1 WHERE shelf = ? AND unit = ?",
          text,
          shelf,
          unit
        )
      }
    }))

/** Files that hold no rows of the dataset and may hold the person: whatever a repair set aside, and what DuckDB spilled before. */
export const removeOthers = (opened: Opened): Effect.Effect<number, DiskError | Damaged> =>
  Effect.gen(function*() {
    let removed = 0
    for (const folder of [Layout.aside, Layout.temporary]) {
      const path = ownPath(opened, folder)
      for (const { name } of yield* Places.entriesOf(path)) {
        if (folder === Layout.temporary && name === Layout.writer) continue
        yield* onDisk("unlink", join(path, name), () => fs.rm(join(path, name), { recursive: true, force: true }))
        if (folder === Layout.aside) removed += 1
      }
    }
    const own = ownPath(opened)
    for (const { name } of yield* Places.entriesOf(own)) {
      if (/^ledger-\d+\.db/.test(name)) {
        yield* opened.disk.unlink(join(own, name))
        removed += 1
      }
    }
    yield* opened.disk.syncDirectory(own)
    return removed
  })

const Checkpoint = Schema.Struct({ busy: Schema.Number })

/** Writes the ledger anew without what was deleted in it. False where a reader still looks at old pages. */
export const shrink = (opened: Opened): Effect.Effect<boolean, LedgerError> =>
  Effect.gen(function*() {
    yield* opened.ledger.run("VACUUM")
    const [found] = yield* opened.ledger.all(Checkpoint, "PRAGMA wal_checkpoint(TRUNCATE)")
    return found?.busy === 0
  })

export interface Finished {
  readonly changed: Readonly<Record<string, number>>
  readonly left: Readonly<Record<string, number>>
  readonly quarantined: number
  readonly removed: number
  readonly damaged: ReadonlyArray<Finding.Finding>
  readonly done: boolean
}

/** Finishes what was begun, as far as files can be read. */
export const finish = (opened: Opened): Effect.Effect<Finished, Failure> =>
  Effect.gen(function*() {
    const { ledger, people } = opened
    const known = yield* Erased.load(opened.out, ledger)
    if (people === null || known === null) {
      return yield* new LedgerFailed({ operation: "find who is to be erased", code: "SQLITE_NOTFOUND" })
    }
    // What is deleted is overwritten at once.
    yield* ledger.run("PRAGMA secure_delete = ON")
    const hiding = Erased.hiding(known, people)
    const { without } = Erased.finding(known, people)
    // Whatever lands from now on is without the person.
    opened.hiding.current = hiding
    yield* forgetPublished(opened)
    const connection = yield* opened.session.connect
    // A file whose rows are megabytes long each needs more than is otherwise enough.
    yield* connection.run("SET memory_limit = '1GB'")
    yield* Effect.addFinalizer(() => Effect.ignore(opened.session.run(`SET memory_limit = '${memory}'`)))
    const looked = yield* Rewriting.look(opened, connection, hiding)
    // Keys before rows, so that whoever verifies meanwhile finds each key.
    const quarantined = yield* Rekeying.rekey(opened, hiding)
    const rewritten = yield* Rewriting.rewrite(opened, connection, hiding, looked)
    yield* forgetWords(opened, (text) => without(text) !== text)
    yield* forgetKeys(opened, hiding)
    yield* forgetSightings(opened, without)
    const certificates = yield* Certificates.publish(opened, connection)
    const seen = yield* Sightings.publish(opened, connection)
    const removed = yield* removeOthers(opened)
    const subject = { ...opened, tables: [...opened.tables.values()] }
    const unknown = yield* Files.unknown(subject, yield* Files.known(subject), {
      misplaced: new Set(),
      where: "anywhere"
    })
    const damaged = [...rewritten.damaged, ...certificates.damaged, ...seen.damaged, ...unknown]
    const isWhole = rewritten.damaged.length === 0
    const done = (yield* shrink(opened)) && isWhole
    if (done) {
      yield* ledger.transaction("mark commit", (statements) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) =>
          statements.run("UPDATE erasures SET done_at = ? WHERE done_at IS NULL", now)))
    }
    return { ...rewritten, quarantined, removed, damaged, done }
  }).pipe(Effect.scoped)

const Count = Schema.Struct({ count: Schema.Number })

/** Whether an erasure was begun that has not ended. */
export const isUnfinished = (ledger: Pick<Statements, "all">): Effect.Effect<boolean, LedgerError> =>
  Effect.map(
    ledger.all(Count, "SELECT count(*) AS count FROM erasures WHERE done_at IS NULL"),
    ([found]) => (found?.count ?? 0) > 0
  )

/** The numbers of a contact: those of rows that name no other. */
export const numbersOf = (opened: Opened, contact: string): Effect.Effect<ReadonlyArray<string>, Failure> =>
  Effect.gen(function*() {
    const numbers = new Set<string>()
    const connection = yield* opened.session.connect
    yield* Scanning.eachRow(opened, connection, (_, { name }, row) => {
      const declared = opened.people?.tables.get(name)
      const contacts = new Set(declared?.contacts(row))
      if (declared === undefined || contacts.size !== 1 || !contacts.has(contact)) return
      const [number, ...others] = declared.numbers(row)
      if (number !== undefined && others.length === 0) numbers.add(number)
    })
    return [...numbers]
  }).pipe(Effect.scoped)

export interface ForgetOptions {
  /** Facts whose names begin so say how far a list without event times was read. */
  readonly frontier: string
}

const Pending = Schema.Struct({ source: Schema.String, id: Schema.StringFromHex })
const Window = Schema.Struct({ id: Schema.Number, source: Schema.String, keys: Schema.String })

/** What was left out is read again: certificates that count rows of these people are withdrawn. */
export const forget = (
  opened: Opened,
  memory: Erased.Memory,
  people: ReadonlySet<string>,
  { frontier }: ForgetOptions
): Effect.Effect<void, Failure> =>
  Effect.gen(function*() {
    const tables = [...opened.tables.values()].filter(({ parent }) => parent === null)
    const theirs = new Set([...memory.rows].flatMap(([id, person]) => people.has(person) ? [id] : []))
    const isTheirs = (source: string, key: string) =>
      tables.some(({ name }) => theirs.has(Erased.idOf(memory, source, name, [key])))
    yield* opened.ledger.transaction("state commit", (statements) =>
      Effect.gen(function*() {
        const windows = yield* statements.all(
          Window,
          `SELECT id, source, hex(keys) AS keys FROM windows JOIN window_keys ON "window" = id
            WHERE keys IS NOT NULL AND verdict = 'certified'`
        )
        const words = [...theirs]
        const counting = windows.flatMap(({ id, keys, source }) =>
          Option.match(KeptKeys.read(keys), {
            onNone: () => [],
            onSome: ({ refused, rows }) =>
              rows.some((key) => words.some((word) => key.includes(word)) || isTheirs(source, key)) ||
                refused.length > 0
                ? [id]
                : []
          })
        )
        yield* Withdrawing.withdraw(
          statements,
          yield* Withdrawing.certified(
            statements,
            "(id IN (SELECT value FROM json_each(?)) OR id IN (SELECT \"window\" FROM window_keys WHERE state = 'unknown'))",
            JSON.stringify(counting)
          )
        )
        for (const { id, source } of yield* statements.all(Pending, "SELECT source, hex(id) AS id FROM pending")) {
          if (isTheirs(source, id)) {
            yield* statements.run("UPDATE pending SET due_at = 0, asked = 0 WHERE source = ? AND id = ?", source, id)
          }
        }
        yield* statements.run(
          "DELETE FROM facts WHERE substr(name, 1, ?) = ?",
          frontier.length,
          frontier
        )
        yield* statements.run(
          "DELETE FROM erasures WHERE person IN (SELECT value FROM json_each(?))",
          JSON.stringify([...people])
        )
        yield* ErasedList.write(opened, statements)
      }))
    opened.hiding.current = yield* Erased.open(opened.out, opened.ledger, opened.people ?? undefined)
    const connection = yield* opened.session.connect
    yield* Certificates.publish(opened, connection)
  }).pipe(Effect.scoped)
