/** What a run was asked, from flags and settings together. */
import type { LedgerError } from "@trunkline/dataset/DatasetError"
import type { Readable } from "@trunkline/dataset/DatasetReader"
import type { Keep } from "@trunkline/dataset/Keep"
import type * as Mask from "@trunkline/dataset/Mask"
import type * as Export from "@trunkline/export/Export"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { randomUUID } from "node:crypto"
import { dirname, join, resolve } from "node:path"
import type { Account } from "../configuration/Configuration.js"
import type { Described } from "../configuration/describing.js"
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

/** The flags of `export`. A plan is of a run without them. */
export interface OfExport extends OfRun {
  readonly acceptGone: boolean
  readonly refresh: Option.Option<string>
  readonly sameAccount: boolean
  readonly partition: Option.Option<"month" | "day">
  readonly keep: Option.Option<string>
  readonly umask: Option.Option<string>
  readonly mask: Option.Option<"numbers">
}

export const nothingMore = {
  acceptGone: false,
  refresh: Option.none(),
  sameAccount: false,
  partition: Option.none(),
  keep: Option.none(),
  umask: Option.none(),
  mask: Option.none()
}

export const environment = Effect.flatMap(
  Process,
  ({ folder, variables }) => Environment.environment(variables, folder)
)

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

/** What is chosen for a dataset, and remembered by it where it is left out. */
export interface Chosen {
  readonly partition: "month" | "day" | undefined
  readonly keep: Keep | undefined
  readonly umask: number | undefined
  readonly mask: Mask.Options
}

export interface Run extends Chosen {
  /** Null without a configuration. */
  readonly account: Described | null
  readonly options: Export.Options & { readonly runId: string }
  readonly vendors: Settings.Vendors
  readonly out: string
  /** Whether `options.since` stands in a flag, not in a configuration. */
  readonly isSinceTyped: boolean
}

/** The variable that names the file of the key that masks numbers. */
const maskKeyName = "TRUNKLINE_MASK_KEY_FILE"

/** Where the key is that masks numbers: one for all accounts of a configuration. Left out, the dataset has its own. */
export const maskKey = (
  account: (Account & { readonly out: string }) | null
): Effect.Effect<Mask.Options["file"], Environment.InvalidSetting, Process> =>
  Effect.gen(function*() {
    const { folder } = yield* Process
    const named = account?.maskKeyFile ?? (yield* environment).values[maskKeyName]
    if (named !== undefined) return { path: resolve(folder, named), made: false }
    return account === null ? undefined : { path: join(dirname(account.out), "mask.key"), made: true }
  })

const maskOf = (flags: OfExport, account: (Account & { readonly out: string }) | null) =>
  Effect.map(maskKey(account), (file): Mask.Options => ({ numbers: Option.isSome(flags.mask), file }))

const chosen = (
  flags: OfExport,
  account: (Account & { readonly out: string }) | null
): Effect.Effect<Chosen, InvalidFlag | Environment.InvalidSetting, Process> =>
  Effect.gen(function*() {
    const keep = yield* values.maybe(flags.keep, (text) => values.keep("--keep", text))
    const umask = yield* values.maybe(flags.umask, (text) => values.umask("--umask", text))
    return {
      partition: Option.getOrUndefined(flags.partition),
      keep: Option.getOrUndefined(keep),
      umask: Option.getOrUndefined(umask),
      mask: yield* maskOf(flags, account)
    }
  })

/** What is no longer kept is not asked for with a flag. A `since` of a configuration begins where the dataset does. */
export const refusePast = (
  { kept }: Pick<Readable, "kept">,
  { isSinceTyped, options: { since } }: Pick<Run, "isSinceTyped" | "options">
): Effect.Effect<void, InvalidFlag | LedgerError> =>
  Effect.flatMap(
    kept,
    (kept) =>
      isSinceTyped && since !== undefined && kept !== null && DateTime.lessThan(since, kept.before)
        ? new InvalidFlag({
          flag: "--since",
          reason: "is older than this dataset keeps rows. Begin later, or keep them longer: --keep"
        })
        : Effect.void
  )

