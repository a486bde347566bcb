/** `trunkline plan`: what a run would read and how long it would take, from counts alone. */
import * as Effect from "effect/Effect"
import * as Asked from "./asked.js"
import { plan } from "./export.js"

export const run = (flags: Asked.OfRun) => Effect.flatMap(Asked.run(flags), (asked) => plan(flags, asked))
