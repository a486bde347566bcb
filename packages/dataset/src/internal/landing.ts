/** Rows on their way: files of one window, recorded together with its proof. */
import * as Disk from "@trunkline/parquet/Disk"
import type * as Table from "@trunkline/parquet/Table"
import * as Array from "effect/Array"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import { randomUUID } from "node:crypto"
import * as fs from "node:fs/promises"
import type { Window } from "../Certificate.js"
import type { Damaged, LedgerError } from "../DatasetError.js"
import type { Taken } from "../Gathered.js"
import type { Trace } from "../Hiding.js"
import type { Statements } from "../Ledger.js"
import { type Proof, proved as prove } from "../Proof.js"
import * as Erased from "./erased.js"
import * as ErasedList from "./erasedList.js"
import * as KeptKeys from "./keptKeys.js"
import * as LandedRows from "./landedRows.js"
import * as LandingFile from "./landingFile.js"
import * as Layout from "./layout.js"
import { onDisk, type Opened, ownPath, shelfOf } from "./opened.js"
import { ownFilesIn } from "./places.js"
import * as Quarantine from "./quarantine.js"
import * as Spellings from "./spellings.js"
import { unitOf } from "./sql.js"
import * as State from "./state.js"

export interface TableRows<E> {
  readonly table: Table.Any
  readonly groups: ReadonlyArray<string>
  readonly rows: Stream.Stream<Taken, E>
  readonly emptied?: ReadonlyArray<{ readonly answer: number; readonly of: ReadonlyArray<string> }> | undefined
}

export interface Pending {
  readonly id: string
  readonly endedAt: DateTime.Utc
  readonly dueAt: DateTime.Utc
  /** Asks for it once more, also where it was settled before. */
  readonly again?: boolean | undefined
}

export interface Landing<E> {
  readonly window: Window
  /** Null for what claims no stretch of time. */
  readonly proof: Proof | null
  /** Whether each key of the proof is that of a row, which `Verify` then looks for; true when left out. */
  readonly keysOfRows?: boolean | undefined
  readonly tables: ReadonlyArray<TableRows<E>>
  readonly refused?: ReadonlyArray<Quarantine.Refused> | undefined
  /** Keys of the rows that came whole: those of them that were in quarantine leave it. */
  readonly shown?: ReadonlyArray<string> | undefined
  readonly pending?: ReadonlyArray<Pending> | undefined
  readonly postponed?: ReadonlyArray<Pick<Pending, "id" | "dueAt">> | undefined
  readonly settled?: ReadonlyArray<string> | undefined
  /** The id that was received of each key: requests by id send what came last. */
  readonly received?: ReadonlyArray<Spellings.Received> | undefined
  readonly facts?: Readonly<Record<string, string>> | undefined
  /** Rows of erased people that were read, as `Hiding` says. */
  readonly traces?: ReadonlyArray<Trace> | undefined
  readonly runId: string
  readonly readAt: DateTime.Utc
}

export interface Landed {
  readonly rows: Readonly<Record<string, number>>
  /** Rows that were not in quarantine before. */
  readonly quarantined: number
}

/** When what is settled is due. */
export const never = Number.MAX_SAFE_INTEGER

/** How many of its rows were not in quarantine before. */
const quarantine = (
  statements: Statements,
  { postponed = [], proof, readAt, refused = [], runId, settled = [], shown = [], window }: Landing<unknown>
) =>
  Quarantine.record(statements, {
    window,
    runId,
    readAt,
    refused,
    shown: [...shown, ...settled, ...postponed.map(({ id }) => id)],
    finished: proof !== null && proof.verdict !== "uncertified"
  })

const remember = (statements: Statements, landing: Landing<unknown>) =>
  Effect.gen(function*() {
    const { scope, source } = landing.window
    const pending = landing.pending ?? []
    for (const again of [false, true]) {
      const some = pending.filter((one) => (one.again ?? false) === again)
      if (some.length === 0) continue
      yield* statements.run(
        `INSERT INTO pending SELECT ?, ?, value ->> 0, value ->> 1, value ->> 2, 0 FROM json_each(?) WHERE true
          ON CONFLICT DO ${again ? "UPDATE SET due_at = excluded.due_at" : "NOTHING"}`,
        source,
        scope,
        JSON.stringify(some.map(({ dueAt, endedAt, id }) => [id, endedAt.epochMillis, dueAt.epochMillis]))
      )
    }
    const postponed = landing.postponed ?? []
    if (postponed.length > 0) {
      yield* statements.run(
        `INSERT INTO pending SELECT source, scope, pending.id, ended_at, value ->> 1, asked + 1
          FROM json_each(?) CROSS JOIN pending ON source = ? AND scope = ? AND pending.id = value ->> 0 WHERE true
          ON CONFLICT DO UPDATE SET due_at = excluded.due_at, asked = excluded.asked`,
        JSON.stringify(postponed.map(({ dueAt, id }) => [id, dueAt.epochMillis])),
        source,
        scope
      )
    }
    // Kept, so that a list that shows them once more does not make them wait again.
    const settled = landing.settled ?? []
    if (settled.length > 0) {
      yield* statements.run(
        "UPDATE pending SET due_at = ? WHERE source = ? AND scope = ? AND id IN (SELECT value FROM json_each(?))",
        never,
        source,
        scope,
        JSON.stringify(settled)
      )
    }
    for (const [name, value] of Object.entries(landing.facts ?? {})) {
      yield* statements.run("INSERT OR REPLACE INTO facts VALUES (?, ?, ?, ?)", source, scope, name, value)
    }
  })

