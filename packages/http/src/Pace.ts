/**
 * The pace of one key and one class of traffic: as fast as the API allows and no faster, for everybody who shares the
 * client. It learns the limit and its windows from the answers.
 *
 * @since 0.1.0
 */
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import * as Slots from "./internal/slots.js"
import { steady } from "./internal/steady.js"

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

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Effect.Effect<Pace> =>
  Effect.sync((): Pace => {
    const ceiling = options.ceiling ?? Number.POSITIVE_INFINITY
    const period = Duration.toMillis(options.period ?? Duration.seconds(1))
    const slots = Slots.make(options.limit, ceiling, period)
    let waiting = 0
    /** Ends when the one who asked last is no longer in the way. */
    let last = Effect.void
    let changed: Deferred.Deferred<void> | undefined

    /** Lets the one who is next look again. */
    const change = (update: (now: number) => void) =>
      Effect.map(steady, (time) => {
        update(time)
        if (changed !== undefined) Deferred.unsafeDone(changed, Effect.void)
        changed = undefined
      })

    const free: Effect.Effect<void> = Effect.gen(function*() {
      while (true) {
        const time = yield* steady
        const at = Slots.next(slots, time)
        if (at <= time) return
        changed ??= Deferred.unsafeMake<void>(FiberId.none)
        const told = Deferred.await(changed)
        yield* Number.isFinite(at) ? Effect.raceFirst(Effect.sleep(Math.ceil(at - time)), told) : told
      }
    })

    /**
     * Waits behind those who asked before. A semaphore would wake all of them for each turn, and thousands may wait: a program that
     * asks for everything at once.
     */
    const queued = (restore: <A>(waiting: Effect.Effect<A>) => Effect.Effect<A>) =>
      Effect.suspend(() => {
        waiting += 1
        const before = last
        const own = Deferred.unsafeMake<void>(FiberId.none)
        last = Deferred.await(own)
        return restore(before).pipe(
          // Who waits behind this one waits for the one before.
          Effect.onInterrupt(() => Effect.sync(() => Deferred.unsafeDone(own, before))),
          Effect.zipRight(
            restore(free).pipe(
              Effect.zipRight(Effect.map(steady, (time) => Slots.start(slots, time))),
              Effect.ensuring(Effect.sync(() => Deferred.unsafeDone(own, Effect.void)))
            )
          ),
          Effect.ensuring(Effect.sync(() => {
            waiting -= 1
          }))
        )
      })

    const turn: Pace["turn"] = (request) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(steady, (time) =>
          // A request that finds nobody before it and a free slot needs no queue.
          waiting === 0 && Slots.next(slots, time) <= time
            ? Effect.succeed(Slots.start(slots, time))
            : queued(restore)).pipe(
            Effect.flatMap((started) => {
              const answered: Turn["answered"] = (told) =>
                change((time) => {
                  Slots.hear(slots, started, time)
                  Slots.learn(slots, started, told)
                })
              return Effect.flatMap(
                Effect.exit(restore(request({ answered }))),
                (exit) => Effect.zipRight(change((time) => Slots.hear(slots, started, time)), exit)
              )
            })
          )
      )

    return {
      turn: options.limit === Number.POSITIVE_INFINITY && ceiling === Number.POSITIVE_INFINITY
        ? (request) => request({ answered: () => Effect.void })
        : turn,
      close: (wait) => change((time) => Slots.refuse(slots, time, Duration.toMillis(wait))),
      limit: Effect.sync(() => slots.limit)
    }
  })

/**
 * A pace at which nothing waits, whatever an answer says.
 *
 * @since 0.1.0
 * @category constructors
 */
export const unlimited: Effect.Effect<Pace> = make({ limit: Number.POSITIVE_INFINITY })
