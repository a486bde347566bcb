/** What the environment, a `.env` file and key files say, checked once at the door; flags win over all of them. */
import * as AlloClient from "@trunkline/allo/AlloClient"
import * as AllomiaClient from "@trunkline/allomia/AllomiaClient"
import * as ApiClient from "@trunkline/http/ApiClient"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as fs from "node:fs/promises"
import { dirname, resolve, sep } from "node:path"
import type { Account } from "./configuration/Configuration.js"
import * as Destination from "./Destination.js"
import type { Origin } from "./Destination.js"
import { type Environment, InvalidSetting, type KeyName, originOf, read } from "./Environment.js"
import * as Proxy from "./Proxy.js"
import { remember } from "./terminal/secrets.js"

/** A key, the variable that led to it, and where that was set. */
interface Key {
  readonly value: Redacted.Redacted
  readonly name: string
  readonly from: Origin
}

/** What the flags allow. */
export interface Allowed {
  /** Keys over plain http to hosts other than this machine. */
  readonly http: boolean
}

const realpath = (path: string) => Effect.tryPromise(() => fs.realpath(path))

/** Whether a file lies in a folder, links followed. */
const liesIn = (folder: string, path: string): Effect.Effect<boolean> =>
  Effect.all([realpath(folder), realpath(path)]).pipe(
    Effect.map(([folder, path]) => path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`)),
    Effect.orElseSucceed(() => false)
  )

/** The key that a file holds, without the newlines at its end. `name` is what names the file. */
const inFile = (file: string, name: string): Effect.Effect<Redacted.Redacted, InvalidSetting> =>
  Effect.gen(function*() {
    const text = yield* Effect.mapError(
      read(file),
      (code) =>
        new InvalidSetting({
          name,
          reason: code === "ENOENT"
            ? "there is no such file"
            : `the file cannot be read (${code})`
        })
    )
    const value = text.replace(/^\uFEFF/, "").replace(/[\r\n]+$/, "")
    if (value === "") return yield* new InvalidSetting({ name, reason: "the file is empty" })
    remember(value)
    return Redacted.make(value)
  })

/** The key of a vendor, from its variable or from the file another one names; null where there is none. */
const key = (environment: Environment, name: KeyName): Effect.Effect<Key | null, InvalidSetting> =>
  Effect.gen(function*() {
    const { folder, values } = environment
    const file = values[`${name}_FILE`]
    if (file === undefined) {
      const value = values[name]
      const from = originOf(environment, name)
      return value === undefined || from === null ? null : { value: Redacted.make(value), name, from }
    }
    if (values[name] !== undefined) {
      return yield* new InvalidSetting({ name, reason: `is set, and ${name}_FILE as well. Keep one of them` })
    }
    const value = yield* inFile(file, `${name}_FILE`)
    // A .env can name any file of this machine. Only what lies beside it is its own.
    const own = environment.fromFile.has(`${name}_FILE`) && (yield* liesIn(folder, file))
    return { value, name: `${name}_FILE`, from: own ? ".env" : "environment" }
  })

const most = 1000

const rate = (environment: Environment, name: string): Effect.Effect<number | undefined, InvalidSetting> => {
  const text = environment.values[name]?.trim()
  if (text === undefined) return Effect.succeed(undefined)
  const value = Number(text)
  return /^\d{1,5}(\.\d{1,3})?$/.test(text) && value >= 1 && value <= most
    ? Effect.succeed(value)
    : new InvalidSetting({ name, reason: `must be a number of requests a second, from 1 to ${most}` })
}

const rule = "A key goes only to the host it was configured with"

/** A base URL, and what to say where the key may not go there. */
interface Place {
  readonly name: string
  /** Null where nothing names it, so that it is the vendor's own. */
  readonly from: Origin | null
  readonly vendor: string
  /** What lets a key go over plain http. */
  readonly allowedBy: string
}

const refusals: { readonly [refusal in Destination.Refusal]: (key: Key, place: Place) => string } = {
  "other origin": (key, { name }) =>
    key.name.endsWith("_FILE")
      ? `stands in .env, and the key that ${key.name} names is none of its folder. ${rule}: set ${name} in ` +
        "the environment"
      : `stands in .env, and ${key.name} in the environment. ${rule}: set both in the same place`,
  "plain http": (_, { allowedBy }) =>
    `plain http shows the key to everyone on the way. Use https, or ${allowedBy} if you trust the network`
}

/** The checks of the client itself, told by the name of the setting, and whether the key may go there. */
const checked = <A extends { readonly baseUrl: string }>(
  { allowed, key, place }: { readonly key: Key; readonly place: Place; readonly allowed: Allowed },
  settings: A
): Effect.Effect<A & { readonly apiKey: Redacted.Redacted }, InvalidSetting> => {
  const apiKey = key.value
  const wrong = ApiClient.problem({
    apiKey,
    baseUrl: settings.baseUrl,
    rates: {},
    timeLimit: undefined,
    sizeLimit: undefined
  })
  if (wrong !== undefined) {
    return new InvalidSetting({ name: wrong.option === "baseUrl" ? place.name : key.name, reason: wrong.message })
  }
  const refusal = Destination.refusal({
    url: settings.baseUrl,
    vendor: place.vendor,
    urlFrom: place.from,
    keyFrom: key.from,
    allowHttp: allowed.http
  })
  return refusal === null
    ? Effect.succeed({ ...settings, apiKey })
    : new InvalidSetting({ name: place.name, reason: refusals[refusal](key, place) })
}

const placeOf = (environment: Environment, prefix: "ALLO" | "ALLOMIA", vendor: string): Place => {
  const name = `${prefix}_BASE_URL`
  return { name, from: originOf(environment, name), vendor, allowedBy: "--allow-http" }
}

export interface AlloSettings {
  readonly apiKey: Redacted.Redacted
  readonly baseUrl: string
  readonly readsPerSecond: number | undefined
  readonly writesPerSecond: number | undefined
  /** Directly when left out. */
  readonly route?: Proxy.Route | undefined
}

export const allo = (environment: Environment, allowed: Allowed): Effect.Effect<AlloSettings | null, InvalidSetting> =>
  Effect.gen(function*() {
    const found = yield* key(environment, "ALLO_API_KEY")
    const readsPerSecond = yield* rate(environment, "ALLO_READS_PER_SECOND")
    const writesPerSecond = yield* rate(environment, "ALLO_WRITES_PER_SECOND")
    if (found === null) return null
    const vendor = AlloClient.documented.baseUrl
    const baseUrl = environment.values["ALLO_BASE_URL"]?.trim() ?? vendor
    const settings = yield* checked({ key: found, place: placeOf(environment, "ALLO", vendor), allowed }, {
      baseUrl,
      readsPerSecond,
      writesPerSecond
    })
    return { ...settings, route: yield* Proxy.route(environment.values, baseUrl) }
  })

export interface AllomiaSettings {
  readonly apiKey: Redacted.Redacted
  readonly baseUrl: string
  readonly requestsPerSecond: number | undefined
  readonly organizationIds: ReadonlyArray<string>
  /** Directly when left out. */
  readonly route?: Proxy.Route | undefined
}

/** What is read from; null where a source was not asked for or has no key. */
export interface Vendors {
  readonly allo: AlloSettings | null
  readonly allomia: AllomiaSettings | null
}

const organizationIds = (environment: Environment): Either.Either<ReadonlyArray<string>, InvalidSetting> => {
  const name = "ALLOMIA_ORGANIZATION_IDS"
  const text = environment.values[name]
  if (text === undefined) return Either.right([])
  const ids = text.split(",").map((id) => id.trim()).filter((id) => id !== "")
  if (ids.length > 0 && ids.every((id) => /^[\w.:-]{1,200}$/.test(id))) return Either.right([...new Set(ids)])
  return Either.left(new InvalidSetting({ name, reason: "must be ids with commas between them" }))
}

export const allomia = (
  environment: Environment,
  allowed: Allowed
): Effect.Effect<AllomiaSettings | null, InvalidSetting> =>
  Effect.gen(function*() {
    const found = yield* key(environment, "ALLOMIA_API_KEY")
    const requestsPerSecond = yield* rate(environment, "ALLOMIA_REQUESTS_PER_SECOND")
    const ids = yield* organizationIds(environment)
    if (found === null) return null
    const vendor = AllomiaClient.usual.baseUrl
    const baseUrl = environment.values["ALLOMIA_BASE_URL"]?.trim() ?? vendor
    const settings = yield* checked({ key: found, place: placeOf(environment, "ALLOMIA", vendor), allowed }, {
      baseUrl,
      requestsPerSecond,
      organizationIds: ids
    })
    return { ...settings, route: yield* Proxy.route(environment.values, baseUrl) }
  })

/** The key of an account, from the file or the variable that it names. */
const keyOf = (
  { file, name, settings }: Account,
  environment: Environment
): Effect.Effect<Key, InvalidSetting> =>
  Effect.gen(function*() {
    const { key_env, key_file } = settings
    if (key_file !== undefined) {
      const place = `accounts.${name}.key_file`
      return { value: yield* inFile(resolve(dirname(file), key_file), place), name: place, from: "environment" }
    }
    const place = `accounts.${name}.key_env`
    const value = environment.values[key_env ?? ""]
    if (value === undefined) {
      return yield* new InvalidSetting({
        name: place,
        reason: `the variable ${key_env} is not set. Set it, or name a key_file`
      })
    }
    remember(value)
    return { value: Redacted.make(value), name: place, from: "environment" }
  })

/** What to say of key files that every user of this machine can read. */
export const exposed = (accounts: ReadonlyArray<Account>): Effect.Effect<ReadonlyArray<string>> =>
  Effect.map(
    Effect.forEach(accounts, ({ file, name, settings: { key_file } }) => {
      if (key_file === undefined) return Effect.succeed([])
      const path = resolve(dirname(file), key_file)
      return Effect.tryPromise(() => fs.stat(path)).pipe(
        Effect.map(({ mode }) =>
          (mode & 0o004) === 0 || process.platform === "win32"
            ? []
            : [
              `accounts.${name}.key_file: every user of this machine can read the key. Take that away: chmod o-r ${path}`
            ]
        ),
        Effect.orElseSucceed((): ReadonlyArray<string> => [])
      )
    }),
    (warnings) => warnings.flat()
  )

/** What an account reads from. Which host a configuration may name, its own check has said. */
export const ofAccount = (
  account: Account,
  environment: Environment,
  allowed: Allowed
): Effect.Effect<Vendors, InvalidSetting> =>
  Effect.gen(function*() {
    const { name, settings } = account
    const key = yield* keyOf(account, environment)
    const vendor = settings.source === "allo" ? AlloClient.documented.baseUrl : AllomiaClient.usual.baseUrl
    const place: Place = {
      name: `accounts.${name}.base_url`,
      from: "environment",
      vendor,
      allowedBy: "allow_http = true"
    }
    const baseUrl = settings.base_url ?? vendor
    const found = yield* checked({ key, place, allowed: { http: allowed.http || settings.allow_http === true } }, {
      baseUrl
    })
    const reached = { ...found, route: yield* Proxy.route(environment.values, baseUrl) }
    return settings.source === "allo"
      ? {
        allo: {
          ...reached,
          readsPerSecond: settings.reads_per_second,
          writesPerSecond: settings.writes_per_second
        },
        allomia: null
      }
      : {
        allo: null,
        allomia: {
          ...reached,
          requestsPerSecond: settings.requests_per_second,
          organizationIds: settings.organization_ids ?? []
        }
      }
  })

export const out = (environment: Environment): string => environment.values["TRUNKLINE_OUT"] ?? "./data"
