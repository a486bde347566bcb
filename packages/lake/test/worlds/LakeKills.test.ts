/** Processes that are killed while they push a night that ends with a checkpoint and a vacuum, or restore: readers see whole pushes. */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { spawn } from "node:child_process"
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { folder } from "../../../dataset/test/support.js"
import { dice } from "../../../export/test/fixtures/dice.js"
import { night } from "../killing.js"
import { lakeOf } from "../lakes.js"
import * as Machines from "../machines.js"

const driver = fileURLToPath(new URL("../../dist-test/drivers/lake.js", import.meta.url))
const seed = Number(process.env["KILLS_SEED"] ?? 1)
/** How many steps of a push and of a restore are tried, and how many moments; `KILLS=all` for every step and 200 moments. */
const all = process.env["KILLS"] === "all"
const [steps, moments] = all ? [Number.POSITIVE_INFINITY, 200] : [Number(process.env["KILLS"] ?? 8), 4]
const last = 10

interface Ended {
  readonly signal: string | null
  readonly output: string
  readonly errors: string
}

/** A real process, which `npm ci` has compiled; killed so long after it has begun to push, if a time is given. */
const run = (words: ReadonlyArray<string>, after: number | null = null) =>
  Effect.async<Ended>((resume) => {
    const child = spawn(process.execPath, [driver, ...words], { stdio: ["ignore", "pipe", "pipe"] })
    let [output, errors] = ["", ""]
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      if (after !== null && !output.includes("begun") && `${output}${text}`.includes("begun")) {
        setTimeout(() => child.kill("SIGKILL"), after)
      }
      output += text
    })
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      errors += text
    })
    child.on("close", (_, signal) => resume(Effect.succeed({ signal, output, errors })))
    return Effect.sync(() => child.kill("SIGKILL"))
  })

const kind = "killed"

/** A lake of two accounts before the tenth push of one, and what its tables show before and after. */
const made = Effect.gen(function*() {
  const root = yield* folder
  const lake = lakeOf(join(root, "lake"))
  const lyon = { out: join(root, "lyon"), lake, account: "lyon", kind } as const
  yield* night(lyon, 1)
  const out = { out: join(root, "out"), lake, kind } as const
  for (let of = 1; of < last; of++) yield* night(out, of)
  const seen = new Map([[last - 1, yield* Machines.held(out)]])
  const copied = (name: string) => {
    const place = join(root, name, "lake")
    mkdirSync(join(root, name))
    for (const part of ["lake", "out"]) cpSync(join(root, part), join(root, name, part), { recursive: true })
    const known = join(root, name, "out/_trunkline/lake.json")
    writeFileSync(known, readFileSync(known, "utf8").replace(join(root, "lake"), place))
    return { place, out: join(root, name, "out"), folder: join(root, name) }
  }
  const once = copied("once")
  const began = performance.now()
  const { errors, output } = yield* run(["push", once.place, once.out, String(last), "0"])
  assert.strictEqual(errors, "")
  const milliseconds = performance.now() - began
  const steps = Number(/(\d+) steps/.exec(output)?.[1])
  seen.set(last, yield* Machines.held({ ...out, out: once.out }))
  const names = Machines.objects(once.place)
  assert.isTrue(
    names.some((name) => /calls\/_delta_log\/.*checkpoint.*parquet$/.test(name)),
    "a checkpoint was written"
  )
  assert.isBelow(names.length, Machines.objects(join(root, "lake")).length, "a vacuum removed objects")
  const others = yield* Machines.shown(lyon, join(root, "lake"))
  rmSync(once.folder, { recursive: true })
  return { root, lyon, copied, seen, steps, milliseconds, others }
})
type Made = Effect.Effect.Success<typeof made>

/** Of each table a reader sees one push or the other. What a vacuum took from under it, it finds in a later version. */
const look = ({ lyon, others, seen }: Made, place: string, root: string) =>
  Effect.gen(function*() {
    const lake = lakeOf(place)
    const found = yield* Effect.option(Machines.shown({ out: join(root, "reader"), lake, kind }, place))
    if (found._tag === "None") return
    for (const [name, { rows, sequence }] of Object.entries(found.value)) {
      const known = [...seen.values()].map((tables) => tables[name] ?? [])
      const ofPush = seen.get(sequence ?? 0)?.[name]
      if (ofPush !== undefined) assert.deepStrictEqual(rows, ofPush, name)
      else assert.deepInclude(known, rows, name)
    }
    assert.deepStrictEqual(yield* Machines.shown({ ...lyon, lake }, place), others)
  })

