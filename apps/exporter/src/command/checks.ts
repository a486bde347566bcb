/** The checks of `trunkline doctor`: each one line, with what to do. */
import { Account, AlloClient, Conversations } from "@trunkline/allo"
import { AllomiaClient, Calls, Organizations } from "@trunkline/allomia"
import { count, decimal, many, span } from "@trunkline/analytics/Words"
import type { Readable } from "@trunkline/dataset/DatasetReader"
import * as Folder from "@trunkline/dataset/Folder"
import * as Lock from "@trunkline/dataset/Lock"
import { refuseWindows } from "@trunkline/dataset/System"
import { quickly } from "@trunkline/export/Planning"
import * as Clock from "effect/Clock"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as fs from "node:fs/promises"
import { dirname } from "node:path"
import * as ExitCode from "../ExitCode.js"
import type { Tag } from "../Failure.js"
import { advice } from "./advice.js"

export interface Check {
  readonly name: string
  readonly level: "ok" | "warn" | "fail"
  readonly message: string
  /** What to do; null where there is nothing to be done. */
  readonly todo: string | null
  /** What the check adds to the exit code: 0 unless it fails. */
  readonly exitCode: ExitCode.ExitCode
}

export const ok = (name: string, message: string): Check => ({ name, level: "ok", message, todo: null, exitCode: 0 })

export const warn = (name: string, message: string, todo: string | null = null): Check => ({
  name,
  level: "warn",
  message,
  todo,
  exitCode: 0
})

export const fail = (
  name: string,
  exitCode: ExitCode.ExitCode,
  message: string,
  todo: string | null = null
): Check => ({
  name,
  level: "fail",
  message,
  todo,
  exitCode
})

export const failed = (name: string, error: { readonly _tag: Tag; readonly message: string }): Check =>
  fail(name, ExitCode.ofTag(error._tag), error.message, advice(error._tag))

const skew = (name: string, answeredAt: DateTime.Utc | null, now: number): Check => {
  if (answeredAt === null) return warn(name, "the API does not tell its time")
  const apart = (now - answeredAt.epochMillis) / 1000
  // The header counts whole seconds, and an answer takes its time.
  if (Math.abs(apart) < 5) return ok(name, "this machine and the API agree")
  const message = `this machine is ${span(Math.abs(apart))} ${apart > 0 ? "ahead of" : "behind"} the API`
  if (Math.abs(apart) > 24 * 3600) {
    return fail(
      name,
      ExitCode.ofTag("ClockSkew"),
      message,
      "Set its clock, with NTP for example; if it is right, report the Date header to the vendor"
    )
  }
  return Math.abs(apart) < 60 ? ok(name, message) : warn(name, message, "Set its clock, with NTP for example")
}

const ofAllo = Effect.gen(function*() {
  const client = yield* AlloClient
  const conversations = yield* Conversations
  const account = yield* Account
  const { answeredAt, scopes, team } = yield* quickly(account.me)
  const now = yield* Clock.currentTimeMillis
  const has = (scope: string) => scopes === null || scopes.includes(scope)
  const calls = yield* Effect.either(
    quickly(conversations.search({ size: 1, type: "CALL" }))
  )
  const lines = yield* Effect.either(quickly(account.numbers))
  const [reads, searches] = [yield* client.readsPerSecond, yield* client.writesPerSecond]
  return [
    ok("allo key", `accepted${team === null || team.name === null ? "" : `, team ${team.name}`}`),
    ...(scopes === null ? [warn("allo scopes", "the key does not tell its scopes")] : [
      has("CONVERSATIONS_READ")
        ? ok("allo scopes", scopes.length === 0 ? "none" : scopes.toSorted().join(", "))
        : fail(
          "allo scopes",
          3,
          "CONVERSATIONS_READ is missing, without which no call, message or transcript can be read",
          "Give the key this scope, or make a key that has it"
        )
    ]),
    Either.match(calls, {
      onLeft: (error) => failed("allo calls", error),
      onRight: ({ total }) => ok("allo calls", total === null ? "readable" : `${many(total, "call")} readable`)
    }),
    Either.match(lines, {
      onLeft: (error) =>
        error._tag === "Forbidden"
          ? warn(
            "allo lines",
            "PHONE_NUMBERS_READ is missing, so lines are known only by the calls and messages they had",
            "Give the key this scope to read the conversations of quiet lines too"
          )
          : failed("allo lines", error),
      onRight: ({ rows }) => ok("allo lines", many(rows.filter(({ number }) => number !== null).length, "line"))
    }),
    ok("allo pace", `${decimal(reads)} reads and ${decimal(searches)} searches a second`),
    skew("allo clock", answeredAt, now)
  ]
})

