/** An API that falls silent: from some answer on, all of them lack rows, and nothing says how many there are. */
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect } from "effect"
import { day, dice, hour } from "../fixtures/dice.js"
import * as InProcess from "../fixtures/inProcess.js"
import * as Api from "../fixtures/smallApi.js"

const startsAt = Date.UTC(2026, 1, 20, 12)

type Spoil = (body: unknown) => unknown

/** Every second row, and nothing beside them. */
const half: Spoil = (body) =>
  Object.fromEntries(
    Object.entries(Object(body)).flatMap(([name, value]) =>
      Array.isArray(value) ? [[name, value.filter((_, index) => index % 2 === 0)]] : []
    )
  )

const spoils: Readonly<Record<string, Spoil>> = {
  "an empty list": () => [],
  "an empty object": () => ({}),
  "no row": () => ({ data: [], calls: [] }),
  "every second row": half
}

/**
 * A run over a world that answers this from so many answers on, and what it has read: the first run, or the one of the next day, when
 * there are new rows.
 */
const exported = (pageSize: number, from: number, spoil: Spoil, { next = false } = {}) =>
  Effect.gen(function*() {
    const world = new Api.World(dice(1), { ...Api.honest, zone: 2, pageSize }, { startsAt, days: 6, rows: 40 })
    world.moving = false
    let silentFrom = next ? Number.POSITIVE_INFINITY : from
    const server: InProcess.Server = {
      get now() {
        return world.now
      },
      get answers() {
        return world.answers
      },
      answer: (asked) => {
        const answer = world.answer(asked)
        return world.answers > silentFrom && typeof answer === "object" && "body" in answer
          ? { body: spoil(answer.body) }
          : answer
      }
    }
    const account = yield* InProcess.account(server, Api.organization)
    const run = account.run({ runId: "run", since: DateTime.unsafeMake(startsAt - 20 * day), concurrency: 1 })
    if (next) {
      assert.strictEqual((yield* run).exitCode, 0)
      const [row] = world.rows
      if (row === undefined) return yield* Effect.dieMessage("the world is empty")
      world.now += day
      const at = world.now - hour
      for (let index = 0; index < 9; index++) {
        world.rows.push({ ...row, id: `cll-new-${index}`, at, born: at, call: true })
      }
      silentFrom = world.answers + from
    }
    const before = world.answers
    const report = yield* run
    const ids = (shelf: string, column: string) =>
      [...account.memory.tables.get(shelf)?.values() ?? []].map(({ row }) => String(row[column]))
    const allo = new Set([...ids("allo messages", "message_id"), ...ids("allo calls", "call_id")])
    const allomia = new Set(ids("allomia calls", "call_id"))
    const missing = {
      allo: world.visible().filter(({ id }) => !allo.has(id)).length,
      allomia: world.visible().filter(({ call, id }) => call && !allomia.has(id)).length
    }
    return { report, answers: world.answers - before, missing }
  }).pipe(Effect.scoped)

describe("an API that falls silent", () => {
  for (const [name, spoil] of Object.entries(spoils)) {
    for (const next of [false, true]) {
      const run = next ? "the run of the next day" : "a first run"
      it.effect(
        `${run} that lacks rows never ends well, from whichever answer on it reads ${name}`,
        () =>
          Effect.gen(function*() {
            for (const pageSize of [6, 100]) {
              const undisturbed = yield* exported(pageSize, Number.POSITIVE_INFINITY, spoil, { next })
              assert.deepStrictEqual(
                [undisturbed.report.exitCode, undisturbed.missing],
                [0, { allo: 0, allomia: 0 }]
              )
              const wrong: Array<string> = []
              for (let from = 0; from < undisturbed.answers; from++) {
                const { missing, report } = yield* Effect.zipLeft(
                  exported(pageSize, from, spoil, { next }),
                  InProcess.breathe
                )
                for (const source of ["allo", "allomia"] as const) {
                  if (missing[source] === 0 || report.problems.some((problem) => problem.source === source)) continue
                  wrong.push(
                    `${pageSize} rows a page, after ${from} answers: ${missing[source]} rows of ${source} are missing`
                  )
                }
              }
              assert.deepStrictEqual(wrong, [])
            }
          }),
        120_000
      )
    }
  }
})
