/**
 * Both telephony APIs on loopback, over one world made from a seed, for programs to be run and tested against.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type { Profile, Script } from "./Fault.js"
import type { AllomiaSwitches } from "./internal/allomia.js"
import { AllomiaWorld, callTypes, intents } from "./internal/AllomiaWorld.js"
import { AlloWorld, results } from "./internal/AlloWorld.js"
import { App } from "./internal/App.js"
import { FaultPlan } from "./internal/FaultPlan.js"
import { KeyRing } from "./internal/keys.js"
import { listen } from "./internal/listen.js"
import { Log, type Request } from "./internal/Log.js"
import { lines } from "./internal/people.js"
import { foldSeed } from "./internal/random.js"
import type { V1Switches } from "./internal/v1.js"
import type { V2Switches } from "./internal/v2.js"

export type {
  /**
   * One request as the sandbox saw it.
   *
   * @since 0.1.0
   * @category models
   */
  Request
}

/**
 * Something out of bounds in an option or a question, or a port that is taken.
 *
 * @since 0.1.0
 * @category errors
 */
export class SandboxError extends Schema.TaggedError<SandboxError>("@trunkline/sandbox/Sandbox/SandboxError")(
  "SandboxError",
  { option: Schema.String, reason: Schema.String }
) {
  override get message(): string {
    return `${this.option}: ${this.reason}`
  }
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** A free one when left out. */
  readonly port?: number | undefined
  /** The same seed, sizes and clock give the same bytes. */
  readonly seed?: number | undefined
  /** Calls and messages of the Allo team, 100 to 2,000,000; 10,000 when left out. */
  readonly size?: number | undefined
  /** Calls of the Allomia clinics; a quarter of `size` when left out. */
  readonly allomiaCalls?: number | undefined
  /** Clinics, of which the last has no calls. */
  readonly organizations?: number | undefined
  /** How far the history reaches back. */
  readonly days?: number | undefined
  /** Where the history ends and the world begins to move, in milliseconds; the clock's time when left out. */
  readonly startsAt?: number | undefined
  /** How the world changes; `false` holds it still, with everything late already there. */
  readonly movement?: { readonly arrivalsPerMinute?: number; readonly deletionsPerHour?: number } | false | undefined
  /** Requests a second per key; `false` lets everything through. */
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
  /** Requests a day to the older Allo interface. */
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

/**
 * A question to the history: records of a window of time, as a reader during an interval would meet them.
 *
 * @since 0.1.0
 * @category models
 */
export interface Question {
  readonly source: "allo" | "allomia"
  /** Event times from here on, in milliseconds; all when left out. */
  readonly from?: number | undefined
  /** Event times before this. */
  readonly to?: number | undefined
  /** When the reader read; from the start until now when left out. */
  readonly during?: { readonly start: number; readonly end: number } | undefined
  readonly organizationId?: string | undefined
  /** The number of a line. */
  readonly line?: string | undefined
  readonly type?: "CALL" | "SMS" | undefined
}

/**
 * A call or message made by hand.
 *
 * @since 0.1.0
 * @category models
 */
export type Arrival =
  | {
    readonly source: "allo"
    readonly type?: "CALL" | "SMS"
    readonly direction?: "INBOUND" | "OUTBOUND"
    readonly result?: (typeof results)[number]
    /** One of `lines`; the first when left out. */
    readonly line?: string
    /** Somebody known; a stranger when left out. */
    readonly contactNumber?: string
    /** 0 to 10,800. */
    readonly seconds?: number
    /** Now, less its length, when left out. */
    readonly startedAt?: number
  }
  | {
    readonly source: "allomia"
    /** The first when left out. */
    readonly organizationId?: string
    readonly callType?: (typeof callTypes)[number]
    /** 0 to 10,800. */
    readonly seconds?: number
    readonly startedAt?: number
  }

/**
 * @since 0.1.0
 * @category services
 */
export class Sandbox extends Context.Tag("@trunkline/sandbox/Sandbox")<Sandbox, {
  /** Without a path: Allo's begin with `/v1/api` and `/v2/api`. */
  readonly alloUrl: string
  /** With `/api`: Allomia's paths are `/calls` and `/organization` below it. */
  readonly allomiaUrl: string
  /** They open the sandbox and nothing else, so they are no secrets. */
  readonly keys: {
    readonly allo: string
    readonly alloReadOnly: string
    readonly alloConversationsOnly: string
    readonly alloNoScopes: string
    readonly alloRevoked: string
    readonly alloTrial: string
    /** Opens every organisation. */
    readonly allomia: string
    readonly allomiaRevoked: string
    /** One per organisation, in the order of `organizations`. */
    readonly allomiaOrganizations: ReadonlyArray<string>
  }
  readonly organizations: ReadonlyArray<{ readonly id: string; readonly name: string; readonly timezone: string }>
  /** Numbers of the Allo team. */
  readonly lines: ReadonlyArray<string>
  /** The world and what can be done to it. */
  readonly world: {
    /** Its time, in milliseconds. */
    readonly now: Effect.Effect<number>
    readonly startsAt: number
    /** Puts a call or message where readers see it from now on; its id. */
    readonly arrive: (arrival: Arrival) => Effect.Effect<string, SandboxError>
    /** False where there is no such record. */
    readonly remove: (id: string) => Effect.Effect<boolean>
    readonly setSummary: (id: string, summary: string) => Effect.Effect<boolean>
    /** False for messages and the calls of clinics as well, which have no tags. */
    readonly setTags: (id: string, tags: ReadonlyArray<string>) => Effect.Effect<boolean>
    readonly revoke: (key: string) => Effect.Effect<void>
    /** Answers everything about one organisation with this status; `null` mends it. */
    readonly failOrganization: (id: string, status: number | null) => Effect.Effect<void>
    /** Moves the world's clock ahead of everybody else's. */
    readonly advance: (duration: Duration.DurationInput) => Effect.Effect<void>
  }
  readonly faults: {
    readonly push: (...scripts: ReadonlyArray<Script>) => Effect.Effect<void>
    /** Forgets scripts; a profile goes on. */
    readonly clear: Effect.Effect<void>
  }
  /** What was asked and shown, and what had to be. */
  readonly history: {
    /** The newest requests, oldest first. */
    readonly requests: Effect.Effect<ReadonlyArray<Request>>
    readonly total: Effect.Effect<number>
    readonly clear: Effect.Effect<void>
    /** Ids of every record an answer ever showed whole. */
    readonly served: (source: "allo" | "allomia") => Effect.Effect<ReadonlySet<string>>
    /**
     * Ids visible before the interval began and until after it ended: a reader who lacks one has lost it. While the
     * clock stands, what arrives in its first millisecond is not among them, for the reader may have asked before.
     */
    readonly mustHaveSeen: (question: Question) => Effect.Effect<ReadonlySet<string>, SandboxError>
    /**
     * Ids visible at some moment of the interval, its first and last millisecond included: a reader who has another
     * made it up.
     */
    readonly mayHaveSeen: (question: Question) => Effect.Effect<ReadonlySet<string>, SandboxError>
  }
}>() {
  static readonly layer = (options: Options = {}): Layer.Layer<Sandbox, SandboxError> =>
    Layer.scoped(this, make(options))
}

const bound = (option: string, value: number, least: number, most: number): Effect.Effect<number, SandboxError> =>
  Number.isInteger(value) && value >= least && value <= most
    ? Effect.succeed(value)
    : Effect.fail(
      new SandboxError({ option, reason: `must be a whole number from ${least} to ${most}, and is ${value}` })
    )

const refuse = (option: string, reason: string): Effect.Effect<never, SandboxError> =>
  Effect.fail(new SandboxError({ option, reason }))

const profiles: ReadonlyArray<Profile> = ["calm", "flaky", "storm"]

const oneOf = <A extends string | number>(
  option: string,
  value: A,
  values: ReadonlyArray<A>
): Effect.Effect<A, SandboxError> =>
  values.includes(value)
    ? Effect.succeed(value)
    : refuse(option, `must be one of ${values.join(", ")}, and is ${value}`)

const make = (options: Options): Effect.Effect<Context.Tag.Service<Sandbox>, SandboxError, Scope.Scope> =>
  Effect.gen(function*() {
    const size = yield* bound("size", options.size ?? 10_000, 100, 2_000_000)
    const allomiaCalls = yield* bound("allomiaCalls", options.allomiaCalls ?? Math.floor(size / 4), 0, 2_000_000)
    const organizationCount = yield* bound("organizations", options.organizations ?? 5, 1, 1000)
    const days = yield* bound("days", options.days ?? 90, 1, 3650)
    const port = yield* bound("port", options.port ?? 0, 0, 65_535)
    const maximumBody = yield* bound("maximumBody", options.maximumBody ?? 1_048_576, 1024, 1_073_741_824)
    const keptRequests = yield* bound("keptRequests", options.keptRequests ?? 10_000, 1, 10_000_000)
    const seed = foldSeed(yield* bound("seed", options.seed ?? 1, 0, Number.MAX_SAFE_INTEGER))

    const profile = yield* oneOf("profile", options.profile ?? "calm", profiles)
    const limitCap = yield* oneOf("allomia.limitCap", options.allomia?.limitCap ?? 50, [20, 50])
    const rates = options.rateLimit === false ? null : {
      reads: yield* bound("rateLimit.reads", options.rateLimit?.reads ?? 20, 1, 1_000_000),
      writes: yield* bound("rateLimit.writes", options.rateLimit?.writes ?? 5, 1, 1_000_000),
      allomia: options.rateLimit?.allomia === undefined
        ? Number.POSITIVE_INFINITY
        : yield* bound("rateLimit.allomia", options.rateLimit.allomia, 1, 1_000_000),
      kind: options.rateLimit?.window ?? "fixed",
      phase: yield* bound("rateLimit.phase", options.rateLimit?.phase ?? 0, 0, 999)
    }

    const clock = yield* Effect.clock
    const began = clock.unsafeCurrentTimeMillis()
    // Not after the year 9000, for longer years are written in another way.
    const startsAt = yield* bound("startsAt", options.startsAt ?? began, 0, 221_845_392_000_000)
    let ahead = startsAt - began
    const now = () => clock.unsafeCurrentTimeMillis() + ahead

    const movement = options.movement === false ? null : {
      arrivalsPerMinute: options.movement?.arrivalsPerMinute ?? 6,
      deletionsPerHour: options.movement?.deletionsPerHour ?? 2
    }
    const allo = new AlloWorld({ seed, size, epoch: startsAt, days, movement })
    const allomia = new AllomiaWorld({
      seed,
      size: allomiaCalls,
      epoch: startsAt,
      days,
      organizations: organizationCount,
      movement
    })
    const ring = new KeyRing(seed, organizationCount)
    const plan = new FaultPlan(seed, profile)
    for (const script of options.script ?? []) plan.push(script)
    const log = new Log(allo, allomia, keptRequests)
    let origin = options.publicUrl ?? ""
    const app = new App(allo, allomia, ring, plan, log, {
      seed,
      rates,
      dailyQuota: options.dailyQuota === false ? Number.POSITIVE_INFINITY : options.dailyQuota ?? 1000,
      origin: () => origin,
      v2: {
        conversationsNeedLine: true,
        searchEndIsInclusive: true,
        searchDayOffset: 0,
        searchMaximumDays: Number.POSITIVE_INFINITY,
        results: "observed",
        ...options.v2
      },
      v1: { total: "documented", zonelessTimes: true, ...options.v1 },
      allomia: { filterStamp: "callStartedAt", callNeedsOrganization: false, ...options.allomia, limitCap }
    })

    const listening = yield* listen({
      port,
      maximumBody,
      latency: Duration.decode(options.latency ?? 0),
      handle: (incoming) => app.handle(incoming, now()),
      now
    }).pipe(Effect.mapError((reason) => new SandboxError({ option: "port", reason })))
    const url = `http://127.0.0.1:${listening.port}`
    if (options.publicUrl === undefined) origin = url

    /** Everything that was due by now has happened before anything else is done. */
    const step = <A>(act: (time: number) => A): Effect.Effect<A> =>
      Effect.sync(() => {
        const time = now()
        allo.advance(time)
        allomia.advance(time)
        return act(time)
      })

    const ids = (
      question: Question,
      seen: (
        life: { readonly from: number; readonly to: number },
        during: { readonly start: number; readonly end: number }
      ) => boolean
    ): Effect.Effect<ReadonlySet<string>, SandboxError> => {
      const line = question.line === undefined ? null : lines.findIndex((_) => _.number === question.line)
      if (line !== null && line < 0) return refuse("history.line", "not a line of the team")
      const owner = question.organizationId === undefined ? null : allomia.organizationIndex(question.organizationId)
      if (owner !== null && owner < 0) return refuse("history.organizationId", "no such organisation")
      return step((time): ReadonlySet<string> => {
        const during = question.during ?? { start: startsAt, end: time }
        const from = question.from ?? Number.NEGATIVE_INFINITY
        const to = question.to ?? Number.POSITIVE_INFINITY
        const found = new Set<string>()
        if (question.source === "allo") {
          for (let index = 0; index < allo.count; index++) {
            const date = allo.startOf(index)
            if (date < from || date >= to) continue
            if (line !== null && allo.lineOf(index) !== line) continue
            if (question.type !== undefined && allo.isCall(index) !== (question.type === "CALL")) continue
            if (seen(allo.lifeOf(index), during)) found.add(allo.idOf(index))
          }
          return found
        }
        for (let index = 0; index < allomia.count; index++) {
          const start = allomia.startOf(index)
          if (start < from || start >= to || (owner !== null && allomia.ownerOf(index) !== owner)) continue
          if (seen(allomia.lifeOf(index), during)) found.add(allomia.idOf(index))
        }
        return found
      })
    }

    const change = (
      id: string,
      onAllo: (index: number, time: number) => void,
      onAllomia: (index: number, time: number) => void
    ) =>
      step((time) => {
        const item = allo.find(id)
        const call = item >= 0 ? -1 : allomia.find(id)
        if (item >= 0) onAllo(item, time)
        if (call >= 0) onAllomia(call, time)
        return item >= 0 || call >= 0
      })

    return Sandbox.of({
      alloUrl: url,
      allomiaUrl: `${url}/api`,
      keys: {
        allo: ring.text("allo"),
        alloReadOnly: ring.text("alloReadOnly"),
        alloConversationsOnly: ring.text("alloConversationsOnly"),
        alloNoScopes: ring.text("alloNoScopes"),
        alloRevoked: ring.text("alloRevoked"),
        alloTrial: ring.text("alloTrial"),
        allomia: ring.text("allomia"),
        allomiaRevoked: ring.text("allomiaRevoked"),
        allomiaOrganizations: allomia.organizations.map((_, index) => ring.text(`allomiaOrganization${index}`))
      },
      organizations: allomia.organizations.map((_) => ({ id: _.id, name: _.name, timezone: _.timezone })),
      lines: lines.flatMap((_) => (_.number === null ? [] : [_.number])),
      world: {
        now: Effect.sync(now),
        startsAt,
        arrive: (arrival) =>
          bound("arrive.seconds", arrival.seconds ?? 0, 0, 10_800).pipe(
            Effect.zipRight(
              step((time) =>
                arrival.source === "allo" ? arriveAllo(allo, arrival, time) : arriveAllomia(allomia, arrival, time)
              )
            ),
            Effect.flatten
          ),
        remove: (id) =>
          change(id, (index, time) => allo.remove(index, time), (index, time) => allomia.remove(index, time)),
        setSummary: (id, summary) =>
          change(id, (index) => allo.setSummary(index, summary), (index) => allomia.setSummary(index, summary)),
        setTags: (id, tags) =>
          step(() => {
            const index = allo.find(id)
            if (index < 0 || !allo.isCall(index)) return false
            allo.setTags(index, tags)
            return true
          }),
        revoke: (key) => Effect.sync(() => ring.revoke(key)),
        failOrganization: (id, status) =>
          Effect.sync(() => {
            if (status === null) app.failing.delete(id)
            else app.failing.set(id, status)
          }),
        advance: (duration) =>
          Effect.sync(() => {
            ahead += Duration.toMillis(duration)
          })
      },
      faults: {
        push: (...scripts) => Effect.sync(() => scripts.forEach((script) => plan.push(script))),
        clear: Effect.sync(() => plan.clear())
      },
      history: {
        requests: Effect.sync(() => log.requests()),
        total: Effect.sync(() => log.total),
        clear: Effect.sync(() => log.clear()),
        served: (source) => Effect.sync(() => log.served(source)),
        mustHaveSeen: (question) => ids(question, (life, during) => life.from < during.start && life.to > during.end),
        mayHaveSeen: (question) => ids(question, (life, during) => life.from <= during.end && life.to >= during.start)
      }
    })
  })

const arriveAllo = (
  world: AlloWorld,
  arrival: Extract<Arrival, { source: "allo" }>,
  time: number
): Effect.Effect<string, SandboxError> => {
  const line = arrival.line === undefined ? 0 : lines.findIndex((_) => _.number === arrival.line)
  if (line < 0) return Effect.fail(new SandboxError({ option: "arrive.line", reason: "not a line of the team" }))
  let party = arrival.contactNumber === undefined
    ? world.parties
    : world.people.partyOf(arrival.contactNumber, world.parties)
  if (party < 0) {
    return Effect.fail(new SandboxError({ option: "arrive.contactNumber", reason: "nobody has this number" }))
  }
  let slot = [0, 1].find((_) => world.people.lineOf(party, _) === line) ?? -1
  while (arrival.contactNumber === undefined && slot !== 0) slot = world.people.lineOf(++party, 0) === line ? 0 : -1
  if (slot < 0) {
    return Effect.fail(new SandboxError({ option: "arrive.line", reason: "this contact speaks to other lines" }))
  }
  const call = arrival.type !== "SMS"
  const result = Math.max(0, results.indexOf(arrival.result ?? "ANSWERED"))
  const duration = call ? arrival.seconds ?? (result <= 2 ? 60 : 0) : 0
  const outbound = arrival.direction === "OUTBOUND"
  const index = world.arrive(
    { party, slot, call, outbound, result, duration, topic: 0, sender: false },
    arrival.startedAt ?? time - duration * 1000,
    time
  )
  return Effect.succeed(world.idOf(index))
}

const arriveAllomia = (
  world: AllomiaWorld,
  arrival: Extract<Arrival, { source: "allomia" }>,
  time: number
): Effect.Effect<string, SandboxError> => {
  const organization = arrival.organizationId === undefined ? 0 : world.organizationIndex(arrival.organizationId)
  if (organization < 0) {
    return Effect.fail(new SandboxError({ option: "arrive.organizationId", reason: "no such organisation" }))
  }
  const duration = arrival.seconds ?? 60
  const index = world.arrive(
    {
      organization,
      type: Math.max(0, callTypes.indexOf(arrival.callType ?? "Inbound")),
      intent: time % intents.length,
      reason: 0,
      duration
    },
    arrival.startedAt ?? time - duration * 1000,
    time
  )
  return Effect.succeed(world.idOf(index))
}
