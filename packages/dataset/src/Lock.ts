/**
 * One writer at a time: a write transaction held open on a file of its own, which the kernel ends with the process.
 *
 * @since 0.1.0
 */
import * as Reactivity from "@effect/experimental/Reactivity"
import * as LibsqlClient from "@effect/sql-libsql/LibsqlClient"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { constants } from "node:fs"
import * as fs from "node:fs/promises"
import { hostname } from "node:os"
import { join } from "node:path"
import { pid } from "node:process"
import { pathToFileURL } from "node:url"
import { DatasetLocked, type LedgerError } from "./DatasetError.js"
import * as Layout from "./internal/layout.js"
import * as Room from "./internal/room.js"

const Holder = Schema.Struct({ pid: Schema.Number, host: Schema.String, since: Schema.String })
const readHolder = Schema.decode(Schema.parseJson(Holder))

/**
 * What the last holder wrote beside the lock; null where nothing readable stands there. Only for messages: whether the lock is
 * held is what the kernel says.
 *
 * @since 0.1.0
 * @category getters
 */
export const holder = (out: string): Effect.Effect<typeof Holder.Type | null> =>
  Effect.tryPromise(() => fs.readFile(join(out, Layout.own, Layout.holder), "utf8")).pipe(
    Effect.flatMap(readHolder),
    Effect.orElseSucceed(() => null)
  )

/**
 * Whether a process holds the lock; null where the system does not say. It does not take the lock, which would be in the way
 * of a writer.
 *
 * @since 0.1.0
 * @category getters
 */
export const isHeld = (out: string): Effect.Effect<boolean | null> =>
  Effect.tryPromise(async () => {
    const path = join(out, Layout.own, Layout.lock)
    const [{ ino }, locks] = await Promise.all([fs.stat(path), fs.readFile("/proc/locks", "utf8")])
    return locks.split("\n").some((line) => /\bWRITE\b/.test(line) && line.includes(`:${ino} `))
  }).pipe(Effect.orElseSucceed(() => null))

const codeOf = (value: unknown): string =>
  Predicate.hasProperty(value, "code") && Predicate.isString(value.code)
    ? value.code
    : Predicate.hasProperty(value, "cause")
    ? codeOf(value.cause)
    : "UNKNOWN"

/**
 * Holds the lock of the dataset in this folder until the scope ends, and writes nothing but the file of the lock, where it is
 * missing. The folder's `_trunkline` must be there.
 *
 * @since 0.1.0
 * @category constructors
 */
export const take: (out: string) => Effect.Effect<void, DatasetLocked | LedgerError, Scope.Scope> = Effect
  .fnUntraced(function*(out) {
    const path = join(out, Layout.own, Layout.lock)
    const failed = (code: string) =>
      Effect.flatMap(Room.ledgerError(path, { operation: "take the lock", code }), Effect.fail)
    const refuse = (cause: unknown): Effect.Effect<never, DatasetLocked | LedgerError> => {
      const code = codeOf(cause) || "SQLITE_CANTOPEN"
      return code.startsWith("SQLITE_BUSY")
        ? Effect.flatMap(holder(out), (holder) => new DatasetLocked({ out, holder }))
        : failed(code)
    }
    yield* Layout.privately(path).pipe(
      Effect.catchAll(failed)
    )
    // Nothing else in this process may ever open and close this file: that would drop the lock, as POSIX has it.
    const sql = yield* LibsqlClient.make({ url: pathToFileURL(path) }).pipe(
      Effect.provide(Reactivity.layer),
      Effect.catchAllDefect(refuse)
    )
    yield* Effect.acquireRelease(
      sql.unsafe("BEGIN IMMEDIATE").pipe(Effect.catchAll(refuse)),
      // Closing alone may wait for statements to be collected.
      () => Effect.ignore(sql.unsafe("ROLLBACK"))
    )
  })

/**
 * Writes beside the lock who holds it, for the message that another process prints. For the holder.
 *
 * @since 0.1.0
 * @category constructors
 */
export const sign: (out: string) => Effect.Effect<void> = Effect.fnUntraced(function*(out) {
  const since = DateTime.formatIso(DateTime.unsafeMake(yield* Clock.currentTimeMillis))
  const flag = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | (constants.O_NOFOLLOW ?? 0)
  yield* Effect.ignore(
    Effect.tryPromise(() =>
      fs.writeFile(join(out, Layout.own, Layout.holder), JSON.stringify({ pid, host: hostname(), since }), {
        flag,
        mode: 0o600
      })
    )
  )
})

/**
 * Holds the lock of the dataset in this folder until the scope ends, and says who does. The folder's `_trunkline` must be
 * there.
 *
 * @since 0.1.0
 * @category constructors
 */
export const acquire = (out: string): Effect.Effect<void, DatasetLocked | LedgerError, Scope.Scope> =>
  Effect.zipLeft(take(out), sign(out))
