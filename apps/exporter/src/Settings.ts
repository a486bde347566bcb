/** What the environment, a `.env` file and key files say, checked once at the door; flags win over all of them. */
import * as AlloClient from "@trunkline/allo/AlloClient"
import * as AllomiaClient from "@trunkline/allomia/AllomiaClient"
import * as ApiClient from "@trunkline/http/ApiClient"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as fs from "node:fs/promises"
import { sep } from "node:path"
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
    const text = yield* Effect.mapError(
      read(file),
      (code) =>
        new InvalidSetting({
          name: `${name}_FILE`,
          reason: code === "ENOENT"
            ? "there is no such file"
            : `the file cannot be read (${code})`
        })
    )
    const value = text.replace(/^\uFEFF/, "").replace(/[\r\n]+$/, "")
    if (value === "") return yield* new InvalidSetting({ name: `${name}_FILE`, reason: "the file is empty" })
    remember(value)
    // A .env can name any file of this machine. Only what lies beside it is its own.
    const own = environment.fromFile.has(`${name}_FILE`) && (yield* liesIn(folder, file))
    return { value: Redacted.make(value), name: `${name}_FILE`, from: own ? ".env" : "environment" }
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

const refusals: {
  readonly [refusal in Destination.Refusal]: (key: Key, prefix: "ALLO" | "ALLOMIA") => string
} = {
  "other origin": (key, prefix) =>
    key.name.endsWith("_FILE")
      ? `stands in .env, and the key that ${key.name} names is none of its folder. ${rule}: set ${prefix}_BASE_URL in ` +
        "the environment"
      : `stands in .env, and ${key.name} in the environment. ${rule}: set both in the same place`,
  "plain http": () =>
    "plain http shows the key to everyone on the way. Use https, or --allow-http if you trust the network"
}

/** The checks of the client itself, told by the name of the variable, and whether the key may go there. */
const checked = <A extends { readonly baseUrl: string }>(
  { allowed, environment, key, prefix, vendor }: {
    readonly prefix: "ALLO" | "ALLOMIA"
    readonly vendor: string
    readonly environment: Environment
    readonly key: Key
    readonly allowed: Allowed
  },
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
  const url = `${prefix}_BASE_URL`
  if (wrong !== undefined) {
    return new InvalidSetting({ name: wrong.option === "baseUrl" ? url : key.name, reason: wrong.message })
  }
  const refusal = Destination.refusal({
    url: settings.baseUrl,
    vendor,
    urlFrom: originOf(environment, url),
    keyFrom: key.from,
    allowHttp: allowed.http
  })
  return refusal === null
    ? Effect.succeed({ ...settings, apiKey })
    : new InvalidSetting({ name: url, reason: refusals[refusal](key, prefix) })
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
    const settings = yield* checked({ prefix: "ALLO", vendor, environment, key: found, allowed }, {
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
    const settings = yield* checked({ prefix: "ALLOMIA", vendor, environment, key: found, allowed }, {
      baseUrl,
      requestsPerSecond,
      organizationIds: ids
    })
    return { ...settings, route: yield* Proxy.route(environment.values, baseUrl) }
  })

export const out = (environment: Environment): string => environment.values["TRUNKLINE_OUT"] ?? "./data"
