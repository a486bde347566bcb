/** A machine that is lost while it pushes or restores, at each step: what was committed is there whole, and the rest did not happen. */
import { assert, it } from "@effect/vitest"
import * as State from "@trunkline/lake/State"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { spawn } from "node:child_process"
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { scratch } from "../contract.js"
import { lakeOf } from "../lakes.js"
import { account, live, opened, pushed, restored, state } from "../nights.js"

const driver = fileURLToPath(new URL("../../dist-test/drivers/state.js", import.meta.url))

/** A real process, which `npm ci` has compiled. */
const run = (...words: ReadonlyArray<string>) =>
  Effect.async<{ readonly signal: string | null; readonly output: string; readonly errors: string }>((resume) => {
    const child = spawn(process.execPath, [driver, ...words], { stdio: ["ignore", "pipe", "pipe"] })
    let output = ""
    let errors = ""
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text
    })
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      errors += text
    })
    child.on("close", (_, signal) => resume(Effect.succeed({ signal, output, errors })))
    return Effect.sync(() => child.kill("SIGKILL"))
  })

const stepsOf = (output: string): number => Number(/^(\d+) steps/.exec(output)?.[1] ?? 0)

const whole = (out: string, lake: ReturnType<typeof lakeOf>) => opened(out, lake, state)

const stayed = (root: string, upTo: number) =>
  opened(
    join(root, "stayed"),
    lakeOf(join(root, "no lake")),
    (dataset) => Effect.zipRight(live(dataset, upTo), state(dataset))
  )

const night = (out: string, lake: ReturnType<typeof lakeOf>, upTo: number) =>
  opened(out, lake, (dataset) => Effect.zipRight(live(dataset, upTo), pushed(dataset)))

/** A copy of a lake and a folder, which know each other under new names. */
const copied = (root: string, name: string) => {
  const place = join(root, name, "lake")
  const out = join(root, name, "out")
  mkdirSync(join(root, name))
  cpSync(join(root, "lake"), place, { recursive: true })
  cpSync(join(root, "out"), out, { recursive: true })
  const known = join(out, "_trunkline/lake.json")
  writeFileSync(known, readFileSync(known, "utf8").replace(join(root, "lake"), place))
  return { place, out }
}

it.scopedLive(
  "a push killed before each step that lasts is finished or recognised by the next",
  () =>
    Effect.gen(function*() {
      const root = yield* scratch
      yield* night(join(root, "out"), lakeOf(join(root, "lake")), 0)
      const expected = yield* stayed(root, 2)
      const once = copied(root, "once")
      const steps = stepsOf((yield* run(once.place, once.out, "1", "0")).output)
      assert.isAbove(steps, 15)
      yield* Effect.forEach(
        Array.from({ length: steps }, (_, index) => index + 1),
        (nth) =>
          Effect.gen(function*() {
            const { out, place } = copied(root, `killed-${nth}`)
            const lake = lakeOf(place)
            const { errors, signal } = yield* run(place, out, "1", String(nth))
            assert.deepStrictEqual([signal, errors], ["SIGKILL", ""], `step ${nth}`)
            // Another machine finds the night before, or this one, and either whole.
            const other = join(root, `other-${nth}`)
            const found = yield* State.latest(account).pipe(Effect.provide(lake))
            yield* restored(other, lake)
            yield* whole(other, lake)
            const { manifest } = yield* night(out, lake, 2)
            assert.strictEqual(
              manifest.number,
              Option.match(found, { onNone: () => 0, onSome: ({ number }) => number }) + 1
            )
            rmSync(other, { recursive: true })
            yield* restored(other, lake)
            assert.deepStrictEqual(yield* whole(other, lake), expected, `step ${nth}`)
            rmSync(other, { recursive: true })
            rmSync(join(root, `killed-${nth}`), { recursive: true })
          }),
        { concurrency: 2 }
      )
    }),
  600_000
)

it.scopedLive(
  "a restore killed before and after each of its requests is finished by another",
  () =>
    Effect.gen(function*() {
      const root = yield* scratch
      const place = join(root, "lake")
      const lake = lakeOf(place)
      yield* night(join(root, "first"), lake, 1)
      const expected = yield* stayed(root, 1)
      const steps = stepsOf((yield* run(place, join(root, "once"), "-1", "0")).output)
      assert.isAbove(steps, 5)
      yield* Effect.forEach(Array.from({ length: steps }, (_, index) => index + 1), (nth) =>
        Effect.gen(function*() {
          const out = join(root, `killed-${nth}`)
          const { errors, signal } = yield* run(place, out, "-1", String(nth))
          assert.deepStrictEqual([signal, errors], ["SIGKILL", ""], `step ${nth}`)
          yield* restored(out, lake)
          assert.deepStrictEqual(yield* whole(out, lake), expected, `step ${nth}`)
          rmSync(out, { recursive: true })
        }), { concurrency: 2 })
    }),
  600_000
)
