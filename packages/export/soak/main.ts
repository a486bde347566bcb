/** Small worlds in memory and whole runs over the sandbox, seed after seed, for as long as wanted. */
import { Console, Effect } from "effect"
import { rm } from "node:fs/promises"
import { parseArgs } from "node:util"
import { names } from "../test/fixtures/coherent/knobs.js"
import { simulate as simulateCoherent } from "../test/fixtures/coherent/world.js"
import { folder } from "../test/fixtures/inProcess.js"
import { live, type Profile, profiles } from "../test/fixtures/moving.js"
import { simulate } from "../test/fixtures/small.js"

const help = `Runs the exporter over worlds that move, and checks every row and every claim of it.

  npm run soak                                  10,000 small worlds in memory, then 300 runs over the sandbox
  npm run soak -- --small 0 --worlds 5000       only the sandbox, for hours
  npm run soak -- --seed 17 --profile storm     one world over the sandbox again
  npm run soak -- --seed 17 --small 1           one small world again
  npm run soak -- --coherent 20000              only worlds whose vendors mislead without contradicting themselves
  npm run soak -- --coherent 1 --seed 17 --knob zero    one of these again

  --small N      so many small worlds                          --worlds N     so many worlds over the sandbox
  --coherent N   so many coherent worlds, 0 when left out      --knob K,L     ${names.join(", ")};
                                                               one to three by chance when left out
  --from N       the first seed, 1 when left out               --profile P    ${
  profiles.join(", ")
}; all in turn when left out
  --seed N       this seed only                                --help
`

const { values } = parseArgs({
  options: {
    small: { type: "string" },
    coherent: { type: "string" },
    knob: { type: "string" },
    worlds: { type: "string" },
    from: { type: "string" },
    seed: { type: "string" },
    profile: { type: "string" },
    help: { type: "boolean" }
  }
})

const whole = (text: string | undefined, other: number): number => text === undefined ? other : Math.floor(Number(text))

const seed = values.seed === undefined ? null : whole(values.seed, 1)
const from = seed ?? whole(values.from, 1)
const coherent = seed === null || values.coherent === undefined ? whole(values.coherent, 0) : 1
const others = values.coherent === undefined
const small = seed === null ? whole(values.small, others ? 10_000 : 0) : values.small === undefined ? 0 : 1
const many = seed === null ? whole(values.worlds, others ? 300 : 0) : values.small === undefined && others ? 1 : 0
const turned = values.knob?.split(",").flatMap((word) => names.filter((name) => name === word))
const only = profiles.filter((profile) => values.profile === undefined || values.profile === profile)

const every = 10_000
let toldAt = performance.now()
const progress = (text: string) =>
  Effect.suspend(() => {
    if (performance.now() - toldAt < every) return Effect.void
    toldAt = performance.now()
    return Console.error(text)
  })

const counts = (seen: ReadonlyMap<string, number>): string =>
  [...seen].toSorted().map(([name, count]) => `${count} ${name}`).join(", ")

const add = (seen: Map<string, number>, name: string, by = 1) => seen.set(name, (seen.get(name) ?? 0) + by)

const failed = (replay: string, wrong: ReadonlyArray<string>) =>
  Console.log(`FAILED  npm run soak -- ${replay}\n${wrong.map((text) => `        ${text}`).join("\n")}`)

const smallWorlds = Effect.gen(function*() {
  const out = folder()
  const runs = new Map<string, number>()
  const windows = new Map<string, number>()
  let failures = 0
  let still = 0
  for (let number = from; number < from + small; number++) {
    const tally = yield* simulate(number, out)
    for (const [status, count] of Object.entries(tally.runs)) add(runs, status, count)
    for (const [verdict, count] of Object.entries(tally.windows)) add(windows, verdict, count)
    if (tally.still) still += 1
    if (tally.wrong.length > 0) {
      failures += 1
      yield* failed(`--seed ${number} --small 1`, tally.wrong)
    }
    yield* progress(`${number - from + 1} of ${small} small worlds, ${failures} failed`)
  }
  yield* Effect.promise(() => rm(out, { recursive: true, force: true }))
  yield* Console.log(
    `${small} small worlds: ${failures} failed; ${still} held still, and were certified at first reading; ` +
      `runs: ${counts(runs)}; windows: ${counts(windows)}`
  )
  return failures
})

const coherentWorlds = Effect.gen(function*() {
  const exits = new Map<string, number>()
  const kinds = new Map<string, number>()
  let failures = 0
  let unsettled = 0
  let answered = 0
  const begun = performance.now()
  for (let number = from; number < from + coherent; number++) {
    const { answers, exitCodes, knobs, wrong } = yield* simulateCoherent(number, {
      turned,
      // One world alone is looked at closely.
      told: seed === null ? undefined : (report) => console.error(JSON.stringify(report, null, 1))
    })
    answered += answers
    for (const code of exitCodes) add(exits, `exit ${code}`)
    if (wrong.length > 0) {
      // A world that is named and not certified in time misleads nobody.
      if (wrong.every((text) => text.includes(" STILL: "))) unsettled += 1
      else failures += 1
      for (const kind of new Set(wrong.map((text) => /[A-Z]{3,}/.exec(text)?.[0] ?? "?"))) add(kinds, kind)
      yield* failed(
        `--coherent 1 --seed ${number}${turned === undefined ? "" : ` --knob ${turned.join()}`}  (${knobs.join(", ")})`,
        wrong
      )
    }
    yield* progress(`${number - from + 1} of ${coherent} coherent worlds, ${failures} failed`)
  }
  yield* Console.log(
    `${coherent} coherent worlds: ${failures} failed, ${unsettled} stood still and were not certified (${
      counts(kinds)
    }); runs: ${counts(exits)}; ` +
      `${Math.round(answered / coherent)} answers and ${Math.round((performance.now() - begun) / coherent)} ms a world`
  )
  return failures + (unsettled > coherent / 100 ? unsettled : 0)
})

const worlds = Effect.gen(function*() {
  let failures = 0
  const ends = new Map<Profile, Map<string, number>>()
  for (let turn = 0; turn < many; turn++) {
    const profile = only[turn % only.length]
    if (profile === undefined) break
    const number = from + (seed === null ? Math.floor(turn / only.length) : 0)
    const world = yield* live(number, profile)
    const seen = ends.get(profile) ?? new Map<string, number>()
    ends.set(profile, seen)
    for (const status of world.statuses) add(seen, status)
    add(seen, `at last ${world.last}`)
    if (world.wrong.length > 0) {
      failures += 1
      yield* failed(`--seed ${number} --profile ${profile}`, world.wrong)
    }
    yield* progress(
      `${turn + 1} of ${many} worlds, ${failures} failed; the last took ${world.milliseconds} ms for ` +
        `${world.requests} requests and ${world.rows} rows`
    )
  }
  yield* Console.log(`${many} worlds over the sandbox: ${failures} failed`)
  for (const [profile, seen] of ends) yield* Console.log(`  ${profile}: ${counts(seen)}`)
  return failures
})

const soak = Effect.gen(function*() {
  if (values.help === true) return yield* Console.log(help)
  if (
    only.length === 0 || [from, small, many, coherent].some((number) => !Number.isInteger(number) || number < 0) ||
    turned?.length === 0
  ) {
    yield* Console.error(help)
    process.exitCode = 2
    return
  }
  const failures = (coherent > 0 ? yield* coherentWorlds : 0) + (small > 0 ? yield* smallWorlds : 0) +
    (many > 0 ? yield* worlds : 0)
  if (failures > 0) process.exitCode = 1
})

Effect.runFork(soak)
