/** `trunkline demo`. */
import * as Effect from "effect/Effect"
import type * as Asked from "./asked.js"
export const run = (_flags: Asked.OfDataset) => Effect.succeed(0 as const)