export const allo: Effect.Effect<ReadonlyArray<Check>, never, AlloClient | Conversations | Account> = Effect.catchAll(
  ofAllo,
  (error) =>
    Effect.succeed([
      // Every account has this page: another base is asked.
      error._tag === "NotFound"
        ? fail("allo key", ExitCode.ofTag(error._tag), error.message, "Check ALLO_BASE_URL")
        : failed("allo key", error)
    ])
)

const largest = 5

/** Whether organisations are listed here, with this key or with another. */
export const listsOrganisations: Effect.Effect<boolean, never, Organizations> = Effect.gen(function*() {
  const listed = yield* Effect.either(quickly((yield* Organizations).list({ limit: 1 })))
  return Either.isRight(listed) || listed.left._tag === "Forbidden" || listed.left._tag === "Unauthorized"
})

/** Another base URL of Allomia, and whether the API answers there. */
export interface Elsewhere {
  readonly url: string
  readonly answers: Effect.Effect<boolean>
}

const ofAllomia = (wanted: ReadonlyArray<string>, below: Elsewhere) =>
  Effect.gen(function*() {
    const client = yield* AllomiaClient
    const calls = yield* Calls
    const service = yield* Organizations
    const listed = yield* Effect.either(quickly(service.list({ limit: 100 })))
    // Only the key of a tenant may list organisations; with another the ids are given.
    const refused = Either.isLeft(listed) && (listed.left._tag === "Forbidden" || listed.left._tag === "Unauthorized")
    if (Either.isLeft(listed) && !(refused && wanted.length > 0)) {
      const { message } = listed.left
      if (listed.left._tag === "NotFound") {
        const todo = (yield* below.answers)
          ? `The API answers below it: set ALLOMIA_BASE_URL to ${below.url}`
          : "Check ALLOMIA_BASE_URL: it ends in /api"
        return [fail("allomia key", ExitCode.ofTag(listed.left._tag), message, todo)]
      }
      return [
        refused
          ? fail(
            "allomia key",
            3,
            message,
            "Only the key of a tenant may list organisations: with another, name yours in ALLOMIA_ORGANIZATION_IDS"
          )
          : failed("allomia key", listed.left)
      ]
    }
    const organizations = Either.isRight(listed) ? listed.right.rows : []
    const asked = (wanted.length > 0 ? wanted : organizations.map(({ id }) => id)).slice(0, largest)
    const pages = yield* Effect.forEach(asked, (organizationId) =>
      Effect.map(
        Effect.either(quickly(calls.list({ organizationId, limit: 1 }))),
        (page) => ({ organizationId, page })
      ))
    const broken = pages.flatMap(({ organizationId, page }) =>
      Either.isLeft(page)
        ? [failed("allomia calls", { _tag: page.left._tag, message: `${organizationId}: ${page.left.message}` })]
        : []
    )
    const read = pages.flatMap(({ page }) => (Either.isRight(page) ? [page.right] : []))
    const answeredAt = Either.isRight(listed) ? listed.right.answeredAt : read[0]?.answeredAt ?? null
    const total = wanted.length > 0
      ? wanted.length
      : Either.isRight(listed)
      ? listed.right.total ?? organizations.length
      : 0
    return [
      Either.isRight(listed)
        ? ok("allomia key", "accepted")
        : read.length > 0
        ? ok("allomia key", "accepted; it may not list organisations")
        : failed("allomia key", listed.left),
      total === 0
        ? warn("allomia organisations", "the key opens none", "Ask Allomia for a key of your organisation")
        : ok(
          "allomia organisations",
          `${count(total)}${wanted.length > 0 ? ", as named in ALLOMIA_ORGANIZATION_IDS" : ""}`
        ),
      ...(broken.length > 0 || read.length === 0
        ? broken
        : [
          ok(
            "allomia calls",
            `${many(read.reduce((sum, { total }) => sum + (total ?? 0), 0), "call")} readable` +
              (total > asked.length ? ` in the first ${asked.length} organisations` : "")
          )
        ]),
      ok("allomia pace", `${decimal(yield* client.requestsPerSecond)} requests a second, by choice`),
      skew("allomia clock", answeredAt, yield* Clock.currentTimeMillis)
    ]
  })

export const allomia = (
  organizationIds: ReadonlyArray<string>,
  below: Elsewhere
): Effect.Effect<ReadonlyArray<Check>, never, AllomiaClient | Calls | Organizations> =>
  Effect.catchAll(ofAllomia(organizationIds, below), (error) => Effect.succeed([failed("allomia key", error)]))

/** The nearest folder above that is there. */
const nearest = (path: string): Effect.Effect<string> =>
  Effect.tryPromise(() => fs.stat(path)).pipe(
    Effect.as(path),
    Effect.catchAll(() => dirname(path) === path ? Effect.succeed(path) : nearest(dirname(path)))
  )

export const isThere = (path: string): Effect.Effect<boolean> =>
  Effect.isSuccess(Effect.tryPromise(() => fs.stat(path)))

