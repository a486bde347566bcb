/**
 * Both telephony APIs on loopback, over one world made from a seed, for programs to be run and tested against.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { Script } from "./Fault.js"
import { AllomiaWorld } from "./internal/AllomiaWorld.js"
import { AlloWorld } from "./internal/AlloWorld.js"
import { App } from "./internal/App.js"
import { type Arrival, arrive } from "./internal/arrive.js"
import { makeDeliveries } from "./internal/Deliveries.js"
import { ofArrival, ofTags } from "./internal/events.js"
import { FaultPlan } from "./internal/FaultPlan.js"
import { idsOf, type Question } from "./internal/history.js"
import { KeyRing } from "./internal/keys.js"
import { listen } from "./internal/listen.js"
import { Log, type Request } from "./internal/Log.js"
import { type Options, readOptions } from "./internal/options.js"
import { lines } from "./internal/people.js"
import { SandboxError } from "./internal/SandboxError.js"
import type { Event, Subscription } from "./Webhook.js"

export type { Arrival, Options, Question, Request }
export { SandboxError }

/**
 * @since 0.1.0
 * @category services
 */
export class Sandbox extends Context.Tag("@trunkline/sandbox/Sandbox")<Sandbox, {
  /** The origin alone; the paths of Allo begin with `/v1/api` and `/v2/api`. */
  readonly alloUrl: string
  /** Ends with `/api`; the paths of Allomia are `/calls` and `/organization` below it. */
  readonly allomiaUrl: string
  /** They work in the sandbox only, so they are no secrets. */
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
  /** Reads and changes the world. */
  readonly world: {
    /** Its time, in milliseconds. */
    readonly now: Effect.Effect<number>
    readonly startsAt: number
    /** Adds a call or message, which readers see from now on; returns its id. */
    readonly arrive: (arrival: Arrival) => Effect.Effect<string, SandboxError>
    /** False where there is no such record. */
    readonly remove: (id: string) => Effect.Effect<boolean>
    readonly setSummary: (id: string, summary: string) => Effect.Effect<boolean>
    /** False also for messages and for calls of clinics, which have no tags. */
    readonly setTags: (id: string, tags: ReadonlyArray<string>) => Effect.Effect<boolean>
    readonly revoke: (key: string) => Effect.Effect<void>
    /** Every request about the organisation gets this status; `null` ends that. */
    readonly failOrganization: (id: string, status: number | null) => Effect.Effect<void>
    /** Moves the clock of the world ahead of Effect's clock. */
    readonly advance: (duration: Duration.DurationInput) => Effect.Effect<void>
  }
  readonly faults: {
    readonly push: (...scripts: ReadonlyArray<Script>) => Effect.Effect<void>
    /** Removes the scripts; the profile stays. */
    readonly clear: Effect.Effect<void>
  }
  /** Events of the Allo team as signed webhooks. */
  readonly webhooks: {
    /** Signs deliveries unless a subscription names other secrets. */
    readonly secret: string
    /** Delivers what happens from now on, until the sandbox ends. */
    readonly subscribe: (subscription: Subscription) => Effect.Effect<void, SandboxError>
    /** All that happened for the subscribers, oldest first, and what became of it. */
    readonly events: Effect.Effect<ReadonlyArray<Event>>
    /** Ends once no event is pending. */
    readonly settled: Effect.Effect<void>
  }
  /** The requests, the records that answers showed, and the records that a reader must or may see. */
  readonly history: {
    /** The newest requests, oldest first. */
    readonly requests: Effect.Effect<ReadonlyArray<Request>>
    readonly total: Effect.Effect<number>
    readonly clear: Effect.Effect<void>
    /** The ids of all records in answers that arrived whole. */
    readonly served: (source: "allo" | "allomia") => Effect.Effect<ReadonlySet<string>>
    /**
     * Ids visible from before the interval until after it: a reader without one of them has lost it. A record that
     * arrives in the first millisecond is not among them, for the reader may have asked before it arrived.
     */
    readonly mustHaveSeen: (question: Question) => Effect.Effect<ReadonlySet<string>, SandboxError>
    /**
     * Ids visible at some moment of the interval, its first and last millisecond included: a reader with any other id
     * is wrong.
     */
    readonly mayHaveSeen: (question: Question) => Effect.Effect<ReadonlySet<string>, SandboxError>
  }
}>() {
  static readonly layer = (options: Options = {}): Layer.Layer<Sandbox, SandboxError> =>
    Layer.scoped(this, make(options))

  /**
   * For tests whose clock nobody drives, as `it.effect` has it: the world stands still at the end of January 2026, and
   * neither a rate limit nor a quota makes anybody wait. A client waits for nothing either if its pace is `unlimited`.
   */
  static readonly layerTest = (options: Options = {}): Layer.Layer<Sandbox, SandboxError> =>
    this.layer({ startsAt: endOfJanuary, movement: false, rateLimit: false, dailyQuota: false, ...options })
}

