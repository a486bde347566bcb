/** Lives through the phases and kills itself before the n-th step: a folder, a phase, a step's name, and which of them. */
import * as Effect from "effect/Effect"
import { live, phases, watched } from "../scenario.js"

const [, , out = "", phase = "", step = "", occurrence = ""] = process.argv
let now = -1
let seen = 0

const kill = (name: string) =>
  Effect.sync(() => {
    if (now === Number(phase) && name === step) {
      seen += 1
      // Not a moment later: no finalizer runs, and nothing is flushed.
      if (seen === Number(occurrence)) process.kill(process.pid, "SIGKILL")
    }
  })

const main = watched(out, kill, (dataset) =>
  live(dataset, phases.length, (begun) => {
    now = begun
    seen = 0
  }))

Effect.runFork(main)
