/**
 * The pace of one key and one class of traffic: as fast as the API allows and no faster, for everybody who shares the
 * client. It learns the limit and its windows from the answers.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Slots from "./internal/slots.js"

/**
 * What an answer said of the limit, in the usual headers.
 *
 * @since 0.1.0
 * @category models
 */
export interface Told {
  readonly limit: number | undefined
  readonly remaining: number | undefined
}

/**
 * A turn: held from the start of a request to its end.
 *
 * @since 0.1.0
 * @category models
 */
export interface Turn {
  /** The head of the answer is here. The body may still take its time; it no longer weighs. */
  readonly answered: (told: Told) => Effect.Effect<void>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Pace {
  /** Waits for a turn, in order of asking, and runs the request in it. */
  readonly turn: <A, E, R>(request: (turn: Turn) => Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  /** The API refused: nobody starts for that long, nor within one period. */
  readonly close: (wait: Duration.Duration) => Effect.Effect<void>
  /** Requests a period, as configured or as last told. */
  readonly limit: Effect.Effect<number>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** Requests a period until an answer says otherwise. Infinity paces nothing. */
  readonly limit: number
  /** Never more than this, whatever an answer says. */
  readonly ceiling?: number | undefined
  readonly period?: Duration.DurationInput | undefined
}

/** The clock, made monotonic: one that is set back stops nobody. */
const monotonic = Effect.sync(() => {
  let last = Number.NEGATIVE_INFINITY
  let setBack = 0
  return Effect.map(Clock.currentTimeMillis, (time) => {
    setBack += Math.max(0, last - (time + setBack))
    last = time + setBack
    return last
  })
})

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Effect.Effect<Pace> =>
  Effect.gen(function*() {
    const ceiling = options.ceiling ?? Number.POSITIVE_INFINITY
    const period = Duration.toMillis(options.period ?? Duration.seconds(1))
    const slots = Slots.make(options.limit, ceiling, period)
    const now = yield* monotonic
    const queue = yield* Effect.makeSemaphore(1)
    let changed = yield* Deferred.make<void>()

    /** Lets the one who is next look again. */
    const change = (update: (now: number) => void) =>
      Effect.gen(function*() {
        update(yield* now)
        const before = changed
        changed = yield* Deferred.make<void>()
        yield* Deferred.succeed(before, undefined)
      })

    const free: Effect.Effect<void> = Effect.gen(function*() {
      while (true) {
        const time = yield* now
        const at = Slots.next(slots, time)
        if (at <= time) return
        const waiting = Deferred.await(changed)
        yield* Number.isFinite(at) ? Effect.raceFirst(Effect.sleep(Math.ceil(at - time)), waiting) : waiting
      }
    })

    const turn: Pace["turn"] = (request) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.gen(function*() {
          yield* restore(queue.take(1))
          const started = yield* restore(free).pipe(
            Effect.zipRight(Effect.map(now, (time) => Slots.start(slots, time))),
            Effect.ensuring(queue.release(1))
          )
          const answered: Turn["answered"] = (told) =>
            change((time) => {
              Slots.hear(slots, started, time)
              Slots.learn(slots, started, told)
            })
          return yield* restore(request({ answered })).pipe(
            Effect.ensuring(change((time) => Slots.hear(slots, started, time)))
          )
        })
      )

    return {
      turn: options.limit === Number.POSITIVE_INFINITY && ceiling === Number.POSITIVE_INFINITY
        ? (request) => request({ answered: () => Effect.void })
        : turn,
      close: (wait) => change((time) => Slots.refuse(slots, time, Duration.toMillis(wait))),
      limit: Effect.sync(() => slots.limit)
    }
  })
