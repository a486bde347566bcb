/** Lives through all phases, and prints how that ended: `whole`, or the tag and the message. For a process with a file-size limit. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { live, phases } from "../scenario.js"
import { within } from "../tables.js"

const [, , out = ""] = process.argv

Effect.runFork(
  within(out, (dataset) => live(dataset, phases.length - 1)).pipe(
    Effect.zipRight(Console.log("whole")),
    Effect.catchAll((error) => Console.log(`${error._tag}: ${error.message}`))
  )
)
