/** Whether the APIs still hold what the dataset holds: totals are compared, and windows that differ are listed again. */
import type { Readable } from "@trunkline/dataset/Dataset"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Problem } from "./Problem.js"
import type { Progress } from "./Progress.js"
import type { Sources } from "./Sources.js"
import type { Stop } from "./Stop.js"

export const RemoteWindow = Schema.Struct({
  source: Schema.String,
  scope: Schema.String,
  stream: Schema.String,
  from: Schema.String,
  to: Schema.String,
  /** Rows the dataset holds of it, and rows the API says there are. */
  here: Schema.Number,
  there: Schema.NullOr(Schema.Number),
  /** Ids the API lists and the dataset lacks. */
  missingHere: Schema.Array(Schema.String),
  /** Ids the dataset holds and the API no longer lists: an archive keeps what was deleted. */
  missingThere: Schema.Array(Schema.String)
})

export const RemoteReport = Schema.Struct({
  windows: Schema.Number,
  differing: Schema.Array(RemoteWindow),
  exitCode: Schema.Literal(0, 1, 2, 3, 4, 5, 130),
  problems: Schema.Array(Problem)
})
export interface RemoteReport extends Schema.Schema.Type<typeof RemoteReport> {}

export declare const compare: (
  dataset: Readable
) => Effect.Effect<RemoteReport, never, Sources | Stop | Progress>
