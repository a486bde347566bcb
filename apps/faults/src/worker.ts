/** A process that runs the cases it is sent, so that one that hangs or dies costs no other. */
import * as Effect from "effect/Effect"
import { rows } from "./rows.js"
import * as Running from "./running.js"

const isJob = (value: unknown): value is Running.Job =>
  typeof value === "object" && value !== null && "row" in value && "number" in value

const { close, run } = Running.make(rows)

process.on("message", (job) => {
  if (isJob(job)) Effect.runFork(Effect.map(run(job), (done) => process.send?.(done)))
})
// Without the one who asks there is nothing to do.
process.on("disconnect", () => Effect.runFork(Effect.ensuring(close, Effect.sync(() => process.exit()))))
