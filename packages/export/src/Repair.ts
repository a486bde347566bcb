/**
 * Mends a damaged dataset: takes out what is damaged, reads it again, and names what does not come back.
 *
 * @since 0.1.0
 */
import { Dataset, type DatasetError, Interval, type Repair } from "@trunkline/dataset"
import * as Effect from "effect/Effect"
import * as Export from "./Export.js"
import type { ExportReport } from "./ExportReport.js"
import { frontier } from "./internal/feeds.js"
import { Sources } from "./Sources.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Report {
  readonly repaired: Repair.Report
  /** The run that read again what was taken out. */
  readonly run: ExportReport
  /** Rows that stood in damaged files and were not read again. */
  readonly lost: ReadonlyArray<
    Repair.Lost & {
      /** Whether the vendor no longer returns them; false where this run did not read all of their source. */
      readonly isFinal: boolean
    }
  >
}

/**
 * What it names as lost is named once where the run read everything, and again by the next repair where it did not.
 *
 * @since 0.1.0
 * @category running
 */
export const run = (
  options: Omit<Export.Options, "since" | "until" | "full" | "contacts"> = {}
): Effect.Effect<
  Report,
  DatasetError.Damaged | DatasetError.LedgerError | DatasetError.QueryError,
  Dataset | Sources
> =>
  Effect.gen(function*() {
    const dataset = yield* Dataset
    const repaired = yield* dataset.repair({ frontier })
    // Whoever runs this may not know that transcripts are among what was lost.
    const hadTranscripts = (yield* dataset.certificates).some(({ stream }) => Interval.satisfies(stream, "transcript"))
    const isLacking = (yield* dataset.lost).length > 0 ||
      repaired.found.some(({ _tag }) => _tag === "OtherLedger" || _tag === "DamagedLedger")
    const run = yield* Export.run({
      ...options,
      transcripts: options.transcripts === true || (isLacking && hadTranscripts)
    })
    const read = new Set((yield* Sources).map(({ name }) => name))
    const lost = (yield* dataset.lost).map((one) => ({
      ...one,
      isFinal: run.status === "certified" && read.has(one.source)
    }))
    const named = new Set(lost.filter(({ isFinal }) => isFinal).map(({ source }) => source))
    yield* Effect.forEach(named, dataset.forgetLost, { discard: true })
    return { repaired, run, lost }
  }).pipe(Effect.withSpan("Repair.run"))
