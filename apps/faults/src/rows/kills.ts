/** Processes that end without a word: at every named step, and at any moment. */
import { Session } from "@trunkline/dataset"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { spawn } from "node:child_process"
import { rmSync } from "node:fs"
import { join } from "node:path"
import { assertReadable, assertRecovers, before, undisturbed } from "../../../../packages/dataset/test/life.js"
import * as Kills from "../../../../packages/export/test/fixtures/kills.js"
import { program } from "../programs.js"
import { type Case, type Row, wrongOf } from "../Row.js"

const crash = (words: ReadonlyArray<string>) =>
  Effect.async<{ readonly signal: string | null; readonly errors: string }>((resume) => {
    const child = spawn(process.execPath, [program("crash"), ...words], { stdio: ["ignore", "ignore", "pipe"] })
    let errors = ""
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      errors += text
    })
    child.on("close", (_, signal) => resume(Effect.succeed({ signal, errors })))
    return Effect.sync(() => child.kill("SIGKILL"))
  })

/** Twenty for each step of each phase. */
const named = 1320

export const kills: Row = {
  name: "kills",
  words: "SIGKILL before every named step of every phase of a dataset's life, twenty times",
  cases: { whole: named, ten: 66, one: 1, soak: 0 },
  seconds: 60,
  make: Effect.gen(function*() {
    const life = yield* undisturbed
    const names = [...new Map(life.steps.map((step) => [`${step.phase} ${step.name}`, step])).values()]
    const session = yield* Session.make({ temporary: join(life.root, "spill") })
    return ({ number, random }) =>
      Effect.gen(function*() {
        if (names.length * 20 > named) return [wrongOf(`${names.length} steps want ${names.length * 20} cases`)]
        const { name, phase } = names[number % names.length] ?? { name: "", phase: 0 }
        const times = life.steps.filter((step) => step.phase === phase && step.name === name).length
        const occurrence = 1 + random.below(times)
        const out = before(life, phase, `killed-${number}`)
        const { errors, signal } = yield* crash([out, String(phase), name, String(occurrence)])
        if (signal !== "SIGKILL" || errors !== "") return [wrongOf(`${name} ${occurrence}: ${signal} ${errors}`)]
        yield* assertReadable(life, session, out, phase)
        yield* assertRecovers(life, out, phase)
        rmSync(out, { recursive: true })
        return []
      })
  })
}

export const killed: Row = {
  name: "killed",
  words:
    "An export killed before each of its named steps, or at random moments, once to three times, and finished by another",
  cases: { whole: 300, ten: 18, one: 0, soak: 0 },
  seconds: 180,
  make: Effect.gen(function*() {
    const context = yield* Layer.build(Kills.world)
    const { expected, milliseconds, steps } = yield* Effect.provide(Kills.undisturbed(program("killed")), context)
    const names = [...new Set(steps)]
    /** One in three before a step, each step in its turn. */
    const killsOf = ({ number, random }: Case): ReadonlyArray<Kills.Kill> => {
      const step = names[Math.floor(number / 3) % names.length] ?? ""
      return number % 3 === 0
        ? [{ step, occurrence: 1 + random.below(steps.filter((one) => one === step).length) }]
        : Array.from({ length: 1 + random.below(3) }, () => ({ after: random.next() * milliseconds }))
    }
    return (one) =>
      Kills.killedAndFinished({
        program: program("killed"),
        name: `seed ${one.seed}, case ${one.number}`,
        expected,
        kills: killsOf(one)
      }).pipe(Effect.provide(context), Effect.as([]))
  })
}
