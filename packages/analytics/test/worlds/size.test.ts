/** How large the page gets. */
import { assert, it } from "@effect/vitest"
import type { Report } from "@trunkline/analytics"
import * as ReportPage from "@trunkline/analytics/ReportPage"
import * as Effect from "effect/Effect"
import { gathered, until } from "../worlds.js"

it.scoped("the page stays under a megabyte and a half when everything there is to show is as long as it gets", () =>
  Effect.gen(function*() {
    const name = (index: number) => `${"&<\"漢字😀 ".repeat(2000)}${index}`
    const report: Report.Report = yield* gathered({
      calls: Array.from({ length: 3000 }, (_, index) => ({
        source: index % 2 === 0 ? "allo" : "allomia",
        call_id: `${index}`,
        organization_id: `o${index % 100}`,
        // Eight years.
        started_at: new Date(until - index * 86_400_000).toISOString(),
        exported_at: new Date(until).toISOString(),
        duration_seconds: index,
        outcome: index % 3 === 0 ? "missed" : "answered",
        contact_number: `+33600${String(index % 700).padStart(6, "0")}`,
        contact_name: `Somebody ${index}`,
        agent_id: `u${index % 60}`,
        agent_name: index % 60 < 4 ? name(index % 60) : `Agent ${index % 60}`,
        tags: index % 2 === 0 ? [index % 14 === 0 ? name(1) : `tag ${index % 90}`] : [],
        primary_intent: index % 2 === 0 ? null : `intent ${index % 90}`
      })),
      certificates: Array.from({ length: 4000 }, (_, index) => ({
        source: index % 2 === 0 ? "allo" : "allomia",
        scope: `o${index % 100}`,
        stream: "calls",
        from_at: new Date(until - (index + 1) * 86_400_000).toISOString(),
        to_at: new Date(until - (index + 1) * 86_400_000 + 43_200_000).toISOString(),
        verdict: index % 3 === 0 ? "uncertified" : "certified",
        read_at: new Date(until).toISOString()
      }))
    }, { withNumbers: true })
    assert.isBelow(Buffer.byteLength(ReportPage.render(report)), 1_500_000)
  }))
