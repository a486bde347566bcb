/** Effect Cluster as a fleet uses it: over PostgreSQL alone, so that workers need not reach one another. */
import * as ClusterSchema from "@effect/cluster/ClusterSchema"
import * as Entity from "@effect/cluster/Entity"
import * as RunnerAddress from "@effect/cluster/RunnerAddress"
import * as RunnerHealth from "@effect/cluster/RunnerHealth"
import * as Runners from "@effect/cluster/Runners"
import * as RunnerStorage from "@effect/cluster/RunnerStorage"
import * as Sharding from "@effect/cluster/Sharding"
import * as ShardingConfig from "@effect/cluster/ShardingConfig"
import * as SqlMessageStorage from "@effect/cluster/SqlMessageStorage"
import * as SqlRunnerStorage from "@effect/cluster/SqlRunnerStorage"
import * as Rpc from "@effect/rpc/Rpc"
import type * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { prefix } from "./nights.js"
import * as Timing from "./timing.js"

/** The nights of one API key, one after another: the worker that holds its shard owns its pace. */
export const Key = Entity.make("Key", [
  Rpc.make("Night", {
    payload: { account: Schema.String, due: Schema.DateTimeUtc, attempt: Schema.Number },
    // The same night is sent once, however often a schedule asks for it.
    primaryKey: ({ account, attempt, due }) => `${account} ${DateTime.formatIso(due)} ${attempt}`
  })
]).annotateRpcs(ClusterSchema.Persisted, true).annotate(ClusterSchema.ClientTracingEnabled, false)

/**
 * Locks are rows that expire. Advisory locks would last for as long as a worker is frozen. No worker listens, so an address is
 * only a name.
 */
export const configuration = (worker: string): Layer.Layer<ShardingConfig.ShardingConfig> =>
  ShardingConfig.layer({
    runnerAddress: Option.some(RunnerAddress.make(worker, 1)),
    shardLockDisableAdvisory: true,
    shardLockExpiration: Timing.expiration,
    shardLockRefreshInterval: Timing.refresh,
    refreshAssignmentsInterval: Timing.poll,
    entityMessagePollInterval: Timing.poll,
    entityTerminationTimeout: Timing.farewell,
    simulateRemoteSerialization: false
  })

/**
 * Locks expire by themselves, so a database that is away keeps no worker from leaving. The engine releases them where nothing can
 * be interrupted, and would wait for ever.
 */
const runnerStorage = Layer.effect(
  RunnerStorage.RunnerStorage,
  Effect.map(RunnerStorage.RunnerStorage, (storage) =>
    RunnerStorage.RunnerStorage.of({
      ...storage,
      releaseAll: (address) => Effect.interruptible(storage.releaseAll(address))
    }))
).pipe(Layer.provide(SqlRunnerStorage.layerWith({ prefix })))

export const layer = (worker: string): Layer.Layer<Sharding.Sharding, SqlError, SqlClient.SqlClient> =>
  Sharding.layer.pipe(
    Layer.provide(Runners.layerNoop),
    Layer.provide([
      SqlMessageStorage.layerWith({ prefix }),
      runnerStorage,
      RunnerHealth.layerNoop
    ]),
    Layer.provide(configuration(worker))
  )
