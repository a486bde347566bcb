/** The documents of an export and of a pull: the same fields whatever was read. */
import type { ExportReport } from "@trunkline/export/ExportReport"
import type { PlanReport } from "@trunkline/export/Plan"
import type { PullReport } from "@trunkline/export/Pull"
import type { Pushed } from "@trunkline/lake/Lake"
import type { Problem } from "../Problem.js"

/** Rows of the main tables. */
export const noRows = { calls: 0, messages: 0, utterances: 0, conversations: 0 }

export const nothingCertified: { readonly [source in "allo" | "allomia"]: string | null } = {
  allo: null,
  allomia: null
}

export const nothingReconciled: { readonly [source in "allo" | "allomia"]: boolean | null } = {
  allo: null,
  allomia: null
}

export interface ExportDocument
  extends Omit<ExportReport, "rows" | "certifiedFrom" | "certifiedUntil" | "reconciled" | "problems">
{
  readonly rows: typeof noRows
  readonly certifiedFrom: typeof nothingCertified
  readonly certifiedUntil: typeof nothingCertified
  readonly reconciled: typeof nothingReconciled
  /** What was pushed; null where nothing was, or no lake was named. */
  readonly lake: (Pushed & { readonly to: string }) | null
  readonly problems: ReadonlyArray<Problem>
}

const bySource = <A>({ allo = null, allomia = null }: { readonly [source: string]: A | null }) => ({ allo, allomia })

export const of = (report: ExportReport): ExportDocument => {
  const { calls = 0, conversations = 0, messages = 0, utterances = 0 } = report.rows
  return {
    ...report,
    rows: { calls, messages, utterances, conversations },
    certifiedFrom: bySource(report.certifiedFrom),
    certifiedUntil: bySource(report.certifiedUntil),
    reconciled: bySource(report.reconciled),
    lake: null
  }
}

/** As `trunkline plan --json` prints it. */
export interface PlanDocument extends Omit<PlanReport, "problems"> {
  readonly problems: ReadonlyArray<Problem>
}

/** As `trunkline pull --json` prints it. */
export interface PullDocument extends PullReport {
  readonly table: "calls" | "messages" | "utterances"
  readonly source: "allo" | "allomia"
  /** Absolute. */
  readonly to: string
  readonly rows: number
  /** Null where no file was written. */
  readonly bytes: number | null
  readonly sha256: string | null
}
