/** The nights that a worker was given: which wait for their turn, which are at work, and whose they still are. */
import type { SqlError } from "@effect/sql/SqlError"
import * as Cause from "effect/Cause"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberSet from "effect/FiberSet"
import * as Metric from "effect/Metric"
import * as Schedule from "effect/Schedule"
import type { Night, Outcome } from "../Account.js"
import type { Key, Nights } from "./nights.js"
import * as Timing from "./timing.js"
import * as Turns from "./turns.js"

/** What a desk asks of the table. */
type Table = Pick<Nights, "begin" | "beat" | "end" | "giveBack">

interface Entry {
  readonly key: Key
  /** Whether this worker still holds the shard of the night's key. */
  isHere: () => boolean
  /** `taken` by another worker, or `dropped` before its turn, since the engine delivers it anew. */
  state: "waiting" | "at work" | "ending" | "over" | "taken" | "dropped"
  /** For how many beats the shard was away. */
  away: number
  readonly leave: Deferred.Deferred<void>
}

interface Begun {
  readonly entry: Entry
  readonly fiber: Fiber.RuntimeFiber<void>
}

const told = {
  nights: Metric.counter("trunkline_fleet_nights", { description: "Nights that ended here", incremental: true }),
  taken: Metric.counter("trunkline_fleet_taken", {
    description: "Nights that another worker took over from this one",
    incremental: true
  }),
  running: Metric.gauge("trunkline_fleet_running", { description: "Nights at work here" }),
  waiting: Metric.gauge("trunkline_fleet_waiting", { description: "Nights that wait here for their turn" }),
  late: Metric.gauge("trunkline_fleet_late_seconds", {
    description: "How long after its time the night began that began last here"
  })
}

/** What is asked every two seconds, for as long as a worker lives, is no part of a trace. */
const untraced = Effect.withTracerEnabled(false)

/** A database that is away comes back. */
const patiently = <A>(asked: Effect.Effect<A, SqlError>): Effect.Effect<A> =>
  Effect.catchAll(untraced(asked), () => Effect.delay(Effect.suspend(() => patiently(asked)), Timing.beat))

const isSame = (left: Key, right: Key): boolean =>
  left.account === right.account && left.attempt === right.attempt && DateTime.Equivalence(left.due, right.due)

const isTaken = ({ state }: Entry): boolean => state === "taken"
const isWaiting = ({ state }: Entry): boolean => state === "waiting"
const isDropped = ({ state }: Entry): boolean => state === "dropped"

/** What nobody thought of ends one night, which is tried again. */
const unexpected: Outcome = { end: "again", exitCode: 1, says: "something unexpected happened", certifiedUntil: null }

/** So many nights are given back at once. The beat shares the connections, and may not wait behind thousands of them. */
const hands = 3

/** Whether the night is this worker's. Another one that is still at it ends it, or falls silent. */
const claim = (nights: Table, key: Key): Effect.Effect<boolean> =>
  Effect.flatMap(patiently(nights.begin(key)), (found) =>
    found === "another's"
      ? Effect.delay(Effect.suspend(() => claim(nights, key)), Timing.poll)
      : Effect.succeed(found === "ours"))

export interface Options<R> {
  readonly nights: Table
  /** So many are at work at once. */
  readonly slots: number
  readonly night: (night: Night) => Effect.Effect<Outcome, never, R>
  /** For how long a try is at work before it is asked to leave. */
  readonly shift?: typeof Timing.shift
}

