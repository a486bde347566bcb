/** `node dist/main.js pace decode` runs these two; without words, whatever is quick. */
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { decode } from "./decode.js"
import { real } from "./loopback.js"
import { virtual } from "./pace.js"

const benches = {
  pace: Effect.gen(function*() {
    yield* Console.log("Pace: 20 requests a second, 8 in flight, medians over ten phases of the server's windows\n")
    yield* Console.log(yield* virtual)
    yield* Console.log("\nThe same in real time over real connections, five phases, ten seconds\n")
    yield* Console.log(yield* real)
  }),
  decode: Effect.gen(function*() {
    yield* Console.log("Decode: microseconds a row, medians of nine interleaved rounds\n")
    yield* Console.log(yield* decode)
  }),
  // These measure in processes of their own, some for half a minute, dataset and export for several.
  analytics: Effect.promise(() => import("./analytics.js")),
  dataset: Effect.promise(() => import("./dataset.js")),
  export: Effect.promise(() => import("./export.js")),
  sandbox: Effect.promise(() => import("./sandbox.js"))
}

const isBench = (word: string): word is keyof typeof benches => Object.hasOwn(benches, word)

const asked = process.argv.slice(2)
const unknown = asked.filter((word) => !isBench(word))
const chosen = asked.length === 0 ? ["pace", "decode"] as const : asked.filter(isBench)

NodeRuntime.runMain(
  unknown.length > 0
    ? Effect.zipRight(
      Console.error(`No bench is called ${unknown.join(", ")}: there are ${Object.keys(benches).join(", ")}`),
      Effect.sync(() => {
        process.exitCode = 2
      })
    )
    : Effect.forEach(chosen, (name) => Effect.zipRight(benches[name], Console.log("")), { discard: true })
)
