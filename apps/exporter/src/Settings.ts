/** What the environment, a `.env` file and key files say, checked once at the door; flags win over all of them. */
import * as AlloClient from "@trunkline/allo/AlloClient"
import * as AllomiaClient from "@trunkline/allomia/AllomiaClient"
import * as ApiClient from "@trunkline/http/ApiClient"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { type Environment, InvalidSetting, type KeyName, read } from "./Environment.js"
import * as Proxy from "./Proxy.js"
import { remember } from "./terminal/secrets.js"

/** The key of a vendor, from its variable or from the file another one names; null where there is none. */
const key = (environment: Environment, name: KeyName): Effect.Effect<Redacted.Redacted | null, InvalidSetting> =>
  Effect.gen(function*() {
    const file = environment[`${name}_FILE`]
    if (file === undefined) {
      const value = environment[name]
      return value === undefined ? null : Redacted.make(value)
    }
    if (environment[name] !== undefined) {
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
    return Redacted.make(value)
  })

const most = 1000

const rate = (environment: Environment, name: string): Effect.Effect<number | undefined, InvalidSetting> => {
  const text = environment[name]?.trim()
  if (text === undefined) return Effect.succeed(undefined)
  const value = Number(text)
  return /^\d{1,5}(\.\d{1,3})?$/.test(text) && value >= 1 && value <= most
    ? Effect.succeed(value)
    : new InvalidSetting({ name, reason: `must be a number of requests a second, from 1 to ${most}` })
}

/** The checks of the client itself, told by the name of the variable. */
const checked = <A extends { readonly apiKey: Redacted.Redacted; readonly baseUrl: string }>(
  prefix: "ALLO" | "ALLOMIA",
  environment: Environment,
  vendor: A
): Effect.Effect<A, InvalidSetting> => {
  const wrong = ApiClient.problem({ ...vendor, rates: {}, timeLimit: undefined, sizeLimit: undefined })
  if (wrong === undefined) return Effect.succeed(vendor)
  const name = wrong.option === "baseUrl"
    ? `${prefix}_BASE_URL`
    : environment[`${prefix}_API_KEY_FILE`] === undefined
    ? `${prefix}_API_KEY`
    : `${prefix}_API_KEY_FILE`
  return new InvalidSetting({ name, reason: wrong.message })
}

export interface AlloSettings {
  readonly apiKey: Redacted.Redacted
  readonly baseUrl: string
  readonly readsPerSecond: number | undefined
  readonly writesPerSecond: number | undefined
  /** Directly when left out. */
  readonly route?: Proxy.Route | undefined
}

export const allo = (environment: Environment): Effect.Effect<AlloSettings | null, InvalidSetting> =>
  Effect.gen(function*() {
    const apiKey = yield* key(environment, "ALLO_API_KEY")
    const readsPerSecond = yield* rate(environment, "ALLO_READS_PER_SECOND")
    const writesPerSecond = yield* rate(environment, "ALLO_WRITES_PER_SECOND")
    if (apiKey === null) return null
    const baseUrl = environment["ALLO_BASE_URL"]?.trim() ?? AlloClient.documented.baseUrl
    const vendor = yield* checked("ALLO", environment, { apiKey, baseUrl, readsPerSecond, writesPerSecond })
    return { ...vendor, route: yield* Proxy.route(environment, baseUrl) }
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
  const text = environment[name]
  if (text === undefined) return Either.right([])
  const ids = text.split(",").map((id) => id.trim()).filter((id) => id !== "")
  if (ids.length > 0 && ids.every((id) => /^[\w.:-]{1,200}$/.test(id))) return Either.right([...new Set(ids)])
  return Either.left(new InvalidSetting({ name, reason: "must be ids with commas between them" }))
}

export const allomia = (environment: Environment): Effect.Effect<AllomiaSettings | null, InvalidSetting> =>
  Effect.gen(function*() {
    const apiKey = yield* key(environment, "ALLOMIA_API_KEY")
    const requestsPerSecond = yield* rate(environment, "ALLOMIA_REQUESTS_PER_SECOND")
    const ids = yield* organizationIds(environment)
    if (apiKey === null) return null
    const baseUrl = environment["ALLOMIA_BASE_URL"]?.trim() ?? AllomiaClient.usual.baseUrl
    const vendor = yield* checked("ALLOMIA", environment, { apiKey, baseUrl, requestsPerSecond, organizationIds: ids })
    return { ...vendor, route: yield* Proxy.route(environment, baseUrl) }
  })

export const out = (environment: Environment): string => environment["TRUNKLINE_OUT"] ?? "./data"