/** 31 January 2026, 12:00 UTC. */
const endOfJanuary = 1_769_860_800_000

const make = (options: Options): Effect.Effect<Context.Tag.Service<Sandbox>, SandboxError, Scope.Scope> =>
  Effect.gen(function*() {
    const clock = yield* Effect.clock
    const began = clock.unsafeCurrentTimeMillis()
    const settings = yield* readOptions(options, began)
    const { startsAt } = settings
    let ahead = startsAt - began
    const now = () => clock.unsafeCurrentTimeMillis() + ahead

    const allo = new AlloWorld(settings.world)
    const allomia = new AllomiaWorld(settings.clinics)
    const ring = new KeyRing(settings.seed, settings.clinics.organizations)
    const plan = new FaultPlan(settings.seed, settings.profile)
    for (const script of options.script ?? []) plan.push(script)
    const log = new Log(allo, allomia, settings.keptRequests)
    let origin = options.publicUrl ?? ""
    const app = new App(allo, allomia, ring, plan, log, { ...settings, origin: () => origin })

    const listening = yield* listen({
      port: settings.port,
      maximumBody: settings.maximumBody,
      latency: settings.latency,
      handle: ({ body, ...rest }) =>
        app.handle(
          { ...rest, body: body === null ? null : new TextDecoder("utf-8", { ignoreBOM: true }).decode(body) },
          now()
        ),
      now
    }).pipe(Effect.mapError((reason) => new SandboxError({ option: "port", reason })))
    const url = `http://127.0.0.1:${listening.port}`
    if (options.publicUrl === undefined) origin = url

    /** Performs all arrivals and deletions until now, then acts. */
    const step = <A>(act: (time: number) => A): Effect.Effect<A> =>
      Effect.sync(() => {
        const time = now()
        allo.advance(time)
        allomia.advance(time)
        return act(time)
      })

    const deliveries = yield* makeDeliveries(settings.seed)
    allo.listener = {
      arrived: (index, at) => deliveries.tell(allo.idOf(index), () => ofArrival(allo, index, at), at),
      tagging: (index, tags) => deliveries.tell(allo.idOf(index), () => ofTags(allo, index, tags, now()), now())
    }
    // A world moves when it is looked at. Subscribers hear of what nobody looks at.
    const scope = yield* Effect.scope
    const watch = yield* Effect.once(
      Effect.forkIn(Effect.forever(Effect.delay(step(() => undefined), "100 millis")), scope)
    )

    const ids = (question: Question, seen: Parameters<typeof idsOf>[4]) =>
      Effect.flatten(step((time) => idsOf(allo, allomia, question, { start: startsAt, end: time }, seen)))

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
        arrive: (arrival) => Effect.flatten(step((time) => arrive(allo, allomia, arrival, time))),
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
      webhooks: {
        secret: deliveries.secret,
        subscribe: (subscription) =>
          step(() => undefined).pipe(
            Effect.zipRight(deliveries.subscribe(subscription)),
            Effect.zipLeft(watch)
          ),
        events: step(() => deliveries.events()),
        settled: deliveries.settled
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