/** Runs until the scope ends. */
export const make = <R>({ night, nights, shift = Timing.shift, slots }: Options<R>) =>
  Effect.gen(function*() {
    // Nights have the logger and the tracer of who makes the desk. The engine, which calls it, has its own.
    const fork = yield* FiberSet.makeRuntime<R>()
    const turns = Turns.make(slots)
    const giving = Turns.make(hands)
    const closing = yield* Deferred.make<void>()
    const closed = yield* Deferred.make<void>()
    const begun = new Map<string, Begun>()

    /**
     * The engine is answered only where the night was given back, or is over. Until then the engine keeps the message, which goes
     * to the worker that has the key next. A worker that leaves has the key until its last night has ended: what it gave back sooner
     * would come to it again.
     */
    const giveBack = (key: Key): Effect.Effect<void> =>
      Effect.gen(function*() {
        if (yield* Deferred.isDone(closing)) yield* Deferred.await(closed)
        const found = yield* giving.within(patiently(nights.giveBack(key)))
        if (found === "another's") yield* Effect.delay(giveBack(key), Timing.poll)
      })

    const count = Effect.suspend(() => {
      const waiting = [...begun.values()].filter(({ entry }) => entry.state === "waiting").length
      return Effect.zipRight(Metric.set(told.waiting, waiting), Metric.set(told.running, begun.size - waiting))
    })

    const work = (entry: Entry) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.gen(function*() {
          const { key, leave } = entry
          if (!(yield* restore(claim(nights, key))) || isDropped(entry)) return
          entry.state = "at work"
          yield* count
          yield* Metric.set(told.late, DateTime.distance(key.due, yield* DateTime.now) / 1000)
          const late = Effect.delay(Deferred.succeed(leave, undefined), shift(key.attempt))
          const asked = { requested: Deferred.isDone(leave), wait: Deferred.await(leave) }
          const run = Effect.zipRight(Effect.forkScoped(late), Effect.suspend(() => night({ ...key, leave: asked })))
          const exit = yield* Effect.exit(restore(Effect.scoped(run)))
          if (isTaken(entry)) {
            yield* Metric.increment(told.taken)
            yield* Effect.logWarning("Another worker took this night over. What was read here is dropped")
            return
          }
          if (Exit.isFailure(exit) && !Cause.isInterruptedOnly(exit.cause)) {
            yield* Effect.logError("A night broke", exit.cause)
          }
          // Where the process comes to its end, this is interrupted as well.
          const outcome = Exit.isSuccess(exit) ? exit.value : unexpected
          entry.state = "ending"
          const kept = yield* restore(
            outcome.end === "left"
              ? Effect.map(patiently(nights.giveBack(key)), (found) => found === "ours")
              : patiently(nights.end(key, outcome))
          )
          yield* Metric.increment(Metric.tagged(told.nights, "exit_code", String(outcome.exitCode)))
          if (!kept) yield* Effect.logWarning("Another worker took this night over while it ended here")
        })
      ).pipe(Effect.annotateLogs({ account: entry.key.account }))

    const ended = (entry: Entry) =>
      Effect.suspend(() => {
        if (!isTaken(entry) && !isDropped(entry)) entry.state = "over"
        if (begun.get(entry.key.account)?.entry === entry) begun.delete(entry.key.account)
        return count
      })

    /** A night that waits has lost nothing. */
    const drop = ({ entry, fiber }: Begun) =>
      Effect.suspend(() => {
        if (!isWaiting(entry)) return Effect.void
        entry.state = "dropped"
        begun.delete(entry.key.account)
        return Fiber.interruptFork(fiber)
      })

    const follow = ({ entry, fiber }: Begun): Effect.Effect<void> =>
      Effect.gen(function*() {
        yield* Effect.raceFirst(Fiber.await(fiber), Deferred.await(entry.leave))
        if (isWaiting(entry)) {
          yield* Fiber.interrupt(fiber)
          yield* giveBack(entry.key)
        }
        yield* Fiber.await(fiber)
        // Another delivery of the same night was ended.
        if (isDropped(entry)) return yield* attend(entry.key, entry.isHere)
        // The other worker answers the engine. Here the engine ends what it waits for.
        if (isTaken(entry) && !entry.isHere()) yield* Deferred.await(closing)
      }).pipe(
        // A key that comes back within a moment finds its night at work.
        Effect.onInterrupt(() => drop({ entry, fiber }))
      )

    const attend = (key: Key, isHere: () => boolean): Effect.Effect<void> =>
      Effect.gen(function*() {
        const known = begun.get(key.account)
        if (known !== undefined && isSame(known.entry.key, key)) {
          known.entry.isHere = isHere
          return yield* follow(known)
        }
        // The engine has the nights of a key wait for one another, also while the key moves.
        if ((yield* Deferred.isDone(closing)) || !isHere()) return yield* giveBack(key)
        // A try that was given up is still at work here.
        if (known !== undefined) yield* Fiber.interrupt(known.fiber)
        const entry: Entry = { key, isHere, state: "waiting", away: 0, leave: yield* Deferred.make<void>() }
        const fiber = fork(Effect.ensuring(turns.within(work(entry)), ended(entry)))
        begun.set(key.account, { entry, fiber })
        yield* count
        yield* follow({ entry, fiber })
      })

    let isReached = true
    const beat = Effect.gen(function*() {
      const mine = [...begun.values()].filter(({ entry }) => entry.state === "at work")
      const answer = yield* Effect.either(
        Effect.timeout(untraced(nights.beat(mine.map(({ entry }) => entry.key.account))), Timing.expiration)
      )
      if (isReached !== Either.isRight(answer)) {
        isReached = Either.isRight(answer)
        yield* isReached
          ? Effect.logInfo("PostgreSQL answers again")
          : Effect.logWarning("PostgreSQL does not answer. Nights at work go on, and no other begins")
      }
      if (Either.isLeft(answer)) return
      const kept = new Set(answer.right)
      for (const { entry, fiber } of mine) {
        if (entry.state !== "at work" || kept.has(entry.key.account)) continue
        entry.state = "taken"
        yield* Fiber.interruptFork(fiber)
      }
      for (const { entry } of begun.values()) {
        entry.away = entry.isHere() ? 0 : entry.away + 1
        if (entry.away >= (isWaiting(entry) ? 1 : Timing.patience)) yield* Deferred.succeed(entry.leave, undefined)
      }
    })
    yield* Effect.forkScoped(Effect.repeat(beat, Schedule.spaced(Timing.beat)))

    const close = Effect.gen(function*() {
      yield* Deferred.succeed(closing, undefined)
      for (const { entry } of begun.values()) yield* Deferred.succeed(entry.leave, undefined)
      // A night that has ended, and cannot say so, is begun again by the others.
      while ([...begun.values()].some(({ entry }) => isReached || entry.state !== "ending")) {
        yield* Effect.sleep("100 millis")
      }
      yield* Deferred.succeed(closed, undefined)
    })

    return {
      /** Runs a night when its turn comes. Ends once the night has ended here, or was given back. */
      attend,
      /** Asks every night to leave, and begins no other; ends when all have ended, and the database knows, where it is there. */
      close,
      isClosing: Deferred.isDone(closing)
    }
  })
