/** What a run would cost, from counts alone. */
import type { Readable } from "@trunkline/dataset/Dataset"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Export from "./Export.js"
import { Problem } from "./Problem.js"
import type { Progress } from "./Progress.js"
import type { Sources } from "./Sources.js"
import type { Stop } from "./Stop.js"

/** What is ahead for one scope of a source. */
export const ScopePlan = Schema.Struct({
  source: Schema.String,
  scope: Schema.String,
  /** The stretches to be read, as ISO instants. */
  ranges: Schema.Array(Schema.Struct({ from: Schema.String, to: Schema.String })),
  rows: Schema.Number,
  requests: Schema.Number,
  /** At the allowed pace. */
  minutes: Schema.Number
})

export const PlanReport = Schema.Struct({
  scopes: Schema.Array(ScopePlan),
  rows: Schema.Number,
  requests: Schema.Number,
  /** Sources are read side by side, so this is less than their sum. */
  minutes: Schema.Number,
  out: Schema.String,
  exitCode: Schema.Literal(0, 1, 2, 3, 4, 5, 130),
  problems: Schema.Array(Problem)
})
export interface PlanReport extends Schema.Schema.Type<typeof PlanReport> {}

/** Of a dataset that may not be there yet. Writes nothing. */
export declare const make: (
  options: Export.Options & { readonly out: string; readonly dataset: Option.Option<Readable> }
) => Effect.Effect<PlanReport, never, Sources | Stop | Progress>