/** What the flags of a run say, or the first one that is wrong. */
export const options = (flags: OfExport): Effect.Effect<Run["options"], InvalidFlag> =>
  Effect.gen(function*() {
    const asked = yield* range(flags)
    const lookback = yield* values.maybe(flags.lookback, (text) => values.length("--lookback", text))
    const concurrency = yield* values.maybe(
      flags.concurrency,
      (text) => values.whole("--concurrency", text, { from: 1, to: 16 })
    )
    const refresh = yield* values.maybe(flags.refresh, (text) => values.whole("--refresh", text, { from: 0, to: 365 }))
    const contacts = yield* Effect.forEach(new Set(flags.contact), contactOf)
    if (contacts.length > 0 && Option.contains(flags.source, "allomia")) {
      return yield* new InvalidFlag({
        flag: "--contact",
        reason: "reads from Allo, and --source allomia leaves it out"
      })
    }
    return {
      runId: randomUUID(),
      ...asked,
      full: flags.full,
      lookback: Option.getOrUndefined(lookback),
      transcripts: flags.transcripts,
      details: !flags.noDetails,
      contacts,
      acceptGone: flags.acceptGone,
      sameAccount: flags.sameAccount,
      refresh: Option.getOrUndefined(refresh),
      concurrency: Option.getOrUndefined(concurrency)
    }
  })

/** Everything a run has to know, or the first thing that is wrong. */
export const run = (
  flags: OfExport,
  out: string
): Effect.Effect<Run, InvalidFlag | Environment.InvalidSetting, Process> =>
  Effect.gen(function*() {
    const asked = yield* options(flags)
    const ofDataset = yield* chosen(flags, null)
    const known = yield* vendors(flags.contact.length === 0 ? flags.source : Option.some("allo"), flags)
    return {
      account: null,
      out,
      vendors: known,
      options: asked,
      isSinceTyped: Option.isSome(flags.since),
      ...ofDataset
    }
  })

const or = <A>(flag: Option.Option<A>, set: A | undefined) => Option.orElse(flag, () => Option.fromNullable(set))

/** What an account says as a flag would, below the flags themselves. */
const below = (flags: OfExport, settings: Account["settings"]): OfExport => {
  const contact = settings.source === "allo" ? settings.contact ?? [] : []
  return {
    ...flags,
    source: Option.some(settings.source),
    since: or(flags.since, settings.since),
    until: or(flags.until, settings.until),
    lookback: or(flags.lookback, settings.lookback),
    concurrency: or(flags.concurrency, settings.concurrency?.toString()),
    refresh: or(flags.refresh, settings.refresh?.toString()),
    partition: or(flags.partition, settings.partition),
    keep: or(flags.keep, settings.keep),
    umask: or(flags.umask, settings.umask),
    mask: or(flags.mask, settings.mask),
    full: flags.full || settings.full === true,
    transcripts: flags.transcripts || settings.transcripts === true,
    noDetails: flags.noDetails || settings.no_details === true,
    acceptGone: flags.acceptGone || settings.accept_gone === true,
    sameAccount: flags.sameAccount || settings.same_account === true,
    contact: flags.contact.length > 0 ? flags.contact : contact
  }
}

/** The same of an account. */
export const ofAccount = (
  flags: OfExport,
  account: Account & { readonly out: string }
): Effect.Effect<Run, InvalidFlag | Environment.InvalidSetting, Process> =>
  Effect.gen(function*() {
    const asked = below(flags, account.settings)
    const vendors = yield* Settings.ofAccount(account, yield* environment, { http: flags.allowHttp })
    return {
      account,
      out: account.out,
      vendors,
      options: yield* options(asked),
      isSinceTyped: Option.isSome(flags.since),
      ...(yield* chosen(asked, account))
    }
  })