/** Whether files can be made in a folder, or the folder itself. */
export const isWritable = (path: string): Effect.Effect<boolean> =>
  Effect.flatMap(
    nearest(path),
    (folder) => Effect.isSuccess(Effect.tryPromise(() => fs.access(folder, fs.constants.W_OK)))
  )

const gibibyte = 1024 ** 3

export const disk = (out: string): Effect.Effect<ReadonlyArray<Check>> =>
  Effect.gen(function*() {
    const refused = yield* Effect.option(Effect.flip(refuseWindows))
    if (Option.isSome(refused)) return [failed("system", refused.value)]
    const folder = yield* nearest(out)
    const isFolder = yield* Effect.tryPromise(() => fs.stat(folder)).pipe(
      Effect.map((found) => found.isDirectory()),
      Effect.orElseSucceed(() => false)
    )
    if (!isFolder) return [fail("folder", 2, `${folder} is no folder`, "Name another with --out or TRUNKLINE_OUT")]
    if (!(yield* isWritable(folder))) {
      return [fail("folder", 2, `${folder} cannot be written to`, "Give this user the right, or name another folder")]
    }
    const found = yield* Effect.tryPromise(() => fs.statfs(folder)).pipe(Effect.orElseSucceed(() => null))
    if (found === null) return [ok("folder", out)]
    const free = found.bavail * found.bsize
    const space = `${(free / gibibyte).toFixed(1)} GiB free`
    return [
      Folder.networkOf(found.type) !== undefined
        ? fail(
          "folder",
          2,
          `${out} lies on a network file system, where locks and renames may not hold`,
          "Export to a local disk and copy the folder afterwards"
        )
        : ok("folder", out),
      free < gibibyte / 10
        ? fail("disk", 2, space, "Make room")
        : free < gibibyte
        ? warn("disk", space, "Make room before it is full")
        : ok("disk", space)
    ]
  })

export const lock = (out: string): Effect.Effect<Check> =>
  Effect.gen(function*() {
    const locked = yield* Lock.isHeld(out)
    if (locked === true) {
      const holder = yield* Lock.holder(out)
      return warn(
        "lock",
        holder === null
          ? "another process is writing"
          : `process ${holder.pid} on ${holder.host} is writing, since ${holder.since}`,
        "Wait until it is done before the next export; reading is no matter"
      )
    }
    return ok("lock", locked === null ? "not known on this system" : "free")
  })

/** Seconds after which a nightly job has not run. */
export const stale = 26 * 3600

export const dataset = (readable: Readable) =>
  Effect.gen(function*() {
    const rows = yield* readable.rows
    const windows = yield* readable.certificates
    const open = (yield* readable.standing).filter(({ acceptedAt }) => acceptedAt === null)
    const quarantined = open.filter(({ kind }) => kind === "quarantine")
    const scopes = new Map(windows.map(({ scope, source }) => [`${source}\u0000${scope}`, { source, scope }]))
    const pending = yield* Effect.forEach(scopes.values(), ({ scope, source }) => readable.pending(source, scope))
    const waiting = pending.reduce((sum, one) => sum + one, 0)
    const uncertified = windows.filter(({ verdict }) => verdict === "uncertified")
    const newest = windows.reduce((latest, { readAt }) => Math.max(latest, readAt.epochMillis), 0)
    const age = ((yield* Clock.currentTimeMillis) - newest) / 1000
    const told = Object.entries(rows).map(([table, amount]) => `${count(amount)} ${table.replaceAll("_", " ")}`)
    return [
      ok("dataset", told.length === 0 ? "no rows yet" : told.join(", ")),
      uncertified.length === 0
        ? ok("windows", `${count(windows.filter(({ verdict }) => verdict === "certified").length)} certified`)
        : fail(
          "windows",
          4,
          `${many(uncertified.length, "window")} could not be certified`,
          "Run export again; trunkline sql \"FROM coverage WHERE state <> 'certified'\" names them"
        ),
      quarantined.length === 0
        ? ok("quarantine", "empty")
        : warn(
          "quarantine",
          `${many(quarantined.length, "row")} could not be read`,
          "trunkline quarantine says why; report what keeps coming back"
        ),
      ...open.length === quarantined.length ? [] : [
        warn(
          "standing",
          `${count(open.length - quarantined.length)} vanished or counted otherwise by the vendor`,
          "trunkline accept lists them"
        )
      ],
      ok(
        "details",
        waiting === 0 ? "none are awaited" : `${many(waiting, "call")} may still get a summary or an intent`
      ),
      newest === 0
        ? warn("freshness", "nothing was read yet", "Run export")
        : age > stale
        ? warn("freshness", `last read ${span(age)} ago`, "See whether the nightly job still runs")
        : ok("freshness", `last read ${span(Math.max(0, age))} ago`)
    ] satisfies ReadonlyArray<Check>
  })
