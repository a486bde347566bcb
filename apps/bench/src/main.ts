/** `node dist/main.js cost startup` runs these two; without words, those that tell what an export costs. */
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { cost } from "./cost.js"
import { decode } from "./decode.js"
import { files } from "./files.js"
import { incremental } from "./incremental.js"
import { lake } from "./lake.js"
import { real } from "./loopback.js"
import { virtual } from "./pace.js"
import { turns } from "./settings.js"
import { startUp } from "./startUp.js"

const print = (title: string, table: Effect.Effect<string>) =>
  Effect.zipRight(Console.log(`${title}\n`), Effect.flatMap(table, Console.log))

const benches = {
  cost: print(`Cost: a whole export beside hand-written loops, medians of ${turns} turns`, Effect.promise(cost)),
  incremental: print(`Incremental: one nightly run, medians of ${turns} turns`, Effect.promise(incremental)),
  files: print("Files: published partitions beside DuckDB's own COPY of the same rows, medians", Effect.promise(files)),
  lake: print(`Lake: pushes and restores over a folder, medians of ${turns} turns`, Effect.promise(lake)),
  startup: print("Start-up: medians", Effect.sync(startUp)),
  pace: Effect.zipRight(
    print("Pace: 20 requests a second, 8 in flight, medians over ten phases of the server's windows", virtual),
    print("\nThe same in real time over real connections, five phases, ten seconds", real)
  ),
  share: print(
    "Share: the command at the documented limits, 40 ms away, median and least of a few runs",
    Effect.promise(async () => (await import("./share.js")).share())
  ),
  decode: print("Decode: microseconds a row, medians of nine interleaved rounds", decode),
  // These measure in processes of their own, some for half a minute.
  analytics: Effect.promise(() => import("./analytics.js")),
  explore: print(
    "Explore: the page over a million calls, in headless Chromium",
    Effect.promise(async () => (await import("./explore.js")).explore())
  ),
  sandbox: Effect.promise(() => import("./sandbox.js"))
}

const isBench = (word: string): word is keyof typeof benches => Object.hasOwn(benches, word)

const asked = process.argv.slice(2)
const unknown = asked.filter((word) => !isBench(word))
const chosen = asked.length === 0 ? ["cost", "incremental", "files", "startup"] as const : asked.filter(isBench)

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
