/** Which proxy stands between this machine and an API: `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, as curl reads them. */
import { isLoopback } from "@trunkline/http/ApiClient"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { BlockList, isIP } from "node:net"
import { InvalidSetting } from "./Environment.js"
import { remember } from "./terminal/secrets.js"

export interface Proxy {
  /** For people: host and port, without name and password. */
  readonly host: string
  /** Without name and password as well. */
  readonly url: string
  /** The `Proxy-Authorization` header, if the variable has a name. */
  readonly authorization: Redacted.Redacted | null
}

export interface Route {
  readonly proxy: Proxy | null
  /** Why no proxy is used although a variable names one; null where none does. */
  readonly reason: string | null
}

/** Variables by name. */
type Variables = Readonly<Record<string, string>>

/** The lower-case name wins. */
const named = (environment: Variables, name: string): readonly [name: string, value: string] | undefined =>
  [name.toLowerCase(), name].flatMap((one) => {
    const value = environment[one]?.trim()
    return value === undefined || value === "" ? [] : [[one, value] as const]
  })[0]

const decoded = (text: string) => Either.try(() => decodeURIComponent(text))

const read = ([name, value]: readonly [name: string, value: string]): Effect.Effect<Proxy, InvalidSetting> =>
  Effect.gen(function*() {
    const text = /^[a-z][a-z\d+.-]*:\/\//i.test(value) ? value : `http://${value}`
    if (!URL.canParse(text)) {
      return yield* new InvalidSetting({
        name,
        reason: "must be the URL of a proxy, such as http://proxy.example.com:3128"
      })
    }
    const url = new URL(text)
    remember(url.password)
    if (url.protocol !== "http:" && url.protocol !== "https:") {
      return yield* new InvalidSetting({
        name,
        reason: "must begin with http:// or https://: other kinds of proxies are not supported"
      })
    }
    const user = decoded(url.username)
    const password = decoded(url.password)
    if (Either.isLeft(user) || Either.isLeft(password)) {
      return yield* new InvalidSetting({ name, reason: "the name and the password must be percent-encoded" })
    }
    remember(password.right)
    const credentials = Buffer.from(`${user.right}:${password.right}`).toString("base64")
    const given = user.right !== "" || password.right !== ""
    if (given) remember(credentials)
    return {
      host: url.host,
      url: url.origin,
      authorization: given ? Redacted.make(`Basic ${credentials}`) : null
    }
  })

const bare = (host: string): string => host.toLowerCase().replace(/^\[|\]$|\.$/g, "")

const familyOf = (address: string) => isIP(address) === 6 ? "ipv6" : "ipv4"

/** An address, or a network such as 10.0.0.0/8. */
const holds = (entry: string, address: string): boolean =>
  Either.getOrElse(
    Either.try(() => {
      const [written = "", bits] = entry.split("/")
      const network = bare(written)
      const list = new BlockList()
      if (bits === undefined) list.addAddress(network, familyOf(network))
      else list.addSubnet(network, Number(bits), familyOf(network))
      return list.check(address, familyOf(address))
    }),
    () => false
  )

const leavesOut = (entry: string, url: URL): boolean => {
  if (entry === "*") return true
  const host = bare(url.hostname)
  const [, name = entry, port] = /^(\[.+\]|[^:]+):(\d+)$/.exec(entry) ?? []
  if (port !== undefined && port !== (url.port === "" ? "443" : url.port)) return false
  if (isIP(host) !== 0) return holds(name, host)
  const domain = bare(name).replace(/^\*?\./, "")
  return domain !== "" && (host === domain || host.endsWith(`.${domain}`))
}

const direct = (reason: string | null): Route => ({ proxy: null, reason })

/** Only https goes through a proxy, in a tunnel: over plain http the proxy could read the key. */
export const route = (environment: Variables, baseUrl: string): Effect.Effect<Route, InvalidSetting> =>
  Effect.gen(function*() {
    const url = new URL(baseUrl)
    const chosen = named(environment, "HTTPS_PROXY") ?? named(environment, "ALL_PROXY")
    const plain = named(environment, "HTTP_PROXY")
    if (chosen === undefined && plain === undefined) return direct(null)
    if (isLoopback(baseUrl)) return direct("this API is on this machine")
    if (url.protocol !== "https:") {
      return direct("over plain http a proxy could read the key, so the API is asked directly")
    }
    if (chosen === undefined) return direct("HTTP_PROXY is for plain http alone. Set HTTPS_PROXY to use one")
    const entries = named(environment, "NO_PROXY")?.[1].split(/[\s,]+/).filter((entry) => entry !== "") ?? []
    if (entries.some((entry) => leavesOut(entry, url))) return direct("NO_PROXY leaves this API out")
    return { proxy: yield* read(chosen), reason: null }
  })
