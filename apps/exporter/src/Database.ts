/** The database of a fleet: its URL and its password, from where they may come. */
import { isLoopback } from "@trunkline/http/ApiClient"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { InvalidFlag } from "./command/values.js"
import { type Environment, InvalidSetting, originOf, read } from "./Environment.js"
import { remember } from "./terminal/secrets.js"

const name = "TRUNKLINE_DATABASE"
const shape = "must be a URL such as postgres://trunkline@host:5432/trunkline"

/** What a text says, without ever repeating it: it may hold a password. */
const parsed = (text: string): URL | null => {
  const trimmed = text.trim()
  if (!/^postgres(ql)?:\/\//.test(trimmed) || !URL.canParse(trimmed)) return null
  const url = new URL(trimmed)
  return url.pathname.length > 1 ? url : null
}

const isHere = (url: URL): boolean => {
  const host = url.searchParams.get("host") ?? url.hostname
  return host === "" || host.startsWith("/") || isLoopback(`http://${host}`)
}

/** Whether something names a database. */
export const isNamed = (flag: Option.Option<string>, { values }: Environment): boolean =>
  Option.isSome(flag) || values[name] !== undefined || values[`${name}_FILE`] !== undefined

/** The URL that a flag, a variable or a file names, with the password of `PGPASSWORD` where it has none. */
export const url = (
  flag: Option.Option<string>,
  environment: Environment
): Effect.Effect<Redacted.Redacted, InvalidFlag | InvalidSetting> =>
  Effect.gen(function*() {
    const { values } = environment
    const file = values[`${name}_FILE`]
    if (Option.isSome(flag)) {
      const typed = parsed(flag.value)
      if (typed === null) return yield* new InvalidFlag({ flag: "--database", reason: shape })
      if (typed.password !== "" || typed.searchParams.has("password")) {
        return yield* new InvalidFlag({
          flag: "--database",
          reason: "holds a password, and flags stand in process lists. " +
            `Set PGPASSWORD, or put the whole URL into ${name} or into the file that ${name}_FILE names`
        })
      }
      return completed(typed, environment)
    }
    if (file !== undefined && values[name] !== undefined) {
      return yield* new InvalidSetting({ name, reason: `is set, and ${name}_FILE as well. Keep one of them` })
    }
    const text = file === undefined ? values[name] : yield* Effect.mapError(
      read(file),
      (code) => new InvalidSetting({ name: `${name}_FILE`, reason: `the file cannot be read (${code})` })
    )
    if (text === undefined) {
      return yield* new InvalidFlag({
        flag: "--database",
        reason: `is missing. Give postgres://user@host/database, or set ${name}`
      })
    }
    const origin = file === undefined ? name : `${name}_FILE`
    const found = parsed(text)
    if (found === null) return yield* new InvalidSetting({ name: origin, reason: shape })
    // A .env may have come with a folder.
    const isForeign = originOf(environment, origin) === ".env" && originOf(environment, "PGPASSWORD") === "environment"
    if (isForeign && !isHere(found)) {
      return yield* new InvalidSetting({
        name: origin,
        reason:
          "stands in .env, and PGPASSWORD in the environment. A password goes only to the host it was configured " +
          "with: set both in the same place"
      })
    }
    return completed(found, environment)
  })

const completed = (url: URL, { values }: Environment): Redacted.Redacted => {
  const password = values["PGPASSWORD"]
  // A URL without a host, which leads to a socket, holds no password; there PostgreSQL's client reads the variable itself.
  if (url.password === "" && password !== undefined) url.password = password
  remember(decoded(url.password))
  remember(url.password)
  remember(url.searchParams.get("password") ?? "")
  return Redacted.make(url.href)
}

const decoded = (text: string): string => Option.getOrElse(Option.liftThrowable(decodeURIComponent)(text), () => text)

/** Where a database is, without what it is reached with, and whether that is another machine. */
export const place = (url: Redacted.Redacted): { readonly text: string; readonly isElsewhere: boolean } => {
  const known = new URL(Redacted.value(url))
  const host = known.searchParams.get("host") ?? known.host
  return { text: `${host}${known.pathname}`, isElsewhere: !isHere(known) }
}
