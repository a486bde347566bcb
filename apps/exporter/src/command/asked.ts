/** What a run was asked, from flags and settings together. */
import type * as Export from "@trunkline/export/Export"
import * as Clock from "effect/Clock"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { randomUUID } from "node:crypto"
import { resolve } from "node:path"
import * as Environment from "../Environment.js"
import { Process } from "../Process.js"
import * as Settings from "../Settings.js"
import { InvalidFlag } from "./values.js"
import * as values from "./values.js"

/** The flags of every command. */
export interface Common {
  readonly json: boolean
  readonly logFormat: Option.Option<"text" | "json">
}

export interface OfDataset extends Common {
  readonly out: Option.Option<string>
}

/** The flags of commands that ask the APIs. */
export interface OfKeys {
  readonly allowHttp: boolean
}

/** The flags of commands that read a range. */
export interface OfRange {
  readonly since: Option.Option<string>
  readonly until: Option.Option<string>
}

/** The flags of `export` and `plan`. */
export interface OfRun extends OfDataset, OfKeys, OfRange {
  readonly source: Option.Option<"allo" | "allomia" | "all">
  readonly full: boolean
  readonly lookback: Option.Option<string>
  readonly transcripts: boolean
  readonly noDetails: boolean
  readonly contact: ReadonlyArray<string>
  readonly concurrency: Option.Option<string>
}

export const environment = Effect.flatMap(
  Process,
  ({ folder, variables }) => Environment.environment(variables, folder)
)

/** The folder of the dataset, absolute. */
export const out = (given: Option.Option<string>) =>
  Effect.gen(function*() {
    const { folder } = yield* Process
    const known = yield* environment
    return resolve(folder, Option.getOrElse(given, () => Settings.out(known)))
  })

const noKey = new Environment.InvalidSetting({
  name: "ALLO_API_KEY, ALLOMIA_API_KEY",
  reason: "neither is set. Set one or both, or name files in ALLO_API_KEY_FILE and ALLOMIA_API_KEY_FILE.\n" +
    "To see it work without a key: trunkline demo"
})

const missing = (prefix: "ALLO" | "ALLOMIA", source: string) =>
  new Environment.InvalidSetting({
    name: `${prefix}_API_KEY`,
    reason: `is not set, and --source ${source} needs it. Set it, or ${prefix}_API_KEY_FILE`
  })

/** The sources that are to be read, each with its key. */
export const vendors = (
  source: Option.Option<"allo" | "allomia" | "all">,
  flags: OfKeys
): Effect.Effect<Settings.Vendors, Environment.InvalidSetting, Process> =>
  Effect.gen(function*() {
    const known = yield* environment
    const wanted = Option.getOrNull(source)
    const allowed = { http: flags.allowHttp }
    const allo = wanted === "allomia" ? null : yield* Settings.allo(known, allowed)
    const allomia = wanted === "allo" ? null : yield* Settings.allomia(known, allowed)
    if (wanted === null && allo === null && allomia === null) return yield* noKey
    if ((wanted === "allo" || wanted === "all") && allo === null) return yield* missing("ALLO", wanted)
    if ((wanted === "allomia" || wanted === "all") && allomia === null) return yield* missing("ALLOMIA", wanted)
    return { allo, allomia }
  })

const contactOf = (id: string) =>
  /^[\w.:-]{1,200}$/.test(id)
    ? Effect.succeed(id)
    : new InvalidFlag({ flag: "--contact", reason: "must be the id of a contact, such as cnt-abc123" })

const beforeEnd = (since: Option.Option<DateTime.Utc>, until: Option.Option<DateTime.Utc>, now: number) =>
  Option.isSome(since) && since.value.epochMillis >= (Option.isSome(until) ? until.value.epochMillis : now)
    ? new InvalidFlag({
      flag: "--since",
      reason: Option.isSome(until) ? "must lie before --until" : "lies in the future"
    })
    : Effect.void

export const range = (flags: OfRange) =>
  Effect.gen(function*() {
    const since = yield* values.maybe(flags.since, (text) => values.instant("--since", text, "start"))
    const until = yield* values.maybe(flags.until, (text) => values.instant("--until", text, "end"))
    yield* beforeEnd(since, until, yield* Clock.currentTimeMillis)
    return { since: Option.getOrUndefined(since), until: Option.getOrUndefined(until) }
  })

export interface Run {
  readonly options: Export.Options & { readonly runId: string }
  readonly vendors: Settings.Vendors
  readonly out: string
}

/** Everything a run has to know, or the first thing that is wrong. */
export const run = (
  flags: OfRun
): Effect.Effect<
  Run,
  InvalidFlag | Environment.InvalidSetting,
  Process
> =>
  Effect.gen(function*() {
    const asked = yield* range(flags)
    const lookback = yield* values.maybe(flags.lookback, (text) => values.length("--lookback", text))
    const concurrency = yield* values.maybe(
      flags.concurrency,
      (text) => values.whole("--concurrency", text, { from: 1, to: 16 })
    )
    const contacts = yield* Effect.forEach(new Set(flags.contact), contactOf)
    if (contacts.length > 0 && Option.contains(flags.source, "allomia")) {
      return yield* new InvalidFlag({
        flag: "--contact",
        reason: "reads from Allo, and --source allomia leaves it out"
      })
    }
    const folder = yield* out(flags.out)
    const chosen = yield* vendors(contacts.length === 0 ? flags.source : Option.some("allo"), flags)
    return {
      out: folder,
      vendors: chosen,
      options: {
        runId: randomUUID(),
        ...asked,
        full: flags.full,
        lookback: Option.getOrUndefined(lookback),
        transcripts: flags.transcripts,
        details: !flags.noDetails,
        contacts,
        concurrency: Option.getOrUndefined(concurrency)
      }
    }
  })
