/** The files that decide what is whole, what is published and what is asked again, and the tests that are to notice. */

export interface Target {
  readonly file: string
  /** Asked one after the other, the quick ones first, until one notices. */
  readonly stages: ReadonlyArray<ReadonlyArray<string>>
}

const ofPackage =
  (name: string, shared: ReadonlyArray<ReadonlyArray<string>>) =>
  (path: string, ...tests: ReadonlyArray<string>): Target => ({
    file: `packages/${name}/src/${path}.ts`,
    stages: [tests, ...shared].filter((stage) => stage.length > 0)
      .map((stage) => stage.map((test) => `packages/${name}/test/${test}.test.ts`))
  })

const http = ofPackage("http", [["Pace", "Retry", "Page", "Envelope", "Encoding", "Wire", "corners", "slots", "waits"]])
const dataset = ofPackage("dataset", [
  ["Dataset", "State", "Proof", "Merging", "Runs", "Standing", "Sightings", "Landing", "Folding", "Corners"],
  ["Publishing", "Recount", "Verify"]
])
const engine = ofPackage("export", [
  ["Vendor", "Handing", "Trust", "Met"],
  ["worlds/coherent", "worlds/comparison", "worlds/small", "worlds/details"],
  ["worlds/plan", "worlds/clocks", "worlds/compare", "worlds/again", "worlds/range"]
])

export const targets: ReadonlyArray<Target> = [
  http("internal/slots", "slots"),
  http("internal/deadline", "deadline"),
  http("Retry", "Retry"),
  http("Envelope", "Envelope"),
  http("Pace", "Pace"),
  dataset("Interval", "Interval"),
  dataset("Proof", "Proof"),
  dataset("internal/merging", "Merging"),
  dataset("internal/state", "State"),
  dataset("internal/intents", "Intents", "Runs", "Publishing"),
  dataset("internal/landing", "Landing"),
  dataset("internal/keptKeys", "Recount"),
  engine("Grain", "Grain"),
  engine("internal/pass", "Pass"),
  engine("internal/walk", "Walk"),
  engine("internal/budget", "Budget"),
  engine("internal/met", "Met"),
  engine("internal/outage", "Outage"),
  engine("internal/unit", "Unit"),
  engine("internal/answers", "Answers"),
  engine("internal/counts", "Counts"),
  engine("internal/trust", "Trust"),
  engine("internal/windows", "Windows", "WindowRanges"),
  engine("internal/reading", "Reading", "ReadingFailed", "ReadingPieces"),
  engine("internal/comparing", "Comparing", "ComparingWhole", "ComparingCapped", "ComparingBefore"),
  engine("internal/reconcile", "Reconcile", "Unlisted", "CutOff"),
  engine("internal/gone", "Gone", "Brake"),
  engine("internal/feedCounts", "FeedCounts")
]
