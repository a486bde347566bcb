/** Eight pushers at a time on one table, in orders that a seed makes. */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { bytes } from "../contract.js"
import { change, file, keysIn, logKey, over, partitionBy } from "../lake.js"
import * as MemoryStore from "../memoryStore.js"

const seed = Number(process.env["TRUNKLINE_SEED"] ?? 20_261_129)

/** Numbers from 0 to below `limit`, the same for the same seed. */
const numbers = (seed: number) => {
  let state = seed >>> 0
  return (limit: number): number => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 3_266_489_917) >>> 0
    return (state >>> 8) % limit
  }
}

/** Lets other pushers go first, some number of times. */
const shuffled = (next: (limit: number) => number): MemoryStore.Around => (_, work) =>
  Effect.suspend(() => Effect.zipRight(Effect.replicateEffect(Effect.yieldNow(), next(6), { discard: true }), work))

const table = (interval: number) =>
  bytes(
    [
      { protocol: { minReaderVersion: 1, minWriterVersion: 2 } },
      {
        metaData: {
          id: "1",
          format: { provider: "parquet" },
          schemaString: JSON.stringify({ type: "struct", fields: [] }),
          partitionColumns: partitionBy,
          configuration: { "delta.checkpointInterval": String(interval) }
        }
      }
    ].map((one) => JSON.stringify(one)).join("\n")
  )

const accounts = ["a", "b", "c", "d", "e", "f"]

interface Account {
  sequence: number
  path: string | undefined
  keys: ReadonlyArray<string>
}

const world = (of: number, { interval, rounds }: { readonly interval: number; readonly rounds: number }) =>
  Effect.gen(function*() {
    const next = numbers(of)
    const memory = MemoryStore.make()
    const store = memory.seen(MemoryStore.plain)
    yield* store.put(logKey(0), table(interval))
    const log = yield* over(store)
    const pushers = yield* Effect.all(Array.from({ length: 8 }, () => over(memory.seen(shuffled(next)))))
    const known = new Map<string, Account>(
      accounts.map((account) => [account, { sequence: 0, path: undefined, keys: [] }])
    )
    let version = 0
    const count = { landed: 0, overtaken: 0, already: 0 }
    for (let round = 1; round <= rounds; round++) {
      // Everything here happens at once; the runner wants to hear of it now and then.
      yield* Effect.promise(() => new Promise((done) => setImmediate(done)))
      const pushes = yield* Effect.forEach(pushers, (pusher, index) =>
        Effect.gen(function*() {
          // Each has an account, two pairs share one, and now and then one pushes another's.
          const account = accounts[next(8) === 0 ? next(accounts.length) : index % accounts.length] ?? "a"
          const { keys, path, sequence } = known.get(account) ?? { keys: [], path: undefined, sequence: 0 }
          // Some take over what another began: the same file, in the same push.
          const writer = next(4) === 0 ? 0 : index
          const more = [...keys, `${account}-${round}-${writer}`]
          const added = yield* file(store, { account, name: `g${round}-${writer}`, keys: more })
          const mine = change({
            account,
            sequence: sequence + 1,
            after: sequence === 0 ? null : sequence,
            adds: [added],
            removes: path === undefined ? [] : [path]
          })
          return { account, added, keys: more, mine, pusher }
        }))
      const ends = yield* Effect.forEach(
        pushes,
        (push) => Effect.map(Effect.either(push.pusher.commit("calls", push.mine)), (end) => ({ end, push })),
        { concurrency: "unbounded" }
      )
      const versions: Array<number> = []
      const winners = new Map<string, string>()
      for (const { end, push } of ends) {
        const where = `seed ${of}, round ${round}, account ${push.account}`
        if (end._tag === "Left") {
          assert.strictEqual(end.left._tag, "Overtaken", where)
          count.overtaken++
          continue
        }
        // Of one account one change lands, whoever carries it.
        const winner = winners.get(push.account)
        if (winner !== undefined) assert.strictEqual(push.added.path, winner, where)
        winners.set(push.account, push.added.path)
        const account = known.get(push.account)
        if (account !== undefined) account.keys = push.keys
        if (end.right.already) count.already++
        else versions.push(end.right.version)
      }
      for (const { push } of ends) assert.isTrue(winners.has(push.account), `seed ${of}, round ${round}`)
      for (const [account, path] of winners) {
        const one = known.get(account)
        if (one === undefined) continue
        one.sequence++
        one.path = path
      }
      // Each version has one winner, and none is left out.
      const expected = Array.from({ length: winners.size }, (_, at) => version + at + 1)
      assert.deepStrictEqual(versions.toSorted((one, other) => one - other), expected, `seed ${of}, round ${round}`)
      version += winners.size
      count.landed += winners.size
      const snapshot = yield* log.snapshot("calls")
      assert.strictEqual(snapshot.version, version)
      const keys = [...known.values()].flatMap((one) => one.keys).toSorted()
      assert.deepStrictEqual(yield* keysIn(store, snapshot), keys, `seed ${of}, round ${round}`)
    }
    return count
  })

const pushed = ({ interval, rounds }: { readonly interval: number; readonly rounds: number }) =>
  it.live(
    `${rounds} rounds of eight pushers on one table, with a checkpoint every ${interval} versions (seed ${seed})`,
    () =>
      Effect.gen(function*() {
        const { already, landed, overtaken } = yield* Effect.scoped(world(seed + interval, { interval, rounds }))
        yield* Effect.logInfo(`${landed} landed, ${overtaken} were overtaken, ${already} were there; seed ${seed}`)
        // A world in which nobody meets anybody proves nothing.
        assert.isAbove(Math.min(already, overtaken), rounds / 5, `seed ${seed}`)
      }),
    1_200_000
  )

pushed({ rounds: Number(process.env["ROUNDS"] ?? 100), interval: 100 })
pushed({ rounds: 20, interval: 3 })
