/** What a run says of itself in the history of runs: its report, without names of files and without prose. */
import type { Run } from "@trunkline/dataset"
import type { ExportReport } from "../ExportReport.js"
import type { Problem } from "../Problem.js"
import type { Claim } from "./claims.js"

export const tableRows = (rows: Readonly<Record<string, number>>): Run.Summary["rows_held"] =>
  Object.entries(rows).map(([table_name, rows]) => ({ table_name, rows })).toSorted((left, right) =>
    left.table_name < right.table_name ? -1 : 1
  )

/** Each problem once, with how often it was met. Messages may name what only the log may hold. */
export const counted = (problems: ReadonlyArray<Problem>): Run.Summary["problems"] => {
  const counts = new Map<string, Run.Summary["problems"][number]>()
  for (const { scope, source, tag } of problems) {
    const key = JSON.stringify([tag, source, scope])
    counts.set(key, { tag, source, scope, count: (counts.get(key)?.count ?? 0) + 1 })
  }
  return [...counts.values()]
}

const concerns = (problem: Problem, claim: Claim): boolean =>
  (problem.source === null || problem.source === claim.source) &&
  (problem.scope === null || problem.scope === claim.scope)

export const of = (
  report: Omit<ExportReport, "out" | "runId" | "notices" | "seconds" | "checked">,
  { claims, landed }: {
    readonly claims: ReadonlyArray<Claim>
    /** Rows read into each table. */
    readonly landed: Readonly<Record<string, number>>
  }
): Run.Summary => {
  const { exitCode, problems, quarantined, requests, rows, standing, status, updated, windows } = report
  return {
    exit_code: exitCode,
    rows_new: report.new,
    rows_updated: updated,
    rows_quarantined: quarantined,
    rows_landed: tableRows(landed),
    rows_held: tableRows(rows),
    windows_certified: windows.certified,
    windows_open: windows.open,
    windows_uncertified: windows.uncertified,
    scopes: claims.map((claim) => ({
      source: claim.source,
      scope: claim.scope,
      from_at: claim.range?.from ?? null,
      until_at: claim.range?.until ?? null,
      reconciled: report.reconciled[claim.source] ?? null,
      proved: claim.range !== null && status !== "interrupted" && !problems.some((one) => concerns(one, claim))
    })),
    problems: counted(problems),
    standing_quarantine: standing.quarantine,
    standing_vanished: standing.vanished,
    standing_differences: standing.differences,
    standing_accepted: standing.accepted,
    requests: requests.total,
    retried: requests.retried,
    throttled: requests.throttled
  }
}
