/** What a run did, as `trunkline export --json` prints it: scripts rely on every name here. */
import * as Schema from "effect/Schema"
import { Problem } from "./Problem.js"

const Certified = Schema.NullOr(Schema.String)

export const ExportReport = Schema.Struct({
  status: Schema.Literal("certified", "partial", "failed", "interrupted"),
  /** Rows of the dataset after the run. */
  rows: Schema.Struct({
    calls: Schema.Number,
    messages: Schema.Number,
    utterances: Schema.Number,
    conversations: Schema.Number
  }),
  /** Of this run. */
  new: Schema.Number,
  updated: Schema.Number,
  quarantined: Schema.Number,
  windows: Schema.Struct({ certified: Schema.Number, open: Schema.Number, uncertified: Schema.Number }),
  /** Everything before this instant is proved to be there; null where nothing is, or the source was not asked. */
  certifiedUntil: Schema.Struct({ allo: Certified, allomia: Certified }),
  /** How much of the dataset was inspected: names and sizes of all files, and the content of so many of them. */
  checked: Schema.Struct({ files: Schema.Number, bytes: Schema.Number, of: Schema.Number }),
  runId: Schema.String,
  exitCode: Schema.Literal(0, 1, 2, 3, 4, 5, 130),
  requests: Schema.Struct({ total: Schema.Number, retried: Schema.Number, throttled: Schema.Number }),
  seconds: Schema.Number,
  /** Absolute. */
  out: Schema.String,
  problems: Schema.Array(Problem)
})
export interface ExportReport extends Schema.Schema.Type<typeof ExportReport> {}
