/** A sandbox, a folder, and runs over both. */
import { NodeHttpClient } from "@effect/platform-node"
import * as Account from "@trunkline/allo/Account"
import * as AlloClient from "@trunkline/allo/AlloClient"
import * as Conversations from "@trunkline/allo/Conversations"
import * as AllomiaClient from "@trunkline/allomia/AllomiaClient"
import * as Calls from "@trunkline/allomia/Calls"
import * as Organizations from "@trunkline/allomia/Organizations"
import { tables } from "@trunkline/calls"
import { Dataset } from "@trunkline/dataset"
import { Disk, ParquetJsLite } from "@trunkline/parquet"
import { Sandbox } from "@trunkline/sandbox"
import { Clock, Context, Duration, Effect, Layer, Option, Redacted } from "effect"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Export from "../src/Export.js"
import { Progress } from "../src/Progress.js"
import { Sources } from "../src/Sources.js"
import { Stop } from "../src/Stop.js"

export const folder = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "trunkline-export-"))),
  (path) => Effect.promise(() => rm(path, { recursive: true, force: true }))
)

export interface Keys {
  readonly allo?: string | null
  readonly allomia?: string | null
  readonly organizationIds?: ReadonlyArray<string>
}

export interface Clients {
  readonly allo: AlloClient.Options | null
  readonly allomia: AllomiaClient.Options | null
  readonly organizationIds: ReadonlyArray<string>
}

/** The services of these clients, over the `HttpClient` at hand. */
export const clientsOf = (clients: Clients) =>
  Effect.gen(function*() {
    const allo = clients.allo === null ? null : yield* Layer.build(
      Layer.mergeAll(Conversations.Conversations.layer, Account.Account.layer).pipe(
        Layer.provideMerge(AlloClient.AlloClient.layer(clients.allo))
      )
    )
    const allomia = clients.allomia === null ? null : yield* Layer.build(
      Layer.mergeAll(Calls.Calls.layer, Organizations.Organizations.layer).pipe(
        Layer.provideMerge(AllomiaClient.AllomiaClient.layer(clients.allomia))
      )
    )
    return Sources.of({
      allo: allo === null ? null : {
        client: Context.get(allo, AlloClient.AlloClient),
        conversations: Context.get(allo, Conversations.Conversations),
        account: Context.get(allo, Account.Account)
      },
      allomia: allomia === null ? null : {
        client: Context.get(allomia, AllomiaClient.AllomiaClient),
        calls: Context.get(allomia, Calls.Calls),
        organizations: Context.get(allomia, Organizations.Organizations),
        organizationIds: clients.organizationIds
      }
    })
  })

/** Both sources of the sandbox, as fast as it answers. */
export const sources = (keys: Keys = {}): Layer.Layer<Sources, never, Sandbox> =>
  Layer.scoped(
    Sources,
    Effect.flatMap(Sandbox, (sandbox) => {
      const alloKey = keys.allo === undefined ? sandbox.keys.allo : keys.allo
      const allomiaKey = keys.allomia === undefined ? sandbox.keys.allomia : keys.allomia
      return clientsOf({
        allo: alloKey === null ? null : {
          apiKey: Redacted.make(alloKey),
          baseUrl: sandbox.alloUrl,
          timeLimit: "2 seconds"
        },
        allomia: allomiaKey === null ? null : {
          apiKey: Redacted.make(allomiaKey),
          baseUrl: sandbox.allomiaUrl,
          requestsPerSecond: 100_000,
          timeLimit: "2 seconds"
        },
        organizationIds: keys.organizationIds ?? []
      })
    })
  ).pipe(Layer.provide(NodeHttpClient.layerUndici))

export const defaults: Export.Options = {
  runId: "run",
  since: Option.none(),
  until: Option.none(),
  full: false,
  lookback: Duration.days(7),
  transcripts: false,
  details: true,
  contacts: [],
  concurrency: 4
}

/** With the clock of this machine at the world's time, which a test may have moved, or wrong by so many milliseconds. */
export const inStep = <A, E, R>(effect: Effect.Effect<A, E, R>, skew = 0): Effect.Effect<A, E, R | Sandbox> =>
  Effect.flatMap(Sandbox, ({ world }) =>
    Effect.flatMap(world.now, (now) =>
      Effect.clockWith((clock) => {
        const ahead = now - clock.unsafeCurrentTimeMillis() + skew
        // The two are read one after the other.
        if (Math.abs(ahead) < 1000) return effect
        const millis = () => clock.unsafeCurrentTimeMillis() + ahead
        return Effect.withClock(effect, {
          [Clock.ClockTypeId]: Clock.ClockTypeId,
          unsafeCurrentTimeMillis: millis,
          unsafeCurrentTimeNanos: () => BigInt(Math.floor(millis())) * 1_000_000n,
          currentTimeMillis: Effect.sync(millis),
          currentTimeNanos: Effect.sync(() => BigInt(Math.floor(millis())) * 1_000_000n),
          sleep: (duration) => clock.sleep(duration)
        })
      })))

let runs = 0

/** One run into a folder, as the command makes it. */
export const run = (out: string, options: Partial<Export.Options> = {}, keys: Keys = {}) =>
  Effect.suspend(() => Export.run({ ...defaults, runId: `run-${++runs}`, ...options })).pipe(
    Effect.provide(Layer.mergeAll(
      sources(keys),
      Stop.layer,
      Progress.layerSilent,
      Dataset.layer({ out, tables, sources: {} }).pipe(Layer.provide(Layer.merge(Disk.layer, ParquetJsLite.layer)))
    )),
    (run) => inStep(run)
  )
