/** The section on what was read. */
import type { Report, Source } from "../../Report.js"
import * as Words from "../../Words.js"
import * as findings from "../report/findings.js"
import { html, name, prose } from "./html.js"
import { data, definition, type Section, section, table, title } from "./section.js"
import * as timeCharts from "./timeCharts.js"

export const coverage = (source: Source, report: Report, id: string): Section => {
  const finding = findings.coverage(source, report)
  const { certified, gaps, open, quarantined, rows, streams, troubles, uncertified, windows } = source.coverage
  const shown = rows.slice(0, findings.mostBars)
  const of = (part: (typeof rows)[number], state: string) => part.stretches.filter((one) => one.state === state).length
  return section({
    id: `${id}-coverage`,
    of: id,
    topic: "What was read",
    finding,
    ...(windows === 0 ? {} : {
      lead: `${Words.many(windows, "window")}: ${Words.count(certified)} certified, ${Words.count(open)} open. ${
        Words.many(gaps, "gap")
      }, ${Words.many(uncertified, "stretch", "stretches")} without proof, ${
        Words.many(quarantined, "row")
      } in quarantine. Last read on ${Words.instant(source.totals.readAt, report.zone)}.`,
      chart: html`${
        timeCharts.timeline(
          title(finding),
          shown.map((row) => ({ ...row, label: `${findings.scope(row)}, ${row.stream}` })),
          report.zone
        )
      }
<ul class="legend"><li class="certified">certified</li><li class="open">open</li><li class="uncertified">without proof</li><li class="gap">gap</li></ul>`
    }),
    caption: windows === 0
      ? "trunkline export writes a certificate for every window of time it reads. Without them nobody can tell whether calls are missing."
      : prose(
        `${definition("coverage", "`certified`")}${
          streams > shown.length ? ` Those with most troubles, of ${Words.count(streams)}.` : ""
        }`
      ),
    ...(windows === 0 ? {} : {
      after: data(
        "coverage",
        table({
          caption: "By scope and stream",
          head: ["scope", "stream", "from", "to", "certified to", "gaps", "without proof", "quarantined"],
          rows: rows.map((row) => [
            name(findings.scope(row)),
            name(row.stream),
            Words.instant(row.fromAt, report.zone),
            Words.instant(row.toAt, report.zone),
            Words.instant(row.certifiedTo, report.zone),
            Words.count(of(row, "gap")),
            Words.count(of(row, "uncertified")),
            Words.count(row.quarantined)
          ])
        }),
        table({
          caption: "Missing or without proof",
          head: ["scope", "stream", "from", "to", "what"],
          rows: troubles.map((row) => [
            name(findings.scope(row)),
            name(row.stream),
            Words.instant(row.fromAt, report.zone),
            Words.instant(row.toAt, report.zone),
            row.state
          ])
        })
      )
    })
  })
}
