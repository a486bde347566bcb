/** Whether the ledger of a dataset can be used, told without opening it: whatever opens a ledger may change its files. */
import type { DiskError } from "@trunkline/parquet"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as fs from "node:fs/promises"
import { dirname, join } from "node:path"
import { DamagedLedger, type LedgerError, LedgerFailed, type NewerLedger, type OtherLedger } from "../DatasetError.js"
import * as Ledger from "../Ledger.js"
import * as LandedRows from "./landedRows.js"
import * as Layout from "./layout.js"
import { identityIn, onDisk, otherLedger } from "./opened.js"
import * as Places from "./places.js"
import * as RunLog from "./runs.js"
import * as Standings from "./standing.js"
import * as State from "./state.js"

export type LedgerFault = DamagedLedger | OtherLedger

const sizeOf = (path: string): Effect.Effect<number, DiskError> =>
  Effect.flatMap(
    Places.kindOf(path),
    (kind) =>
      kind === "file"
        ? Effect.map(onDisk("inspect", path, () => fs.lstat(path)), ({ size }) => size)
        : Effect.succeed(0)
  )

/** With what was written to it last. The copy is gone with the scope, or with a later start. */
const copied = (path: string): Effect.Effect<string, DiskError, Scope.Scope> =>
  Effect.gen(function*() {
    const temporary = join(dirname(path), Layout.temporary)
    yield* onDisk("create", temporary, () => fs.mkdir(temporary, { recursive: true, mode: 0o700 }))
    const folder = yield* Effect.acquireRelease(
      onDisk("create", temporary, () => fs.mkdtemp(join(temporary, "reader-"))),
      (folder) => Effect.ignore(onDisk("unlink", folder, () => fs.rm(folder, { recursive: true, force: true })))
    )
    const copy = join(folder, Layout.ledger)
    for (const suffix of ["", "-wal"]) {
      if ((yield* sizeOf(`${path}${suffix}`)) === 0) continue
      yield* onDisk("write", copy, () => fs.copyFile(`${path}${suffix}`, `${copy}${suffix}`))
    }
    return copy
  })

/** What else SQLite says speaks of the machine, not of the file. */
const ofMachine = /^SQLITE_(?:BUSY|LOCKED|NOMEM|INTERRUPT|READONLY|CANTOPEN|IOERR)/

/** Whether a ledger failed because its file is damaged. */
export const isDamage = (error: { readonly _tag: string }): error is LedgerFailed =>
  error instanceof LedgerFailed && (error.code === "SQLITE_IOERR_SHORT_READ" || !ofMachine.test(error.code))

export const damage = (out: string, { code, operation }: LedgerFailed): DamagedLedger =>
  new DamagedLedger({
    path: join(out, Layout.own, Layout.ledger),
    findings: [`SQLite failed to ${operation}: ${code}`]
  })

const Invalid = Schema.Struct({ count: Schema.Number })

/** Fails where a row is not one that this program writes. */
const legible = (ledger: Ledger.Ledger): Effect.Effect<void, LedgerError> =>
  Effect.gen(function*() {
    yield* State.certificates(ledger)
    yield* RunLog.newest(ledger, Number.MAX_SAFE_INTEGER, 0)
    yield* LandedRows.waiting(ledger)
    yield* Standings.all(ledger)
    const [invalid] = yield* ledger.all(
      Invalid,
      `SELECT (SELECT count(*) FROM keys WHERE NOT json_valid(numbers))
        + (SELECT count(*) FROM renumbered WHERE NOT json_valid(numbers))
        + (SELECT count(*) FROM sightings WHERE NOT json_valid(row)) AS count`
    )
    if (invalid?.count !== 0) {
      return yield* new LedgerFailed({ operation: "understand its own rows", code: "SQLITE_CORRUPT" })
    }
  })

/** Why the ledger of this folder cannot be used; null where it can be, or where nothing has begun. */
export const of = (
  out: string,
  { folder, hasFiles }: {
    /** Whose folder it is. */
    readonly folder: Option.Option<string>
    readonly hasFiles: boolean
  }
): Effect.Effect<LedgerFault | null, LedgerError | NewerLedger> =>
  Effect.gen(function*() {
    const path = join(out, Layout.own, Layout.ledger)
    const lost = hasFiles ? otherLedger(out, folder) : null
    if ((yield* sizeOf(path)) === 0) return lost
    const ledger = yield* Ledger.openReader(yield* copied(path))
    const damaged = yield* Ledger.damage(ledger, path, "indices")
    if (damaged !== null) return damaged
    const identity = yield* identityIn(ledger)
    if (Option.isNone(identity)) return lost
    if (!Option.contains(folder, identity.value.id)) return otherLedger(out, folder, identity.value.id)
    if ((yield* Ledger.versionOf(ledger)) === Ledger.version) yield* legible(ledger)
    return null
  }).pipe(
    Effect.catchIf(isDamage, (error) => Effect.succeed(damage(out, error))),
    Effect.scoped
  )
