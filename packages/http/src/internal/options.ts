/** Checks the options of a vendor's client. */
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { Transform } from "./scoped.js"

/**
 * The options that every vendor's client takes.
 *
 * @since 0.1.0
 * @category models
 */
export interface Connection {
  readonly apiKey: Redacted.Redacted
  readonly baseUrl?: string | undefined
  /** For one try of a request, its body included: 30 seconds unless told otherwise. */
  readonly timeLimit?: Duration.DurationInput | undefined
  /** Bytes of one answer: 32 MiB unless told otherwise. */
  readonly sizeLimit?: number | undefined
  /** `unlimited` paces nothing, whatever the API tells: for tests, and for servers without a limit. */
  readonly pace?: "unlimited" | undefined
  /** Changes the client that sends each try, in a fiber of its own. It sees the request with its key. */
  readonly transformClient?: Transform | undefined
  /** Whether requests carry the trace they belong to. They do not unless told to: it would tell the vendor who asks. */
  readonly tracePropagation?: boolean | undefined
}

type Rates = { readonly [option: string]: number | undefined }

/**
 * An option that cannot be used.
 *
 * @since 0.1.0
 * @category checks
 */
export interface Problem {
  readonly option: string
  readonly message: string
}

/**
 * The first option that cannot be used. The key has to fit a header. The base URL has to be http or https, with a host
 * and perhaps a path, and nothing else. Rates are numbers of at least 1. The message never shows the key.
 *
 * @since 0.1.0
 * @category checks
 */
export const problem = (options: Connection & { readonly rates: Rates }): Problem | undefined => {
  if (!/^[\x21-\x7e]+$/.test(Redacted.value(options.apiKey))) {
    return { option: "apiKey", message: "the key is empty, or holds spaces or other characters no key has" }
  }
  if (options.baseUrl !== undefined && !isBaseUrl(options.baseUrl)) {
    return { option: "baseUrl", message: "expected an http or https URL without credentials, query or fragment" }
  }
  const limit = options.timeLimit === undefined ? undefined : Duration.decodeUnknown(options.timeLimit)
  if (limit !== undefined && (Option.isNone(limit) || Duration.lessThanOrEqualTo(limit.value, Duration.zero))) {
    return { option: "timeLimit", message: "expected a length of time, such as 30 seconds" }
  }
  if (options.sizeLimit !== undefined && !(options.sizeLimit >= 1)) {
    return { option: "sizeLimit", message: "expected a number of bytes of at least 1" }
  }
  const wrong = Object.entries(options.rates).find(([, rate]) => rate !== undefined && !(rate >= 1))
  return wrong === undefined ? undefined : { option: wrong[0], message: "expected a number of at least 1" }
}

const isBaseUrl = (text: string): boolean => {
  if (!URL.canParse(text)) return false
  const { password, protocol, username } = new URL(text)
  return (protocol === "https:" || protocol === "http:") && `${username}${password}` === "" && !/[?#]/.test(text)
}

/**
 * The two ways to make a vendor's client. Unusable options are a bug where a program wrote them, so `fromOptions` dies.
 * Where they come from outside, `fromConfig` fails.
 *
 * @since 0.1.0
 * @category checks
 */
export const checked = <Options extends Connection, A, R>(client: {
  readonly name: string
  readonly rates: (options: Options) => Rates
  readonly make: (options: Options) => Effect.Effect<A, never, R>
}) => {
  const made = <E>(options: Options, refuse: (problem: Problem) => Effect.Effect<never, E>) =>
    Effect.suspend(() => {
      const wrong = problem({ ...options, rates: client.rates(options) })
      return wrong === undefined ? client.make(options) : refuse(wrong)
    })
  return {
    fromOptions: (options: Options): Effect.Effect<A, never, R> =>
      made(options, ({ message, option }) => Effect.dieMessage(`${client.name}: ${option}: ${message}`)),
    fromConfig: (options: Config.Config.Wrap<Options>): Effect.Effect<A, ConfigError.ConfigError, R> =>
      Effect.flatMap(
        Config.unwrap(options),
        (read) => made(read, ({ message, option }) => Effect.fail(ConfigError.InvalidData([option], message)))
      )
  }
}
