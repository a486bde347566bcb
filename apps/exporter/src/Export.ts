/** One run: reads what is missing of every scope, lands it, publishes it, and says what it has and what it lacks. */
import type { Dataset } from "@trunkline/dataset"
import type * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { ExportReport } from "./ExportReport.js"
import type { Progress } from "./Progress.js"
import type { Sources } from "./Sources.js"
import type { Stop } from "./Stop.js"

export interface Options {
  readonly runId: string
  /** From the earliest instant ever asked for, else 90 days back. */
  readonly since: Option.Option<DateTime.Utc>
  /** Until now. */
  readonly until: Option.Option<DateTime.Utc>
  readonly full: boolean
  readonly lookback: Duration.Duration
  readonly transcripts: boolean
  readonly details: boolean
  /** Only the histories of these contacts, from version 1 of Allo; none reads everything else. */
  readonly contacts: ReadonlyArray<string>
  /** Windows of one scope that are read side by side. */
  readonly concurrency: number
}

/** Never fails: what went wrong is among the problems, and in the exit code. */
export declare const run: (
  options: Options
) => Effect.Effect<ExportReport, never, Dataset | Sources | Stop | Progress>
