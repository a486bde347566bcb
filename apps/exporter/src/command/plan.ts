/** `trunkline plan`: what a run would read and how long it would take, from counts alone. */
import * as Option from "effect/Option"
import * as Asked from "./asked.js"
import * as Export from "./export.js"
import type * as Subject from "./subject.js"

export const run = (flags: Asked.OfRun & Subject.OfSubject & { readonly atOnce: Option.Option<string> }) =>
  Export.run({ ...flags, ...Asked.nothingMore, state: Option.none(), dryRun: true })
