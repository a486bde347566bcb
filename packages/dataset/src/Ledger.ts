/**
 * The book of a dataset, in one SQLite file: what was read, what lies where, what is under way.
 *
 * @since 0.1.0
 */
import * as Reactivity from "@effect/experimental/Reactivity"
import * as LibsqlClient from "@effect/sql-libsql/LibsqlClient"
import type { DiskError } from "@trunkline/parquet"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as fs from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { DamagedLedger, type LedgerError, LedgerFailed, NewerLedger } from "./DatasetError.js"
import { decoded } from "./internal/decoded.js"
import { migrations } from "./internal/migrations.js"
import { codeOf, onDisk } from "./internal/onDisk.js"
import * as Room from "./internal/room.js"
import { type Point, Points } from "./Points.js"

/**
 * @since 0.1.0
 * @category models
 */
export type Parameter = string | number | Uint8Array | null

/**
 * @since 0.1.0
 * @category models
 */
export interface Statements {
  /** Every row, read by a schema whose fields are the names of the columns. */
  readonly all: <A, I>(
    row: Schema.Schema<A, I>,
    sql: string,
    ...parameters: ReadonlyArray<Parameter>
  ) => Effect.Effect<ReadonlyArray<A>, LedgerError>
  readonly run: (sql: string, ...parameters: ReadonlyArray<Parameter>) => Effect.Effect<void, LedgerError>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Ledger extends Statements {
  /**
   * All of it or nothing. One at a time, and nothing else is read or written meanwhile: there is one connection, whose
   * settings a second would not have.
   */
  readonly transaction: <A, E, R>(
    point: Point,
    body: (statements: Statements) => Effect.Effect<A, E, R>
  ) => Effect.Effect<A, E | LedgerError, R>
}

/**
 * The version this program writes.
 *
 * @since 0.1.0
 * @category models
 */
export const version: number = migrations.length

const Fault = Schema.Struct({ fault: Schema.String })
const Version = Schema.Struct({ user_version: Schema.Number })

// The path is a URL to the driver, so that any name is one.
const connect = Effect.fnUntraced(function*(path: string, url: string) {
  const failed = (operation: string, code: string) =>
    Effect.flatMap(Room.ledgerError(path, { operation, code }), Effect.fail)
  // Opening is the driver's constructor, which throws.
  const sql = yield* LibsqlClient.make({ url }).pipe(
    Effect.provide(Reactivity.layer),
    // The driver puts a number in a sentence, and no code.
    Effect.catchAllDefect((defect) => failed("open", codeOf(defect) || "SQLITE_CANTOPEN"))
  )
  const execute = (text: string, parameters: ReadonlyArray<Parameter>) =>
    sql.unsafe(text, parameters).withoutTransform.pipe(
      Effect.catchAll((error) => failed(text.trimStart().split(/\s/, 2).join(" "), codeOf(error.cause)))
    )
  const statements: Statements = {
    all: (row, text, ...parameters) =>
      Effect.flatMap(
        execute(text, parameters),
        (rows) =>
          Effect.mapError(
            decoded(row, rows),
            () => new LedgerFailed({ operation: "understand its own rows", code: "SQLITE_CORRUPT" })
          )
      ),
    run: (text, ...parameters) => Effect.asVoid(execute(text, parameters))
  }
  return statements
})

/**
 * @internal
 */
export const versionOf = (statements: Pick<Statements, "all">): Effect.Effect<number, LedgerError> =>
  Effect.map(statements.all(Version, "PRAGMA user_version"), (rows) => rows[0]?.user_version ?? 0)

const sizeOf = (path: string): Effect.Effect<number | null, DiskError> =>
  onDisk("inspect", path, () => fs.lstat(path)).pipe(
    Effect.map(({ size }) => size),
    Effect.catchIf(({ code }) => code === "ENOENT", () => Effect.succeed(null))
  )

const guarded = Effect.fnUntraced(function*(statements: Statements) {
  const semaphore = yield* Effect.makeSemaphore(1)
  const points = yield* Points
  const ledger: Ledger = {
    all: (row, text, ...parameters) => semaphore.withPermits(1)(statements.all(row, text, ...parameters)),
    run: (text, ...parameters) => semaphore.withPermits(1)(statements.run(text, ...parameters)),
    transaction: (point, body) =>
      semaphore.withPermits(1)(Effect.uninterruptibleMask((restore) =>
        Effect.gen(function*() {
          yield* statements.run("BEGIN IMMEDIATE")
          const exit = yield* Effect.exit(restore(body(statements)))
          const end = Exit.isSuccess(exit)
            ? yield* Effect.exit(Effect.zipRight(points(point), statements.run("COMMIT")))
            : Exit.void
          if (Exit.isFailure(exit) || Exit.isFailure(end)) {
            // A commit that failed may have left the transaction open; one that did not has nothing to take back.
            yield* Effect.ignore(statements.run("ROLLBACK"))
          }
          yield* end
          return yield* exit
        })
      ))
  }
  return ledger
})

const DataVersion = Schema.Struct({ data_version: Schema.Number })

/**
 * Answers of one moment, whatever a writer does meanwhile, and whether one has committed anything since. For a ledger that was
 * opened for reading.
 *
 * @since 0.1.0
 * @category reading
 */
export const atOneMoment = <A, E, R>(
  ledger: Statements,
  body: Effect.Effect<A, E, R>
): Effect.Effect<{ readonly found: Exit.Exit<A, E>; readonly changed: boolean }, LedgerError, R> =>
  Effect.gen(function*() {
    const version = Effect.map(ledger.all(DataVersion, "PRAGMA data_version"), ([row]) => row?.data_version)
    const before = yield* version
    yield* ledger.run("BEGIN")
    const found = yield* Effect.exit(body).pipe(Effect.ensuring(Effect.ignore(ledger.run("ROLLBACK"))))
    return { found, changed: (yield* version) !== before }
  })

/**
 * What SQLite finds wrong with the file of a ledger: with its pages, or with its indices too, which takes longer. Null where
 * nothing is.
 *
 * @since 0.1.0
 * @category checking
 */
export const damage = (
  statements: Pick<Statements, "all">,
  path: string,
  depth: "pages" | "indices"
): Effect.Effect<DamagedLedger | null, LedgerError> =>
  Effect.map(
    statements.all(
      Fault,
      depth === "pages"
        ? "SELECT quick_check AS fault FROM pragma_quick_check(10)"
        : "SELECT integrity_check AS fault FROM pragma_integrity_check(10)"
    ),
    (rows) => {
      const faults = rows.flatMap(({ fault }) => fault.split("\n"))
      return faults.length === 1 && faults[0] === "ok"
        ? null
        : new DamagedLedger({ path, findings: faults.slice(0, 10) })
    }
  )

const keptPath = (path: string, version: number): string => path.replace(/\.db$/, `-${version}.db`)

/** Keeps the ledger as it was found, for a program of that version. A copy that is there is an earlier one, and stays. */
const keep = Effect.fnUntraced(function*(statements: Statements, path: string, found: number) {
  const kept = keptPath(path, found)
  if ((yield* sizeOf(kept)) !== null) return
  const partial = `${kept}.partial`
  yield* onDisk("unlink", partial, () => fs.rm(partial, { force: true }))
  yield* statements.run("VACUUM INTO ?", partial)
  yield* onDisk("write", partial, () => fs.chmod(partial, 0o600))
  yield* onDisk("rename", kept, () => fs.rename(partial, kept))
})

/**
 * Removes the ledgers that migrations kept.
 *
 * @since 0.1.0
 * @category migrating
 */
export const forgetKept = (path: string): Effect.Effect<void, DiskError> =>
  Effect.forEach(migrations.slice(1).keys(), (earlier) => {
    const kept = keptPath(path, earlier + 1)
    return onDisk("unlink", kept, () => fs.rm(kept, { force: true }))
  }, { discard: true })

/**
 * Opens the ledger of a writer, and brings it to this program's version. The ledger of an earlier version is kept beside it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const open: (
  path: string
) => Effect.Effect<Ledger, LedgerError | NewerLedger | DamagedLedger, Scope.Scope> = Effect.fnUntraced(function*(path) {
  const statements = yield* connect(path, pathToFileURL(path).href)
  // First, so that a ledger of a later version is not touched.
  const found = yield* versionOf(statements)
  if (found > version) return yield* new NewerLedger({ found, known: version })
  yield* statements.run("PRAGMA busy_timeout = 5000")
  const damaged = yield* damage(statements, path, "pages")
  if (damaged !== null) return yield* damaged
  yield* statements.run("PRAGMA journal_mode = WAL")
  yield* statements.run("PRAGMA synchronous = FULL")
  yield* statements.run("PRAGMA foreign_keys = ON")
  // The driver closes late: what is in the log is put into the file first, so that the file can be copied by itself.
  yield* Effect.addFinalizer(() => Effect.ignore(statements.run("PRAGMA wal_checkpoint(TRUNCATE)")))
  const ledger = yield* guarded(statements)
  if (found < version) {
    if (found > 0) yield* keep(statements, path, found)
    yield* ledger.transaction("open commit", (transaction) =>
      Effect.gen(function*() {
        for (const text of migrations.slice(found).flat()) yield* transaction.run(text)
        yield* transaction.run(`PRAGMA user_version = ${version}`)
      }))
  }
  return ledger
})

/**
 * Opens the ledger of a reader, who never waits and never makes a writer wait.
 *
 * @since 0.1.0
 * @category constructors
 */
export const openReader: (path: string) => Effect.Effect<Ledger, LedgerError | NewerLedger, Scope.Scope> = Effect
  .fnUntraced(function*(path) {
    const statements = yield* connect(path, pathToFileURL(path).href)
    yield* statements.run("PRAGMA busy_timeout = 5000")
    yield* statements.run("PRAGMA query_only = ON")
    const found = yield* versionOf(statements)
    if (found > version) return yield* new NewerLedger({ found, known: version })
    if (found === 0) return yield* new LedgerFailed({ operation: "find its tables", code: "SQLITE_NOTADB" })
    return yield* guarded(statements)
  })

/**
 * Opens the ledger of a reader as this program's version has it: one of an earlier version is copied, and the copy migrated.
 *
 * @since 0.1.0
 * @category constructors
 */
export const openCurrent: (
  path: string
) => Effect.Effect<Ledger, LedgerError | NewerLedger | DamagedLedger, Scope.Scope> = Effect.fnUntraced(
  function*(path) {
    const ledger = yield* openReader(path)
    if ((yield* versionOf(ledger)) === version) return ledger
    const folder = yield* Effect.acquireRelease(
      onDisk("create", tmpdir(), () => fs.mkdtemp(join(tmpdir(), "trunkline-"))),
      (folder) => Effect.ignore(onDisk("unlink", folder, () => fs.rm(folder, { recursive: true, force: true })))
    )
    const copy = join(folder, "ledger.db")
    // It forbids to write another file as well.
    yield* ledger.run("PRAGMA query_only = OFF")
    yield* ledger.run("VACUUM INTO ?", copy)
    return yield* open(copy)
  }
)

/**
 * Opens a ledger in which nobody writes just now, and leaves each of its bytes as it is. None where a log that a crash left is
 * still to be merged into it, which any other way of opening does.
 *
 * @since 0.1.0
 * @category constructors
 */
export const openUntouched: (
  path: string
) => Effect.Effect<Option.Option<Statements>, LedgerFailed | NewerLedger | DiskError, Scope.Scope> = Effect.fnUntraced(
  function*(path) {
    if (((yield* sizeOf(`${path}-wal`)) ?? 0) > 0 || ((yield* sizeOf(path)) ?? 0) === 0) return Option.none()
    // The driver takes no such option, and hands what follows `file:` to SQLite as it is: a URL once more.
    const statements = yield* connect(path, `file:${encodeURIComponent(`${pathToFileURL(path).href}?immutable=1`)}`)
    const found = yield* versionOf(statements)
    if (found > version) return yield* new NewerLedger({ found, known: version })
    return found === 0 ? Option.none() : Option.some(statements)
  }
)
