import { assert, it } from "@effect/vitest"
import type { ExportDocument } from "../src/command/document.js"
import { ofRun, problemLines } from "../src/command/summary.js"

const report = (told: Pick<ExportDocument, "status" | "windows" | "certifiedUntil">): ExportDocument => ({
  ...told,
  rows: { calls: 3, messages: 0, utterances: 0, conversations: 0 },
  new: 3,
  updated: 0,
  certifiedFrom: { allo: null, allomia: null },
  reconciled: { allo: null, allomia: null },
  quarantined: 0,
  standing: { quarantine: 0, vanished: 0, differences: 0, accepted: 0 },
  checked: { files: 1, bytes: 1000, of: 1 },
  runId: "run",
  exitCode: 130,
  requests: { total: 9, retried: 0, throttled: 0 },
  seconds: 1,
  out: "/data",
  problems: [],
  lake: null,
  notices: []
})

const none = { allo: null, allomia: null }

it("a run that certified windows, but none from the beginning on, does not say that nothing is certified", () => {
  const [headline = "", , windows = ""] = ofRun(report({
    status: "interrupted",
    windows: { certified: 1, open: 0, uncertified: 0 },
    certifiedUntil: none
  }))
  assert.strictEqual(windows, "Windows  1 certified")
  assert.strictEqual(
    headline,
    "Interrupted: 3 new, not yet certified from the beginning on. The next run goes on from here"
  )
})

it("a run that certified nothing speaks of itself, since earlier runs may have", () => {
  const [headline] = ofRun(report({
    status: "failed",
    windows: { certified: 0, open: 0, uncertified: 0 },
    certifiedUntil: none
  }))
  assert.strictEqual(headline, "Failed: 3 new, nothing certified by this run")
})

it("a run that is certified says until when, of each source", () => {
  const [headline] = ofRun(report({
    status: "certified",
    windows: { certified: 2, open: 1, uncertified: 0 },
    certifiedUntil: { allo: "2026-11-17T10:00:00.000Z", allomia: null }
  }))
  assert.strictEqual(headline, "3 new, certified up to 2026-11-17 10:00 UTC (Allo)")
})

it("a run says what is worth knowing of a list, and how much more there is", () => {
  const well = report({ status: "certified", windows: { certified: 1, open: 0, uncertified: 0 }, certifiedUntil: none })
  const notes = (notices: ExportDocument["notices"]) =>
    ofRun({ ...well, notices }).filter((line) => line.startsWith("Note"))
  assert.deepStrictEqual(notes([]), [])
  assert.deepStrictEqual(notes([{ source: "allo", scope: "-", message: "This" }]), ["Note     allo: This"])
  const many = Array.from({ length: 12 }, (_, index) => ({ source: "allomia", scope: `org ${index}`, message: "That" }))
  assert.deepStrictEqual([notes(many).length, ...notes(many).slice(9)], [
    11,
    "Note     allomia, org 9: That",
    "Note     and 2 more notices; --json has all of them"
  ])
})

it("a run says whether the vendors count the same, and what stands", () => {
  const well = report({ status: "certified", windows: { certified: 1, open: 0, uncertified: 0 }, certifiedUntil: none })
  const linesOf = (more: Partial<ExportDocument>) =>
    ofRun({ ...well, ...more }).filter((line) => /^(Compared|Stands)/.test(line))
  assert.deepStrictEqual(linesOf({}), [])
  assert.deepStrictEqual(
    linesOf({
      reconciled: { allo: true, allomia: false },
      standing: { quarantine: 1, vanished: 2, differences: 3, accepted: 4 }
    }),
    [
      "Compared Allo counts the same, Allomia counts other rows",
      "Stands   1 row in quarantine, 2 vanished, 3 differences, 4 accepted"
    ]
  )
})

it("of many problems ten are printed, and how many more there are", () => {
  const problem = (number: number) => ({
    tag: "Stale" as const,
    source: "allomia",
    scope: `org-${number}`,
    message: "No run proved it",
    requestId: null
  })
  const lines = (count: number) =>
    problemLines(Array.from({ length: count }, (_, number) => problem(number))).split("\n")
  assert.deepStrictEqual([lines(10).length, lines(300).length], [10, 11])
  assert.match(lines(300)[9] ?? "", /org-9/)
  assert.strictEqual(lines(300).at(-1), "and 290 more problems; --json has all of them")
})
