/** The document of an export: the same fields whatever was read. */
import type { ExportReport } from "@trunkline/export/ExportReport"
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

export interface ExportDocument extends Omit<ExportReport, "rows" | "certifiedUntil" | "reconciled" | "problems"> {
  readonly rows: typeof noRows
  readonly certifiedUntil: typeof nothingCertified
  readonly reconciled: typeof nothingReconciled
  readonly problems: ReadonlyArray<Problem>
}

export const of = (report: ExportReport): ExportDocument => {
  const { calls = 0, conversations = 0, messages = 0, utterances = 0 } = report.rows
  const { allo = null, allomia = null } = report.certifiedUntil
  return {
    ...report,
    rows: { calls, messages, utterances, conversations },
    certifiedUntil: { allo, allomia },
    reconciled: { allo: report.reconciled["allo"] ?? null, allomia: report.reconciled["allomia"] ?? null }
  }
}
