/** Takes the lock of a folder, says so, and keeps it until it is killed. */
import { Lock } from "@trunkline/dataset"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"

const main = Lock.acquire(process.argv[2] ?? "").pipe(
  Effect.zipRight(Console.log("held")),
  Effect.zipRight(Effect.never),
  Effect.scoped
)

Effect.runFork(main.pipe(Effect.catchAll((error) => Console.log(`${error._tag}: ${error.message}`))))
setInterval(() => {}, 1000)
