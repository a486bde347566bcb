/**
 * A program over the packages that take any Effect from 3.19 on. `run.mjs` compiles and runs it with the newest version of
 * each minor, and against the sandbox of the tarball.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { AlloClient, Conversations, Webhooks } from "@trunkline/allo"
import { AllomiaClient, Calls } from "@trunkline/allomia"
import { tables } from "@trunkline/calls"
import { ApiClient } from "@trunkline/http"
import { Sandbox } from "@trunkline/sandbox"
import { Console, Effect, Layer, Redacted, Schema, Stream } from "effect"

const Vendors = Layer.unwrapEffect(Effect.map(Sandbox, ({ alloUrl, allomiaUrl, keys }) =>
  Layer.merge(
    Conversations.layer.pipe(
      Layer.provide(AlloClient.layer({ apiKey: Redacted.make(keys.allo), baseUrl: alloUrl, pace: "unlimited" }))
    ),
    Calls.layer.pipe(
      Layer.provide(
        AllomiaClient.layer({ apiKey: Redacted.make(keys.allomia), baseUrl: allomiaUrl, pace: "unlimited" })
      )
    )
  ))).pipe(Layer.provide(FetchHttpClient.layer))

const program = Effect.gen(function*() {
  const { item, items } = yield* Conversations
  const { stream } = yield* Calls
  const { organizations } = yield* Sandbox
  const all = yield* Stream.runCollect(items())
  yield* Console.log("items", all.length)
  const [call, responses] = yield* ApiClient.withResponse(item("cll-abc123"))
  yield* Console.log(call.id, responses.map(({ status }) => status).join())
  yield* Console.log("tables", tables.map(({ name }) => name).join())
  const calls = yield* Stream.runCount(stream({ organizationId: organizations[0]?.id ?? "" }))
  yield* Console.log("calls", calls > 0)
  const error = yield* Effect.flip(item("cll-none"))
  yield* Console.log(error._tag, error.status)
  const events = Webhooks.layer({ secrets: [Redacted.make("whsec_c2VjcmV0")] })
  const refused = yield* Effect.flip(Effect.flatMap(Webhooks, (_) => _.verify({ headers: {}, body: "" }))).pipe(
    Effect.provide(events)
  )
  yield* Console.log(refused.reason, Schema.isSchema(Schema.String))
}).pipe(Effect.provide(Layer.provideMerge(Vendors, Sandbox.layerTest({ size: 300 }))))

Effect.runPromise(program)
