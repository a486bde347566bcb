/** More calls in one second than a page holds: an import gave them the same time. */
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect } from "effect"
import { day, dice, hour, second } from "../fixtures/dice.js"
import * as InProcess from "../fixtures/inProcess.js"
import * as Api from "../fixtures/smallApi.js"

const startsAt = Date.UTC(2026, 1, 20)
const pageSize = 10

/** In another order with every answer where calls have the same time. */
const character: Api.Character = { ...Api.honest, stamp: "createdAt", pageSize, ties: true }

/** So many imports, `apart` from each other and the last one an hour ago, each of two calls more than a page holds. */
const imported = (imports: number, apart: number): Api.World => {
  const world = new Api.World(dice(1), character, { startsAt, days: 1, rows: 0 })
  world.moving = false
  for (let index = 0; index < imports * (pageSize + 2); index++) {
    const born = startsAt - hour - Math.floor(index / (pageSize + 2)) * apart
    world.rows.push({
      id: `cll-${index}`,
      at: born - (index % 7) * second,
      seconds: 0,
      call: true,
      outbound: false,
      line: Api.lines[0],
      contact: "+14155552000",
      born,
      died: Number.POSITIVE_INFINITY,
      version: 0
    })
  }
  return world
}

const exported = (world: Api.World) =>
  Effect.gen(function*() {
    const { memory, run } = yield* InProcess.account(world, Api.organization)
    const report = yield* run({ runId: "run", since: DateTime.unsafeMake(startsAt - 30 * day) })
    return { report, calls: memory.tables.get("allomia calls")?.size ?? 0 }
  })

describe("more calls in one second than a page holds", () => {
  for (
    const [when, imports, apart] of [
      ["today", 30, 20 * 60 * second],
      ["in the past", 20, 27 * hour]
    ] as const
  ) {
    it.scopedLive(`${imports} times ${when}: each call is read, and no plan calls it endless`, () =>
      Effect.gen(function*() {
        const world = imported(imports, apart)
        const { calls, report } = yield* exported(world)
        const problems = report.problems.filter(({ source, tag }) => source === "allomia" && tag !== "Uncertified")
        assert.deepStrictEqual(problems.map(({ message }) => message), [])
        assert.strictEqual(calls, world.rows.length)
      }))
  }
})
