/** The command in processes of its own: stopped by signals, and two of it on one folder. */
import type { ExportReport } from "@trunkline/export/ExportReport"
import * as Effect from "effect/Effect"
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { type Ended, start, trunkline } from "../../../exporter/test/started.js"
import * as Oracle from "../oracle.js"
import { command } from "../programs.js"
import { type Row, type Wrong, wrongOf } from "../Row.js"
import * as Still from "../still.js"

const environment = ({ sandbox }: Still.Still) => ({
  ALLO_API_KEY: sandbox.keys.allo,
  ALLO_BASE_URL: sandbox.alloUrl,
  ALLOMIA_API_KEY: sandbox.keys.allomia,
  ALLOMIA_BASE_URL: sandbox.allomiaUrl,
  ALLOMIA_REQUESTS_PER_SECOND: "1000"
})

const reportOf = (stdout: string): ExportReport | null => stdout === "" ? null : JSON.parse(stdout)

/** What a process said, and what it ended with. */
const ofEnded = (
  still: Still.Still,
  { code, stderr, stdout }: Ended,
  codes: ReadonlyArray<number>
): ReadonlyArray<Wrong> => [
  ...code !== null && codes.includes(code) ? [] : [wrongOf(`the command ended with ${code}: ${stderr.slice(-500)}`)],
  ...Oracle.ofWords([stdout, stderr], still.whispers),
  ...stderr.includes("\n    at ") ? [wrongOf(`a stack was shown: ${stderr.slice(-500)}`)] : []
]

const signals = ["SIGTERM", "SIGINT", "SIGHUP"] as const

export const stopped: Row = {
  name: "signals",
  words: "SIGTERM, SIGINT, SIGHUP at a random moment, once and twice",
  cases: { whole: 60, ten: 9, one: 0, soak: 0 },
  seconds: 60,
  make: Effect.gen(function*() {
    // Answers take their time, so that there is something to stop.
    const still = yield* Still.make({ sandbox: { latency: "25 millis" } })
    return ({ number, random }) =>
      Effect.gen(function*() {
        const out = join(yield* Still.folder, "out")
        const signal = signals[number % signals.length] ?? "SIGTERM"
        const twice = number % 2 === 1
        const { history } = still.sandbox
        const until = (yield* history.total) + 1 + random.below(50)
        const run = yield* start(command, ["export", "--json", "--out", out, "--log-level", "debug"], {
          env: environment(still)
        })
        yield* Effect.addFinalizer(() => Effect.sync(() => run.child.kill("SIGKILL")))
        while ((yield* history.total) < until && run.child.exitCode === null) yield* Effect.sleep("5 millis")
        run.child.kill(signal)
        if (twice) {
          yield* Effect.sleep(350 + random.below(300))
          run.child.kill(signals[random.below(signals.length)] ?? "SIGINT")
        }
        const ended = yield* run.ended
        const report = reportOf(ended.stdout)
        const codes = report === null || report.status === "interrupted" ? [130] : [0]
        const missing = !twice && report === null ? [wrongOf("no document after the first signal")] : []
        return [
          ...ofEnded(still, ended, codes),
          ...missing,
          ...report === null ? [] : Oracle.ofReport(report),
          ...Oracle.ofBytes(out, still.secrets),
          ...yield* still.after(out)
        ]
      })
  })
}

export const exporters: Row = {
  name: "exporters",
  words: "Two exports into one folder at the same time",
  cases: { whole: 50, ten: 5, one: 0, soak: 0 },
  seconds: 60,
  make: Effect.gen(function*() {
    const still = yield* Still.make({ sandbox: { latency: "10 millis" } })
    return ({ random }) =>
      Effect.gen(function*() {
        const out = join(yield* Still.folder, "out")
        // In half of the cases there is a folder already.
        if (random.chance(0.5)) mkdirSync(out)
        const export_ = (delay: number) =>
          Effect.delay(
            trunkline(command, ["export", "--json", "--out", out], { env: environment(still) }),
            delay
          )
        const both = yield* Effect.all([export_(0), export_(random.below(1500))], { concurrency: 2 })
        const codes = both.map(({ code }) => code)
        return [
          ...both.flatMap((ended) => ofEnded(still, ended, [0, 6])),
          ...codes.includes(0) ? [] : [wrongOf(`both ended with ${codes.join(" and ")}`)],
          ...both.flatMap(({ code, stderr }) =>
            code === 6 && !/is being written by process \d+/.test(stderr)
              ? [wrongOf(`it says ${stderr.slice(0, 300)}`)]
              : []
          ),
          ...Oracle.ofBytes(out, still.secrets),
          ...yield* still.after(out)
        ]
      })
  })
}
