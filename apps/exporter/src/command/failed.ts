/** What is printed when a run never began. */
import type { ExitCode } from "../ExitCode.js"
import type { Problem } from "../Problem.js"
import type { ExportDocument } from "./document.js"
import * as Document from "./document.js"

/** The document of an export that could not even open its dataset, whose rows nobody counted. */
export const report = (told: {
  readonly out: string
  readonly runId: string
  readonly seconds: number
  readonly exitCode: ExitCode
  readonly problems: ReadonlyArray<Problem>
}): ExportDocument => ({
  status: told.exitCode === 130 ? "interrupted" : "failed",
  rows: Document.noRows,
  new: 0,
  updated: 0,
  quarantined: 0,
  windows: { certified: 0, open: 0, uncertified: 0 },
  certifiedFrom: Document.nothingCertified,
  certifiedUntil: Document.nothingCertified,
  reconciled: Document.nothingReconciled,
  standing: { quarantine: 0, vanished: 0, differences: 0, accepted: 0 },
  checked: { files: 0, bytes: 0, of: 0 },
  runId: told.runId,
  exitCode: told.exitCode,
  requests: { total: 0, retried: 0, throttled: 0 },
  seconds: told.seconds,
  out: told.out,
  lake: null,
  problems: told.problems,
  notices: []
})
