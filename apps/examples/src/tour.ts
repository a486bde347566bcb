/** A tour that needs no key: both services against a made-up account on loopback, at the pace of the real APIs. */
import { NodeHttpClient, NodeRuntime } from "@effect/platform-node"
import { AlloClient, Conversations } from "@trunkline/allo"
import { AllomiaClient, Calls, Organizations } from "@trunkline/allomia"
import { Sandbox } from "@trunkline/sandbox"
import { Clock, Console, Duration, Effect, Layer, Redacted, Stream } from "effect"
import { bars } from "./bars.js"

const Vendors = Layer.unwrapEffect(Effect.map(Sandbox, ({ alloUrl, allomiaUrl, keys }) =>
  Layer.mergeAll(
    Conversations.layer.pipe(
      Layer.provide(AlloClient.layer({ apiKey: Redacted.make(keys.allo), baseUrl: alloUrl }))
    ),
    Layer.merge(Calls.layer, Organizations.layer).pipe(
      Layer.provide(AllomiaClient.layer({ apiKey: Redacted.make(keys.allomia), baseUrl: allomiaUrl }))
    )
  )))

/** Adds one value to the group it belongs to. */
const add = (groups: ReadonlyMap<string, ReadonlyArray<number>>, name: string, value: number) =>
  new Map(groups).set(name, [...(groups.get(name) ?? []), value])

const none: ReadonlyMap<string, ReadonlyArray<number>> = new Map()

/** How Allo calls ended, with their lengths in seconds. Searches are POSTs, and so run at 5 a second. */
const outcomes = Effect.gen(function*() {
  const conversations = yield* Conversations
  return yield* conversations.items({ type: "CALL" }).pipe(
    Stream.runFold(
      none,
      (groups, call) => add(groups, call.result ?? "(none)", Duration.toSeconds(call.duration ?? Duration.zero))
    )
  )
})

/** What callers of the first clinics wanted. Only a single call knows its intent, so each is fetched. */
const intents = Effect.gen(function*() {
  const calls = yield* Calls
  const organizations = yield* Organizations
  return yield* organizations.stream({}).pipe(
    Stream.flatMap(({ id }) => Stream.take(calls.stream({ organizationId: id }), 15)),
    Stream.mapEffect(
      ({ id, organizationId }) => calls.get(id, { organizationId: organizationId ?? undefined }),
      { concurrency: 8, unordered: true }
    ),
    Stream.runFold(
      none,
      (groups, call) =>
        add(groups, call.userPrimaryIntent ?? "(not yet known)", Duration.toSeconds(call.callDuration ?? Duration.zero))
    )
  )
})

const tour = Effect.gen(function*() {
  yield* Console.log("Reading a made-up account, at the pace of the real APIs: about ten seconds.\n")
  const begun = yield* Clock.currentTimeMillis
  // The two APIs have paces of their own, so they are read side by side.
  const read = yield* Effect.all({ outcomes, intents }, { concurrency: 2 })
  const seconds = ((yield* Clock.currentTimeMillis) - begun) / 1000
  const requests = yield* Effect.flatMap(Sandbox, ({ history }) => history.requests)
  const refused = requests.filter(({ status }) => status === 429).length
  yield* Console.log(bars("How Allo calls ended", read.outcomes))
  yield* Console.log(bars("What Allomia callers wanted", read.intents))
  yield* Console.log(
    `${requests.length} requests in ${seconds.toFixed(1)} s, ${refused} of them refused for being too fast.`
  )
  yield* Console.log("Next: put your own key into the ten lines at the top of README.md.")
})

tour.pipe(
  Effect.provide(Vendors.pipe(
    Layer.provideMerge(Sandbox.layer({ size: 3000, movement: false })),
    Layer.provide(NodeHttpClient.layerUndici)
  )),
  NodeRuntime.runMain
)