/** Whoever goes on has all that was committed, and ends the work. */
const goesOn = (made: Made, { out, place, root, where }: Record<"out" | "place" | "root" | "where", string>) =>
  Effect.gen(function*() {
    yield* look(made, place, root)
    const lake = lakeOf(place)
    const other = { out: join(root, "other"), lake, kind } as const
    const { number } = yield* Machines.restore(other)
    yield* Machines.within(other, (dataset) => dataset.fetch)
    assert.deepStrictEqual(yield* Machines.held(other), made.seen.get(number), where)
    const next = yield* night({ out, lake }, last)
    assert.include([last, last + 1], next.number, where)
    assert.deepStrictEqual(
      Machines.rowsOf(yield* Machines.shown({ out, lake, kind }, place)),
      made.seen.get(last),
      where
    )
    assert.deepStrictEqual((yield* Machines.check({ out, lake, kind })).findings, [], where)
    yield* look(made, place, root)
  })

const killed = (
  made: Made,
  name: string,
  { after = null, nth = 0 }: { readonly nth?: number; readonly after?: number | null }
) =>
  Effect.gen(function*() {
    const { folder: root, out, place } = made.copied(name)
    const reader = yield* Effect.fork(Effect.forever(look(made, place, root)))
    const { errors, output, signal } = yield* run(["push", place, out, String(last), String(nth)], after)
    if (reader.unsafePoll() !== null) yield* Fiber.join(reader)
    yield* Fiber.interrupt(reader)
    assert.strictEqual(errors, "", name)
    if (nth > 0) assert.strictEqual(signal, "SIGKILL", name)
    else assert.isTrue(signal === "SIGKILL" || output.includes("steps"), name)
    yield* goesOn(made, { out, place, root, where: name })
    rmSync(root, { recursive: true })
  }).pipe(Effect.scoped)

/** All numbers from 1 to a count, or some of them by chance, the last among them. */
const some = (count: number, most: number) => {
  if (count <= most) return Array.from({ length: count }, (_, index) => index + 1)
  const random = dice(seed)
  const chosen = new Set([count])
  while (chosen.size < most) chosen.add(1 + random.below(count))
  return [...chosen].toSorted((left, right) => left - right)
}

it.scopedLive("a push, its checkpoint and its vacuum, killed at steps and at moments", () =>
  Effect.gen(function*() {
    const of = yield* made
    assert.isAbove(of.steps, 60)
    for (const nth of some(of.steps, steps)) yield* killed(of, `step ${nth} of ${of.steps}, seed ${seed}`, { nth })
    const random = dice(seed + 1)
    for (let moment = 0; moment < moments; moment++) {
      const after = random.below(Math.max(100, of.milliseconds / 3))
      yield* killed(of, `moment ${moment}, ${after} ms`, { after })
    }
    yield* Effect.logInfo(`${of.steps} steps of a push; ${moments} moments; seed ${seed}`)
  }), 7_200_000)

it.scopedLive("a restore, killed at steps", () =>
  Effect.gen(function*() {
    const of = yield* made
    const place = join(of.root, "lake")
    const lake = lakeOf(place)
    const restoring = (name: string, nth: number) => run(["restore", place, join(of.root, name), "0", String(nth)])
    const count = Number(/(\d+) steps/.exec((yield* restoring("restored", 0)).output)?.[1])
    assert.isAbove(count, 10)
    for (const nth of some(count, steps)) {
      const out = join(of.root, `restored-${nth}`)
      const { errors, signal } = yield* restoring(`restored-${nth}`, nth)
      assert.deepStrictEqual([signal, errors], ["SIGKILL", ""], `step ${nth}`)
      // One that was killed after its last step is whole.
      yield* Effect.catchTag(Machines.restore({ out, lake, kind }), "NotEmpty", () => Effect.void)
      yield* Machines.within({ out, lake, kind }, (dataset) => dataset.fetch)
      assert.deepStrictEqual(yield* Machines.held({ out, lake, kind }), of.seen.get(last - 1), `step ${nth}`)
    }
    yield* Effect.logInfo(`${count} steps of a restore; seed ${seed}`)
  }), 3_600_000)
