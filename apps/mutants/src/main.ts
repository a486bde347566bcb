/** `npm run mutants`: changes one sign after the other in what decides, and asks the tests whether they notice. */
import { NodeRuntime } from "@effect/platform-node"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { createHash } from "node:crypto"
import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { equal } from "./equal.js"
import * as Mutation from "./Mutation.js"
import { type Target, targets } from "./targets.js"
import * as Trial from "./Trial.js"

const help =
  `Changes one sign after the other in the files that decide, and asks the tests nearest to each whether they notice.

  npm run mutants                      every change of every file, for hours; stopped, it goes on where it was
  npm run mutants -- --most 8          eight changes a file, chosen by a seed
  npm run mutants -- --only pass,walk  some files

  --most N       changes a file
  --seed N       what chance follows from, 1 when left out
  --processes N  at once, 2 when left out
  --near         asks only the tests that a file has of its own: seconds a change, while you write them
  --fresh        tries again what was noticed before
  --list         names the changes and tries none
  --json         one document on stdout at the end

What was noticed is remembered as long as its file stays as it is. What no test noticed is tried again. Ends with 1 where fewer
than 90 of 100 changes are noticed.
`

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const root = here("../../../")
const folder = here("../dist/results")
const results = `${folder}/noticed.jsonl`

/** The least share of changes that has to be noticed. */
const least = 0.9

const Noticed = Schema.parseJson(Schema.Struct({ key: Schema.String }))
const decodeNoticed = Schema.decodeUnknownOption(Noticed)
const encodeNoticed = Schema.encodeSync(Noticed)

interface Change extends Mutation.Mutation {
  readonly target: Target
  readonly key: string
  readonly text: string
}

const changesOf = (target: Target): ReadonlyArray<Change> => {
  const source = readFileSync(`${root}${target.file}`, "utf8")
  const lines = source.split("\n").map((line) => line.trim())
  return Mutation.of(target.file, source).map((mutation) => ({
    ...mutation,
    target,
    key: createHash("sha256").update(source).update(`${mutation.start} ${mutation.to}`).digest("hex").slice(0, 24),
    text: lines[mutation.line - 1] ?? ""
  }))
}

/** A few of them, the same ones for the same seed. */
const sample = (changes: ReadonlyArray<Change>, most: number, seed: number): ReadonlyArray<Change> => {
  const orderOf = ({ key }: Change) => createHash("sha256").update(`${seed} ${key}`).digest("hex")
  return changes.toSorted((one, other) => orderOf(one) < orderOf(other) ? -1 : 1).slice(0, most)
    .toSorted((one, other) => one.start - other.start)
}

const isEqual = ({ from, target: { file }, text, to }: Change): boolean =>
  equal.some((one) => one.file === file && one.line === text && one.from === from && one.to === to)

const named = ({ from, line, target: { file }, text, to }: Change): string =>
  `${file}:${line}  ${from.replaceAll("\n", " ").trim()} -> ${
    to.trim() === "" ? "nothing" : to.replaceAll("\n", " ").trim()
  }\n    ${text}`

const whole = (name: string, text: string | undefined, otherwise: number): number => {
  const value = text === undefined ? otherwise : Number(text)
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`--${name} takes a whole number from 1 on`)
  return value
}

const options = () => {
  const { values } = parseArgs({
    options: {
      most: { type: "string" },
      only: { type: "string" },
      seed: { type: "string" },
      processes: { type: "string" },
      near: { type: "boolean", default: false },
      fresh: { type: "boolean", default: false },
      list: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false }
    }
  })
  const names = values.only?.split(",") ?? []
  // A runner asks the tests that are there, and leaves out the others without a word.
  const lacking = targets.flatMap(({ file, stages }) => [file, ...stages.flat()]).find((path) =>
    !existsSync(root + path)
  )
  if (lacking !== undefined) throw new Error(`apps/mutants/src/targets.ts names ${lacking}, which is not there`)
  const unknown = names.filter((name) => !targets.some(({ file }) => file.endsWith(`/${name}.ts`)))
  if (unknown.length > 0) throw new Error(`--only: there is no file named ${unknown.join(", ")}`)
  return {
    ...values,
    most: whole("most", values.most, Number.MAX_SAFE_INTEGER),
    seed: whole("seed", values.seed, 1),
    processes: whole("processes", values.processes, 2),
    chosen: targets.filter(({ file }) => names.length === 0 || names.some((name) => file.endsWith(`/${name}.ts`)))
      .map((target) => values.near ? { ...target, stages: target.stages.slice(0, 1) } : target)
  }
}

const main = Effect.gen(function*() {
  const { chosen, fresh, help: asked, json, list, most, processes, seed } = yield* Effect.try({
    try: options,
    catch: (error) => error instanceof Error ? error.message : String(error)
  })
  if (asked) return yield* Console.log(help)
  const tell = json ? Console.error : Console.log
  const known = new Set(
    fresh || !existsSync(results)
      ? []
      : readFileSync(results, "utf8").split("\n").flatMap((line) => {
        const found = decodeNoticed(line)
        return found._tag === "Some" ? [found.value.key] : []
      })
  )
  mkdirSync(folder, { recursive: true })
  let [tried, noticed, same] = [0, 0, 0]
  const survivors: Array<Change> = []
  const passesUnchanged = Trial.unchanged()
  for (const target of chosen) {
    const changes = sample(changesOf(target), most, seed)
    if (list) {
      for (const change of changes) yield* Console.log(named(change))
      continue
    }
    const open = changes.filter((change) => !known.has(change.key) && !isEqual(change))
    const timed = open.length === 0 ? { file: target.file, stages: [] } : yield* passesUnchanged(target)
    if (timed === null) {
      return yield* Effect.fail(`The tests of ${target.file} do not pass as it stands: they tell nothing of a change`)
    }
    const lost = yield* Effect.forEach(open, (change) =>
      Effect.gen(function*() {
        if ((yield* Trial.noticedBy(timed, change)) === null) {
          yield* Console.error(`  not noticed: ${named(change)}`)
          return [change]
        }
        appendFileSync(results, `${encodeNoticed({ key: change.key })}\n`)
        return []
      }), { concurrency: processes })
    const equals = changes.filter(isEqual).length
    const unnoticed = lost.flat()
    tried += changes.length - equals
    noticed += changes.length - equals - unnoticed.length
    same += equals
    survivors.push(...unnoticed)
    yield* Console.log(
      `${target.file}: ${changes.length - equals - unnoticed.length} of ${changes.length - equals} noticed`
    )
    for (const change of unnoticed) yield* tell(`  ${named(change)}`)
  }
  if (list) return
  if (json) {
    const document = survivors.map(({ from, line, target: { file }, text, to }) => ({ file, line, from, to, text }))
    yield* Console.log(JSON.stringify({ tried, noticed, equal: same, survivors: document }))
  }
  yield* tell(
    `${noticed} of ${tried} changes were noticed, ${(100 * noticed / Math.max(1, tried)).toFixed(1)} %; ` +
      `${same} more change nothing (apps/mutants/src/equal.ts)`
  )
  if (noticed < least * tried) {
    yield* Effect.sync(() => {
      process.exitCode = 1
    })
  }
})

NodeRuntime.runMain(Effect.catchAll(main, (text) =>
  Effect.zipRight(
    Console.error(text),
    Effect.sync(() => {
      process.exitCode = 2
    })
  )))
