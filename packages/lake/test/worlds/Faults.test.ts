/**
 * Every step of a commit, a checkpoint and a vacuum is a request of the store. Each is failed, and each is where the process
 * ends: before it takes effect, and after it, so that its answer is lost.
 */
import { assert, it } from "@effect/vitest"
import { Effect, Exit, TestClock } from "effect"
import type { Service } from "../../src/DeltaLog.js"
import type { Change, Snapshot } from "../../src/DeltaTable.js"
import { change, copyOf, file, keysIn, opened, over } from "../lake.js"
import * as MemoryStore from "../memoryStore.js"

const faults = ["fails before", "fails after", "ends before", "ends after"] as const

type Fault = typeof faults[number]

/** The n-th request, the first being 0, comes to this; it says which one that was. */
const faulty = (fault: Fault, at: number, met: (request: MemoryStore.Request) => void): MemoryStore.Around => {
  let count = 0
  return (request, work) =>
    Effect.suspend(() => {
      if (count++ !== at) return work
      met(request)
      switch (fault) {
        case "fails before":
          return Effect.fail(MemoryStore.outage)
        case "fails after":
          return Effect.zipRight(work, Effect.fail(MemoryStore.outage))
        case "ends before":
          return Effect.interrupt
        case "ends after":
          return Effect.zipRight(work, Effect.interrupt)
      }
    })
}

interface World {
  readonly memory: MemoryStore.Memory
  readonly log: Service
  /** What the work makes of the table: version 20, which has a checkpoint behind it. */
  readonly mine: Change
}

/** Two accounts and 20 versions, a checkpoint at 10, old files, and one file that is uploaded for the next push. */
const world = Effect.gen(function*() {
  const { log, memory, store } = yield* opened
  const last = new Map<string, string>()
  for (let version = 0; version < 20; version++) {
    const account = version % 2 === 0 ? "paris" : "lyon"
    const one = yield* file(store, { account, name: `g${version}`, keys: [`${account}${version}`, account] })
    const old = last.get(account)
    const removes = old === undefined ? [] : [old]
    yield* log.commit("calls", change({ account, sequence: Math.floor(version / 2) + 1, adds: [one], removes }))
    last.set(account, one.path)
  }
  yield* TestClock.adjust("1 hour")
  const one = yield* file(store, { account: "paris", name: "g20", keys: ["paris20", "paris"] })
  const mine = change({ account: "paris", sequence: 11, adds: [one], removes: [last.get("paris") ?? ""] })
  const made: World = { memory, log, mine }
  return made
})

const seen = (memory: MemoryStore.Memory, snapshot: Snapshot) => keysIn(memory.seen(MemoryStore.plain), snapshot)

const before = ["lyon", "lyon19", "paris", "paris18"]
const after = ["lyon", "lyon19", "paris", "paris20"]

interface Work {
  readonly name: string
  readonly run: (log: Service, mine: Change) => Effect.Effect<unknown, { readonly _tag: string }>
  /** The work happens in a table in which this was committed already. */
  readonly committed: boolean
  /** Requests that the work needs at least; fewer, and this test looks at nothing. */
  readonly atLeast: number
}

const works: ReadonlyArray<Work> = [
  {
    name: "a commit with its checkpoint",
    run: (log, mine) => log.commit("calls", mine),
    committed: false,
    atLeast: 18
  },
  { name: "a checkpoint", run: (log) => log.checkpoint("calls"), committed: true, atLeast: 5 },
  {
    name: "a vacuum",
    run: (log) => log.vacuum("calls", { account: "paris", retention: 0 }),
    committed: true,
    atLeast: 15
  }
]

for (const { atLeast, committed, name, run } of works) {
  for (const fault of faults) {
    it.scoped(`${name}, of which each request in turn ${fault}`, () =>
      Effect.gen(function*() {
        const { log: first, memory: original, mine } = yield* world
        if (committed) yield* first.commit("calls", mine)
        let requests = 0
        for (let at = 0;; at++) {
          const memory = copyOf(original)
          const clean = yield* over(memory.seen(MemoryStore.plain))
          let met: MemoryStore.Request | undefined
          const process = yield* over(memory.seen(faulty(fault, at, (request) => {
            met = request
          })))
          const exit = yield* Effect.exit(run(process, mine))
          if (met === undefined) break
          requests++
          const where = `${met.step} ${met.key} ${fault}`
          // Whoever reads now sees the table as it was or as it is to be.
          const snapshot = yield* clean.snapshot("calls")
          const keys = yield* seen(memory, snapshot)
          if (Exit.isSuccess(exit) || committed) assert.deepStrictEqual(keys, after, where)
          else assert.deepStrictEqual(keys, snapshot.version === 20 ? after : before, where)
          assert.oneOf(snapshot.version, [19, 20], where)
          // Whoever takes over makes the same change, and ends the work.
          const next = yield* clean.commit("calls", mine)
          assert.deepStrictEqual(next.version, 20, where)
          yield* run(clean, mine)
          assert.deepStrictEqual(yield* seen(memory, yield* clean.snapshot("calls")), after, where)
          // The other account goes on.
          yield* clean.commit("calls", change({ account: "lyon", sequence: 11 }))
          assert.deepStrictEqual(yield* seen(memory, yield* clean.snapshot("calls")), after, where)
          if (name === "a vacuum") {
            const left = [...memory.objects.keys()].filter((key) => key.includes("/account=paris/"))
            assert.deepStrictEqual(left, mine.adds.map(({ path }) => `calls/${path}`), where)
          }
        }
        assert.isAtLeast(requests, atLeast)
      }), 300_000)
  }
}

it.scoped("whoever reads between two requests of a commit sees all of it or nothing", () =>
  Effect.gen(function*() {
    const { log, memory, mine } = yield* world
    const versions: Array<number> = []
    const look = Effect.orDie(Effect.gen(function*() {
      const snapshot = yield* log.snapshot("calls")
      assert.deepStrictEqual(yield* seen(memory, snapshot), snapshot.version === 20 ? after : before)
      versions.push(snapshot.version)
    }))
    const watched = yield* over(memory.seen((_, work) => Effect.ensuring(Effect.zipRight(look, work), look)))
    yield* watched.commit("calls", mine)
    assert.deepStrictEqual([...new Set(versions)], [19, 20])
  }))
