/** Beside an export every reader ends, and ends well: also while the export stands still in the middle of what it does. */
import { assert, it } from "@effect/vitest"
import { Sandbox } from "@trunkline/sandbox"
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { type Ended, folder, installed, reached, start, trunkline, until } from "../commandline.js"

const command = installed()

/** An account that moves, so that each export finds something to publish. */
const world = Sandbox.layer({
  size: 3000,
  allomiaCalls: 600,
  organizations: 3,
  days: 100,
  rateLimit: { reads: 1000, writes: 1000, allomia: 1000 }
})

const readers: ReadonlyArray<{
  readonly words: ReadonlyArray<string>
  readonly codes: ReadonlyArray<number>
}> = [
  { words: ["sql", "SELECT count(*), count(DISTINCT call_id), max(summary) FROM calls"], codes: [0] },
  { words: ["report", "--json"], codes: [0] },
  { words: ["verify", "--json"], codes: [0] },
  // A first export has not certified everything yet.
  { words: ["status", "--json"], codes: [0, 4] }
]

const rounds = 4

it.scopedLive(`${rounds * readers.length} readings beside exports`, () =>
  Effect.gen(function*() {
    const { env } = yield* reached
    const here = yield* folder
    const ended = yield* Ref.make<ReadonlyArray<Ended>>([])
    let writer = yield* start(command(), ["export", "--out", "data"], { env, cwd: here })
    yield* Effect.addFinalizer(() => Effect.sync(() => writer.child.kill("SIGKILL")))
    // From its first publish on there is something to read.
    yield* until(() => existsSync(join(here, "data/calls")))
    const writing = yield* Effect.forkScoped(Effect.forever(Effect.gen(function*() {
      const end = yield* writer.ended
      yield* Ref.update(ended, (before) => [...before, end])
      writer = yield* start(command(), ["export", "--full", "--out", "data"], { env, cwd: here })
    })))

    for (let round = 0; round < rounds; round++) {
      const stopped = round % 3 === 1
      if (stopped) writer.child.kill("SIGSTOP")
      yield* Effect.forEach(readers, ({ codes, words }) =>
        Effect.gen(function*() {
          const { code, stderr, stdout } = yield* trunkline(command(), [...words, "--out", "data"], { cwd: here })
          assert.include(codes, code, `${words.join(" ")}, round ${round}: ${stderr}${stdout.slice(-2000)}`)
        }), { concurrency: 2 })
      if (stopped) writer.child.kill("SIGCONT")
    }
    const exports = yield* Ref.get(ended)
    assert.deepStrictEqual(exports.filter(({ code }) => code !== 0).map(({ stderr }) => stderr), [])
    assert.isAbove(exports.length, 0)
    writing.unsafeInterruptAsFork(writing.id())
  }).pipe(Effect.provide(world)), 600_000)
