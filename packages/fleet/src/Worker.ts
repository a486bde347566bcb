/**
 * A worker of a fleet: it runs the nights of the keys that it holds, and takes over those of workers that fell silent.
 *
 * @since 0.1.0
 */
import * as Entity from "@effect/cluster/Entity"
import * as Sharding from "@effect/cluster/Sharding"
import * as Singleton from "@effect/cluster/Singleton"
import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as EffectSchedule from "effect/Schedule"
import type { Account, Night, Outcome } from "./Account.js"
import * as Database from "./Database.js"
import { type DatabaseFailed, ofSql, refusing } from "./FleetError.js"
import * as Desk from "./internal/desk.js"
import * as Engine from "./internal/engine.js"
import * as Nights from "./internal/nights.js"
import * as Scheduling from "./internal/scheduling.js"
import * as Timing from "./internal/timing.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options<R> {
  /** Of this worker alone: another process of the same name would count as the same worker. At most 200 letters. */
  readonly name: string
  /** Nights at work at once; of one key there is never more than one. */
  readonly nights: number
  /** The accounts as they are configured now. */
  readonly accounts: Effect.Effect<ReadonlyArray<Account>>
  /**
   * Runs at least once for each night, and may run on two workers at once where one was frozen: its commit decides. It is
   * interrupted where another worker took it over.
   */
  readonly night: (night: Night) => Effect.Effect<Outcome, never, R>
  /** Ends when the worker is to leave. Nights at work are then asked to leave, and those that wait go to other workers. */
  readonly leave: Effect.Effect<void>
}

/**
 * Works until it is asked to leave. A database that is away for a while is waited for.
 *
 * @since 0.1.0
 * @category running
 */
export const run = <R>(
  { accounts, leave, name, night, nights: slots }: Options<R>
): Effect.Effect<void, DatabaseFailed, R | SqlClient.SqlClient> =>
  Effect.gen(function*() {
    const sql = yield* SqlClient.SqlClient
    const known = Nights.of(sql, name)
    const nights: Nights.Nights = {
      ...known,
      // Where the database was lost, an empty one takes its place.
      beat: (accounts) =>
        known.beat(accounts).pipe(
          Effect.tapError((error) => Effect.when(Effect.ignore(prepared), () => ofSql(error).code === "42P01")),
          Effect.provideService(SqlClient.SqlClient, sql)
        )
    }
    const desk = yield* Desk.make({ nights, slots, night })
    const least = yield* FiberRef.get(FiberRef.currentMinimumLogLevel)
    const schedule = Scheduling.looked({ accounts, nights, sql }).pipe(
      Effect.unlessEffect(desk.isClosing),
      Effect.repeat(EffectSchedule.spaced(Timing.turn)),
      // What it says is not of the engine.
      Logger.withMinimumLogLevel(least),
      Effect.asVoid
    )
    const entity = Engine.Key.toLayer(
      Effect.gen(function*() {
        const sharding = yield* Sharding.Sharding
        const { shardId } = yield* Entity.CurrentAddress
        return Engine.Key.of({ Night: ({ payload }) => desk.attend(payload, () => sharding.hasShardId(shardId)) })
      })
    )
    yield* Layer.mergeAll(entity, Singleton.make("Schedule", schedule)).pipe(
      Layer.provide(Engine.layer(name)),
      Layer.build,
      quietly,
      refusing
    )
    yield* leave
    yield* desk.close
  }).pipe(Effect.scoped, (working) => Effect.zipRight(prepared, working))

/** The engine says each time that the database does not answer; the desk says it once. Its spans have ids in their names. */
const quietly = <A, E, R>(engine: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(FiberRef.get(FiberRef.currentMinimumLogLevel), (least) =>
    engine.pipe(
      Logger.withMinimumLogLevel(LogLevel.lessThanEqual(least, LogLevel.Debug) ? least : LogLevel.None),
      Effect.withTracerEnabled(false)
    ))

/** Several workers that begin at once may wait for one another longer than a lock is waited for. */
const prepared = Database.prepare.pipe(
  Effect.retry({ times: 5, schedule: EffectSchedule.spaced("2 seconds"), while: ({ code }) => code === "55P03" }),
  Effect.withTracerEnabled(false)
)