/** One file per table, then one transaction that names them all. */
export const land = Effect.fnUntraced(function*<E>(
  opened: Opened,
  landing: Landing<E>
) {
  // It is a part of paths.
  if (!Layout.isSource(landing.window.source)) {
    return yield* Effect.dieMessage("A source is called by small letters, digits, dots and dashes")
  }
  for (const { groups, table } of landing.tables) {
    const unknown = groups.find((name) => !table.groups.some((group) => group.name === name))
    if (unknown !== undefined) return yield* Effect.dieMessage(`${table.name} has no group ${unknown}`)
  }
  const { proof } = landing
  const proved = proof === null ? null : yield* prove({ ...landing, proof })
  const names: Array<string> = []
  const write = Effect.forEach(landing.tables, ({ emptied = [], groups, rows, table }) =>
    Effect.gen(function*() {
      const file = `${randomUUID()}.ndjson.gz`
      const path = ownPath(opened, Layout.landing, file)
      names.push(file)
      const written = yield* Effect.provideService(
        LandingFile.write(table, rows, path),
        Disk.Disk,
        opened.disk
      )
      yield* onDisk("write", path, () => fs.chmod(path, 0o600))
      return { ...written, emptied, file, groups, table }
    }))
  const record = (files: Effect.Effect.Success<typeof write>) =>
    opened.ledger.transaction("landing commit", (statements) =>
      Effect.gen(function*() {
        const window = proved === null ? null : yield* State.certify(statements, proved.certificate)
        if (proved !== null && window !== null) {
          yield* KeptKeys.replace(statements, window, { ...proved, ofRows: landing.keysOfRows ?? true })
        }
        for (const { bytes, emptied, file, groups, lines, rows, sha256, table } of files) {
          if (rows === 0 && emptied.length === 0) continue
          const shelf = yield* shelfOf(statements, table.name, landing.window.source)
          yield* statements.run(
            `INSERT INTO landings (shelf, window, file, sha256, rows, bytes, groups, emptied)
              VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
            shelf.id,
            window,
            file,
            sha256,
            rows,
            bytes,
            JSON.stringify(groups),
            JSON.stringify(emptied.map(({ answer, of }) => [unitOf(of), answer]))
          )
          yield* LandedRows.record(statements, file, lines)
        }
        yield* remember(statements, landing)
        yield* Spellings.remember(statements, landing.window.source, landing.received ?? [])
        for (const [table, traces] of Object.entries(Array.groupBy(landing.traces ?? [], ({ table }) => table))) {
          const shelf = yield* shelfOf(statements, table, landing.window.source)
          yield* Erased.record(statements, shelf.id, traces)
        }
        if ((landing.traces ?? []).length > 0) yield* ErasedList.write(opened, statements)
        return yield* quarantine(statements, landing)
      }))
  return yield* Effect.gen(function*() {
    const files = yield* write
    const quarantined = yield* record(files)
    for (const { emptied, path, rows } of files) {
      if (rows === 0 && emptied.length === 0) yield* Effect.ignore(opened.disk.unlink(path))
    }
    const rows: Record<string, number> = {}
    for (const { rows: added, table } of files) rows[table.name] = (rows[table.name] ?? 0) + added
    const landed: Landed = { rows, quarantined }
    return landed
  }).pipe(
    // No record names these files. Should this fail too, the next start sweeps them.
    Effect.onError(() => forget(opened, names))
  )
})

const Named = Schema.Struct({ file: Schema.String })

const named = ({ ledger }: Opened) =>
  Effect.map(ledger.all(Named, "SELECT file FROM landings"), (rows) => new Set(rows.map(({ file }) => file)))

const forget = (opened: Opened, names: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    // A commit may have happened although it was reported as failed.
    const known = yield* named(opened)
    yield* Effect.forEach(
      names.filter((name) => !known.has(name)),
      (name) => opened.disk.unlink(ownPath(opened, Layout.landing, name)),
      { discard: true }
    )
  }).pipe(Effect.ignore)

/** Landings that are published to the last partition. Others may be on their way to a name just now. */
export const forgetPublished = (opened: Opened): Effect.Effect<void, LedgerError> =>
  Effect.gen(function*() {
    const done = yield* opened.ledger.all(Named, "SELECT file FROM landings WHERE published = 1")
    if (done.length === 0) return
    for (const { file } of done) yield* opened.disk.unlink(ownPath(opened, Layout.landing, file))
    yield* opened.ledger.transaction(
      "forget commit",
      (statements) => statements.run("DELETE FROM landings WHERE published = 1")
    )
  })

/** At a start only. Removes files that no landing names, and landings that are published to the last partition. */
export const sweep = (opened: Opened): Effect.Effect<void, Damaged | LedgerError> =>
  Effect.gen(function*() {
    yield* forgetPublished(opened)
    const known = yield* named(opened)
    for (const name of yield* ownFilesIn(ownPath(opened, Layout.landing))) {
      if (!known.has(name)) yield* opened.disk.unlink(ownPath(opened, Layout.landing, name))
    }
  })
