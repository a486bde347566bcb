/** The options of the sandbox, and the settings they make. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Profile, Script } from "../Fault.js"
import type { AllomiaSwitches } from "./allomia.js"
import type { Rates } from "./limits.js"
import { foldSeed } from "./random.js"
import { bound, oneOf, type SandboxError } from "./SandboxError.js"
import type { V1Switches } from "./v1.js"
import type { V2Switches } from "./V2Switches.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** The port; a free port when left out. */
  readonly port?: number | undefined
  /** The same seed, sizes and clock give the same bytes. */
  readonly seed?: number | undefined
  /** Calls and messages of the Allo team, 100 to 2,000,000; 10,000 when left out. */
  readonly size?: number | undefined
  /** Calls of the Allomia clinics; a quarter of `size` when left out. */
  readonly allomiaCalls?: number | undefined
  /** The number of clinics, 1 to 10,000; the last clinic has no calls. */
  readonly organizations?: number | undefined
  /** How far the history reaches back. */
  readonly days?: number | undefined
  /** Where the history ends and the world begins to move, in milliseconds; the clock's time when left out. */
  readonly startsAt?: number | undefined
  /** How the world changes; with `false` nothing changes, and late summaries are already there. */
  readonly movement?: { readonly arrivalsPerMinute?: number; readonly deletionsPerHour?: number } | false | undefined
  /** Requests a second per key; `false` removes the limit. */
  readonly rateLimit?:
    | {
      readonly reads?: number
      readonly writes?: number
      /** Allomia documents no limit and has none unless given one. */
      readonly allomia?: number
      readonly window?: "fixed" | "sliding"
      /** Where in the second a fixed window begins, in milliseconds. */
      readonly phase?: number
    }
    | false
    | undefined
  /** Requests a day to Allo's first interface; `false` removes the limit. */
  readonly dailyQuota?: number | false | undefined
  readonly profile?: Profile | undefined
  readonly script?: ReadonlyArray<Script> | undefined
  /** How long every answer takes. */
  readonly latency?: Duration.DurationInput | undefined
  /** The largest body that is read, in bytes. */
  readonly maximumBody?: number | undefined
  /** The origin that links to files point at; the sandbox itself when left out. */
  readonly publicUrl?: string | undefined
  /** How many requests the history keeps. */
  readonly keptRequests?: number | undefined
  readonly v2?: Partial<V2Switches> | undefined
  readonly v1?: Partial<V1Switches> | undefined
  readonly allomia?: Partial<AllomiaSwitches> | undefined
}

const profiles: ReadonlyArray<Profile> = ["calm", "flaky", "storm"]

const rate = (name: string, value: number, least = 1, most = 1_000_000): Effect.Effect<number, SandboxError> =>
  bound(`rateLimit.${name}`, value, least, most)

const ratesOf = (given: Exclude<Options["rateLimit"], false>): Effect.Effect<Rates, SandboxError> =>
  Effect.all({
    reads: rate("reads", given?.reads ?? 20),
    writes: rate("writes", given?.writes ?? 5),
    allomia: given?.allomia === undefined
      ? Effect.succeed(Number.POSITIVE_INFINITY)
      : rate("allomia", given.allomia),
    kind: Effect.succeed(given?.window ?? "fixed"),
    phase: rate("phase", given?.phase ?? 0, 0, 999)
  })

/** Checks the options and fills in the defaults. */
export const readOptions = (options: Options, now: number) =>
  Effect.gen(function*() {
    const size = yield* bound("size", options.size ?? 10_000, 100, 2_000_000)
    const allomiaCalls = yield* bound("allomiaCalls", options.allomiaCalls ?? Math.floor(size / 4), 0, 2_000_000)
    const organizations = yield* bound("organizations", options.organizations ?? 5, 1, 10_000)
    const days = yield* bound("days", options.days ?? 90, 1, 3650)
    const port = yield* bound("port", options.port ?? 0, 0, 65_535)
    const maximumBody = yield* bound("maximumBody", options.maximumBody ?? 1_048_576, 1024, 1_073_741_824)
    const keptRequests = yield* bound("keptRequests", options.keptRequests ?? 10_000, 1, 10_000_000)
    const seed = foldSeed(yield* bound("seed", options.seed ?? 1, 0, Number.MAX_SAFE_INTEGER))
    const profile = yield* oneOf("profile", options.profile ?? "calm", profiles)
    const limitCap = yield* oneOf("allomia.limitCap", options.allomia?.limitCap ?? 50, [20, 50])
    const rates = options.rateLimit === false ? null : yield* ratesOf(options.rateLimit)
    // Dates after the year 9000 could need five digits for the year.
    const startsAt = yield* bound("startsAt", options.startsAt ?? now, 0, 221_845_392_000_000)
    const movement = options.movement === false ? null : {
      arrivalsPerMinute: options.movement?.arrivalsPerMinute ?? 6,
      deletionsPerHour: options.movement?.deletionsPerHour ?? 2
    }
    const v2: V2Switches = {
      conversationsNeedLine: true,
      searchEndIsInclusive: true,
      searchDayOffset: 0,
      searchMaximumDays: Number.POSITIVE_INFINITY,
      results: "observed",
      ...options.v2
    }
    const v1: V1Switches = { total: "documented", zonelessTimes: true, ...options.v1 }
    const allomia: AllomiaSwitches = {
      filterStamp: "callStartedAt",
      callNeedsOrganization: false,
      ...options.allomia,
      limitCap
    }
    return {
      port,
      maximumBody,
      keptRequests,
      profile,
      startsAt,
      latency: Duration.decode(options.latency ?? 0),
      world: { seed, size, epoch: startsAt, days, movement },
      clinics: { seed, size: allomiaCalls, epoch: startsAt, days, movement, organizations },
      dailyQuota: options.dailyQuota === false ? Number.POSITIVE_INFINITY : options.dailyQuota ?? 1000,
      seed,
      rates,
      v2,
      v1,
      allomia
    }
  })
