/** `npm run faults`: breaks an export again and again, and writes down what was found. */
import { NodeRuntime } from "@effect/platform-node"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { existsSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import * as Document from "./document.js"
import * as Results from "./Results.js"
import { numbersOf, parts, type Row } from "./Row.js"
import { rows } from "./rows.js"
import * as Runner from "./Runner.js"
import * as Runs from "./Runs.js"

const help = `Breaks an export on purpose, again and again, and checks after each case that nothing was lost.

  npm run faults                          the whole table, about an hour and a half on two cores; stopped, it goes on where it was
  npm run faults -- --part ten            about ten minutes
  npm run faults -- --soak                ten million rows, for hours
  npm run faults -- --only kills,signals  some rows
  npm run faults -- --row kills --seed 7 --case 3    one case again

  --part P       one, ten or whole, which is meant when left out
  --seed N       what chance follows from; an unfinished run is continued, or else a new one is chosen
  --fresh        begins anew, whatever is unfinished
  --processes N  at once, 2 when left out
  --json         one document on stdout
  --write FILE   the page about this run alone; after the whole table docs/faults.md tells of it

  Rows:
${rows.map(({ cases, name, words }) => `  ${name.padEnd(14)} ${String(cases.whole).padStart(5)}  ${words}`).join("\n")}
`

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const program = here("./worker.js")
const folder = here("../results")
const documented = here("../../../../docs/faults")

class Refused extends Error {}

const flags = () => {
  const { values } = parseArgs({
    options: {
      part: { type: "string" },
      soak: { type: "boolean" },
      only: { type: "string" },
      row: { type: "string" },
      case: { type: "string" },
      seed: { type: "string" },
      fresh: { type: "boolean" },
      processes: { type: "string" },
      json: { type: "boolean" },
      write: { type: "string" },
      help: { type: "boolean" }
    }
  })
  const whole = (name: string, text: string | undefined, [least, most]: readonly [number, number]) => {
    if (text === undefined) return null
    const value = Number(text)
    if (!Number.isInteger(value) || value < least || value > most) {
      throw new Refused(`--${name} must be a whole number from ${least} to ${most}`)
    }
    return value
  }
  const named = (name: string): Row => {
    const row = rows.find((row) => row.name === name)
    if (row === undefined) {
      throw new Refused(`no row is called ${name}: there are ${rows.map(({ name }) => name).join(", ")}`)
    }
    return row
  }
  const part = values.soak === true ? "soak" : parts.find((part) => part === (values.part ?? "whole"))
  if (part === undefined) throw new Refused(`--part must be one of ${parts.join(", ")}`)
  const row = values.row === undefined ? null : named(values.row)
  const number = whole("case", values.case, [0, Math.max(1, row?.cases.whole ?? 1, row?.cases.soak ?? 1) - 1])
  if ((row === null) !== (number === null)) throw new Refused("--row and --case go together, with --seed")
  return {
    help: values.help === true,
    json: values.json === true,
    fresh: values.fresh === true,
    write: values.write ?? null,
    seed: whole("seed", values.seed, [0, 999_999_999]),
    processes: whole("processes", values.processes, [1, 64]) ?? 2,
    part,
    only: values.only === undefined ? null : values.only.split(",").map(named),
    one: row === null || number === null ? null : { row, number }
  }
}
type Flags = ReturnType<typeof flags>

const isMeant = (row: Row, { only }: Flags): boolean => only === null || only.includes(row)

/** The unfinished run that goes on, or a new one. */
const resultsOf = (asked: Flags): Results.Results => {
  const digest = Results.digestOf([here(".")])
  const mine = (one: Results.Results) => one.head.part === asked.part && one.head.program === digest
  const found = asked.fresh
    ? undefined
    : Results.all(folder).find((one) =>
      mine(one) && (asked.seed === null ? jobsOf(asked, one).length > 0 : one.head.seed === asked.seed)
    )
  const seed = asked.seed ?? Math.trunc(performance.timeOrigin) % 100_000
  return found ??
    Results.begin(
      Results.pathOf(folder, asked.part, seed),
      Document.headOf({ part: asked.part, seed, program: digest })
    )
}

const meant = (asked: Flags) => rows.filter((row) => isMeant(row, asked))

const jobsOf = (asked: Flags, { done, head }: Results.Results): ReadonlyArray<Runner.Job> => {
  const known = new Set(done.map(({ number, row }) => `${row} ${number}`))
  return meant(asked).flatMap((row) =>
    numbersOf(row, head.part, head.seed).flatMap((number) =>
      known.has(`${row.name} ${number}`) ? [] : [{ row, seed: head.seed, number }]
    )
  )
}

const told = (done: Results.Done): string =>
  `FAILED  ${Document.replay(done)}\n${
    done.wrong.slice(0, 10).map(({ kind, text }) => `        ${kind}: ${text}`).join("\n")
  }`

const every = 10_000

const table = (asked: Flags) =>
  Effect.gen(function*() {
    const before = resultsOf(asked)
    const { head, path } = before
    const jobs = jobsOf(asked, before)
    const done = [...before.done]
    const many = (row: Row) => numbersOf(row, head.part, head.seed).length
    const began = performance.now()
    let toldAt = began
    yield* Console.error(
      `Faults, part ${head.part}, seed ${head.seed}: ${jobs.length} cases to do, ${before.done.length} done before`
    )
    const left = new Map(meant(asked).map((row) => [row.name, jobs.filter((job) => job.row === row).length]))
    yield* Runner.run({
      program,
      processes: asked.processes,
      jobs,
      onDone: (one) =>
        Effect.gen(function*() {
          done.push(one)
          Results.add(path, one)
          if (one.wrong.length > 0) yield* Console.error(told(one))
          left.set(one.row, (left.get(one.row) ?? 1) - 1)
          const count = done.length - before.done.length
          if (left.get(one.row) === 0) {
            const row = rows.find(({ name }) => name === one.row)
            if (row !== undefined) yield* Console.error(shown(Runs.lineOf(row, done, many(row))))
          } else if (performance.now() - toldAt > every) {
            toldAt = performance.now()
            const minutes = (toldAt - began) / 60_000
            yield* Console.error(
              `${count} of ${jobs.length} cases, ${minutes.toFixed(1)} minutes, about ${
                Math.ceil((jobs.length - count) * minutes / count)
              } more; ${one.row} now`
            )
          }
        })
    }).pipe(Effect.onInterrupt(() =>
      Console.error(`Stopped. The same command goes on: ${done.length} cases are done (seed ${head.seed})`)
    ))
    const lines = meant(asked).map((row) =>
      Runs.lineOf(row, done, many(row))
    )
    const failed = lines.flatMap((line) => line.failed)
    yield* asked.json
      ? Console.log(JSON.stringify({
        part: head.part,
        seed: head.seed,
        seconds: (performance.now() - began) / 1000,
        rows: lines.map(({ cases, found, minutes, of, row, skipped }) => ({
          name: row.name,
          words: row.words,
          cases,
          of,
          skipped,
          found,
          minutes
        })),
        failed: failed.map((one) => ({ ...one, replay: Document.replay(one) }))
      }))
      : Console.log(
        `${done.length} cases, ${failed.length} failed, ${((performance.now() - began) / 60_000).toFixed(1)} minutes`
      )
    const run = Runs.of(head, lines)
    if (asked.write !== null) writeFileSync(asked.write, Document.page([run], rows))
    else if (asked.only === null && (head.part === "whole" || head.part === "soak")) keep(run)
    return failed.length > 0 ? 1 : 0
  })

/** Adds a run to those that the repository keeps, and writes the page about them. */
const keep = (run: Runs.Run): void => {
  const runs = Runs.kept([...Runs.read(`${documented}.json`), run])
  Runs.write(`${documented}.json`, runs)
  writeFileSync(`${documented}.md`, Document.page(runs, rows))
}

const shown = ({ cases, failed, minutes, of, row, skipped }: Runs.Line): string =>
  `${row.name.padEnd(14)} ${String(cases).padStart(5)} of ${of}${
    skipped > 0 ? `, ${skipped} not possible here` : ""
  }, ${failed.length} failed, ${minutes.toFixed(1)} minutes, ${(minutes * 60 / Math.max(1, cases)).toFixed(2)} s a case`

const again = (asked: Flags, { number, row }: NonNullable<Flags["one"]>) =>
  Effect.gen(function*() {
    let code = 0
    yield* Runner.run({
      program,
      processes: 1,
      jobs: [{ row, seed: asked.seed ?? 0, number }],
      onDone: (done) => {
        code = done.wrong.length > 0 ? 1 : 0
        return asked.json
          ? Console.log(JSON.stringify(done))
          : Console.log(
            done.wrong.length > 0
              ? told(done)
              : `${done.skipped === null ? "nothing is wrong" : `not possible here: ${done.skipped}`}, ${
                done.seconds.toFixed(1)
              } s`
          )
      }
    })
    return code
  })

const main = Effect.suspend(() => {
  const asked = flags()
  if (asked.help) return Effect.as(Console.log(help), 0)
  if (!existsSync(program)) throw new Refused("start it with npm run faults")
  return asked.one === null ? table(asked) : again(asked, asked.one)
}).pipe(
  Effect.catchAllDefect((error) =>
    Effect.as(
      Console.error(error instanceof Refused || error instanceof TypeError ? `faults: ${error.message}` : error),
      error instanceof Refused || error instanceof TypeError ? 2 : 1
    )
  )
)

NodeRuntime.runMain(main, {
  disableErrorReporting: true,
  teardown: (exit, onExit) => onExit(Exit.isSuccess(exit) ? Number(exit.value) : 130)
})
