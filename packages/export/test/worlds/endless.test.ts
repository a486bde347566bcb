/** Vendors without an end: every loop ends by itself, says so, and keeps what it read. */
import { assert, describe, it } from "@effect/vitest"
import { tables } from "@trunkline/calls"
import { Dataset } from "@trunkline/dataset"
import { compare } from "@trunkline/export/Compare"
import type * as Export from "@trunkline/export/Export"
import { Stop } from "@trunkline/export/Stop"
import { Disk } from "@trunkline/parquet"
import { Sandbox } from "@trunkline/sandbox"
import { DateTime, Effect, Layer } from "effect"
import { exported, folder, inStep, sources } from "../fixtures/account.js"
import { rows, type Tamper, tampered } from "../fixtures/proxy.js"
import { type Asked, day, reading, requestsSince, rowsOf, run, tags, unhurried } from "../fixtures/runs.js"

const world = Sandbox.layer({
  ...unhurried,
  size: 300,
  allomiaCalls: 60,
  organizations: 4,
  days: 20,
  movement: false,
  keptRequests: 100_000
})

/** A run over a vendor that does this to its answers, and how many requests it took. */
const against = (tamper: Tamper, options: Partial<Export.Options> = {}, keys: Asked = {}) =>
  Effect.gen(function*() {
    const { both, control } = yield* tampered
    const { history } = yield* Sandbox
    const out = yield* folder
    const before = yield* history.total
    control.tamper = tamper
    const report = yield* run(out, options, keys).pipe(Effect.provideService(Sandbox, both))
    return { out, report, requests: (yield* history.total) - before }
  })

const record = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {}

/** Another page follows, whatever was asked, and every row of it is new: those of the first page under other names. */
const endless = (matches: (url: string) => boolean, key: string): Tamper => {
  const first = new Map<string, string>()
  let answers = 0
  return ({ body: asked, url }, answered) => {
    const list = `${url.replace(/([?&])page=\d+/, "$1")} ${asked.replace(/"page":\d+/, "")}`
    const counts = /"size":1[,}]/.test(asked) || /[?&]limit=1(&|$)/.test(url)
    if (!matches(url) || answered.status !== 200 || counts) return answered
    answers += 1
    const number = String(answers).padStart(5, "0")
    const known = first.get(list) ?? answered.body
    first.set(list, known)
    const body = record(JSON.parse(rows(known, (row) => ({ ...row, [key]: `${row[key]}${number}` }))))
    const pagination = { ...record(body["pagination"]), has_more: true, hasNext: true, totalPages: 1_000_000 }
    return { ...answered, body: JSON.stringify({ ...body, pagination }) }
  }
}

const spare = 200

describe("a list that never ends is left, and its rows are kept", () => {
  it.scopedLive("calls and messages of Allo", () =>
    Effect.gen(function*() {
      const { out, report, requests } = yield* against(
        endless((url) => url.endsWith("/items/search"), "id"),
        { details: false },
        { allomia: null }
      )
      assert.deepStrictEqual([report.exitCode, report.status], [4, "partial"])
      assert.include(tags(report), "NoProgress")
      assert.match(
        report.problems.find(({ tag }) => tag === "NoProgress")?.message ?? "",
        /requests were made, and the plan explains \d+/
      )
      assert.isAbove((yield* rowsOf(out, "calls")).length, 100)
      assert.isBelow(requests, 2 * spare)
    }).pipe(Effect.provide(world)))

  it.scopedLive("conversations", () =>
    Effect.gen(function*() {
      const { report, requests } = yield* against(
        endless((url) => url.includes("/v2/api/conversations?"), "contact_number"),
        { details: false },
        { allomia: null }
      )
      assert.deepStrictEqual(tags(report), ["NoProgress"])
      assert.strictEqual(report.exitCode, 4)
      assert.isAbove(report.rows.calls + report.rows.messages, 200, "the other list is not concerned")
      assert.isBelow(requests, 2 * spare)
    }).pipe(Effect.provide(world)))

  it.scopedLive("calls of an organisation, and the others are read", () =>
    Effect.gen(function*() {
      const { history, organizations } = yield* Sandbox
      const bad = organizations[0]?.id
      const { out, report, requests } = yield* against(
        endless((url) => url.startsWith("/api/calls?") && url.includes(bad ?? "-"), "id"),
        { details: false },
        { allo: null }
      )
      assert.deepStrictEqual(report.problems.map(({ scope, tag }) => [tag, scope]), [["NoProgress", bad ?? ""]])
      assert.strictEqual(report.exitCode, 4)
      const read = yield* rowsOf(out, "calls")
      assert.isAbove(read.filter((row) => row["organization_id"] === bad).length, 10)
      const others = yield* Effect.forEach(
        organizations.slice(1),
        ({ id }) => history.mustHaveSeen({ source: "allomia", organizationId: id })
      )
      const shown = others.flatMap((ids) => [...ids])
      assert.isAbove(shown.length, 10)
      const held = new Set(read.map((row) => row["call_id"]))
      assert.deepStrictEqual(shown.filter((id) => !held.has(id)), [])
      assert.isBelow(requests, 3 * spare)
    }).pipe(Effect.provide(world)))

  it.scopedLive("organisations", () =>
    Effect.gen(function*() {
      const { report, requests } = yield* against(
        endless((url) => url.startsWith("/api/organization"), "id"),
        { details: false }
      )
      assert.deepStrictEqual(report.problems.map(({ source, tag }) => [tag, source]), [["NoProgress", "allomia"]])
      assert.strictEqual(report.exitCode, 4)
      assert.isBelow(requests, 2 * spare)
    }).pipe(Effect.provide(world)))

  it.scopedLive("a contact's history", () =>
    Effect.gen(function*() {
      let pages = 0
      const { out, report, requests } = yield* against(
        ({ url }, answered) => {
          if (!url.includes("/v1/api/")) return answered
          pages += 1
          const call = { id: `cll-${pages}`, type: "INBOUND", length_in_minutes: 1, start_date: "2026-11-01T10:00:00Z" }
          return {
            status: 200,
            body: JSON.stringify({
              data: {
                results: [{ type: "CALL", call }],
                metadata: { pagination: { total_count: 1, total_pages: 1_000_000, current_page: pages } }
              }
            })
          }
        },
        { contacts: ["cnt-1"] },
        { allomia: null }
      )
      assert.deepStrictEqual([report.exitCode, tags(report)], [4, ["NoProgress"]])
      assert.isBelow(requests, 2 * spare)
      assert.isAbove((yield* rowsOf(out, "history_calls")).length, 100)
    }).pipe(Effect.provide(world)))

  it.scopedLive("a window that a comparison lists", () =>
    Effect.gen(function*() {
      const { both, control } = yield* tampered
      const { history } = yield* Sandbox
      const out = yield* folder
      yield* run(out, { details: false }, { allomia: null })
      const total = yield* history.total
      // Another total than the dataset has, so that the window is listed.
      const lists = endless((url) => url.endsWith("/items/search"), "id")
      control.tamper = (asked, answered) => {
        const told = lists(asked, answered)
        return asked.url.endsWith("/items/search")
          ? { ...told, body: told.body.replace(/"total_count":\d+/, "\"total_count\":1") }
          : told
      }
      const report = yield* reading(out, (dataset) => compare(dataset)).pipe(
        Effect.provide(Layer.mergeAll(sources({ allomia: null }), Stop.layer)),
        Effect.provideService(Sandbox, both)
      )
      assert.include(report.problems.map(({ tag }) => tag), "NoProgress")
      assert.strictEqual(report.exitCode, 4)
      assert.isBelow((yield* history.total) - total, 4 * spare)
    }).pipe(Effect.provide(world)))
})

describe("totals that no cut makes smaller", () => {
  for (const total of [10_000, 1_000_000_000]) {
    it.scopedLive(`${total} everywhere: cutting ends, and the rows are read`, () =>
      Effect.gen(function*() {
        const { history, organizations, world } = yield* Sandbox
        const organizationId = organizations[0]?.id ?? ""
        const { out, report, requests } = yield* against(
          ({ url }, answered) =>
            url.startsWith("/api/calls?") && answered.status === 200
              ? {
                ...answered,
                body: answered.body.replace(/"total":\d+/, `"total":${total}`).replace(
                  /"totalPages":\d+/,
                  `"totalPages":${Math.ceil(total / 50)}`
                )
              }
              : answered,
          { details: false },
          { allo: null, organizationIds: [organizationId] }
        )
        assert.strictEqual(report.exitCode, 4)
        assert.isBelow(requests, 8 * spare)
        const now = yield* world.now
        const ids = new Set((yield* rowsOf(out, "calls")).map((row) => row["call_id"]))
        const shown = yield* history.mustHaveSeen({
          source: "allomia",
          organizationId,
          from: now - 15 * day,
          to: now - 4 * day
        })
        assert.isAbove(shown.size, 10)
        assert.deepStrictEqual([...shown].filter((id) => !ids.has(id)), [])
        assert.strictEqual(report.windows.certified, 0)
      }).pipe(Effect.provide(world)))
  }

  it.scopedLive("days that are always too wide", () =>
    Effect.gen(function*() {
      const { report, requests } = yield* against(
        ({ body, url }, answered) =>
          url.endsWith("/items/search") && body.includes("\"date\"")
            ? { status: 400, body: JSON.stringify({ error: { code: "DATE_RANGE_TOO_WIDE", message: "No." } }) }
            : answered,
        { details: false, since: DateTime.unsafeMake("2006-01-01T00:00:00Z") },
        { allomia: null }
      )
      assert.strictEqual(report.exitCode, 4)
      // What a day means is asked first, and no answer tells.
      assert.deepStrictEqual([...new Set(tags(report))], ["Invalid"])
      assert.isBelow(requests, 4 * spare)
    }).pipe(Effect.provide(world)))
})

/** A ledger that shows some ids as due for ever. */
const stuckLedger = Layer.effect(
  Dataset,
  Effect.map(Dataset, (dataset) => {
    const ever = new Map<
      string,
      { readonly id: string; readonly endedAt: DateTime.Utc; readonly dueAt: DateTime.Utc }
    >()
    return {
      ...dataset,
      due: (question: Parameters<typeof dataset.due>[0]) =>
        Effect.map(dataset.due({ ...question, limit: 100_000 }), (due) => {
          for (const one of due) if (ever.size < 3) ever.set(one.id, one)
          return [
            ...[...ever.values()].map((one) => ({ ...one, asked: 0 })),
            ...due.filter(({ id }) => !ever.has(id))
          ].slice(0, question.limit)
        })
    }
  })
)

const stuck = (out: string, keys: Asked) =>
  Effect.suspend(() => exported({ runId: "stuck" })).pipe(
    Effect.provide(Layer.mergeAll(
      sources(keys),
      Stop.layer,
      stuckLedger.pipe(
        Layer.provide(Dataset.layer({ out, tables, sources: {} })),
        Layer.provide(Disk.layer)
      )
    )),
    (run) => inStep(run)
  )

/** A call of Allo whose summary comes so late that it is asked for by its id: what is younger is listed again. */
const isOlderThanTheLookback = (now: number) => (row: Readonly<Record<string, unknown>>): boolean => {
  const age = now - Date.parse(String(row["date"]))
  return row["type"] === "CALL" && age > 9.5 * day && age < 12 * day
}

const unsaid = { summary: null, result: "ANSWERED" }

describe("ids that stay due", () => {
  it.scopedLive("are asked for once in a run, with all others, and told", () =>
    Effect.gen(function*() {
      const { history, organizations } = yield* Sandbox
      const out = yield* folder
      const keys = { allo: null, organizationIds: [organizations[0]?.id ?? ""] }
      const total = yield* history.total
      const report = yield* stuck(out, keys)
      assert.strictEqual(report.exitCode, 4)
      assert.deepStrictEqual(tags(report), ["NoProgress"])
      assert.include(report.problems[0]?.message ?? "", "3 calls were asked for by their ids")
      const asked = (yield* requestsSince(total)).filter(({ path }) => /^\/api\/calls\/[^?]/.test(path))
      assert.strictEqual(new Set(asked.map(({ path }) => path)).size, asked.length)
      assert.strictEqual(asked.length, report.rows.calls)
    }).pipe(Effect.provide(world)), 30_000)

  it.scopedLive("also in Allo", () =>
    Effect.gen(function*() {
      const { both, control } = yield* tampered
      const { history, world } = yield* Sandbox
      const out = yield* folder
      const isOld = isOlderThanTheLookback(yield* world.now)
      control.tamper = ({ url }, answered) =>
        url.endsWith("/items/search")
          ? { ...answered, body: rows(answered.body, (row) => isOld(row) ? { ...row, ...unsaid } : row) }
          : answered
      yield* run(out, {}, { allomia: null }).pipe(Effect.provideService(Sandbox, both))
      yield* world.advance("9 days")
      const total = yield* history.total
      const report = yield* stuck(out, { allomia: null })
      assert.deepStrictEqual([report.exitCode, tags(report)], [4, ["NoProgress"]])
      assert.isBelow((yield* requestsSince(total)).filter(({ path }) => path.endsWith("/items/batch")).length, 4)
    }).pipe(Effect.provide(world)), 30_000)

  it.scopedLive(
    "a NUL in an id is asked for with it, once, and is a matter for the next age",
    () =>
      Effect.gen(function*() {
        const { both, control } = yield* tampered
        const { history, organizations } = yield* Sandbox
        const out = yield* folder
        const keys = { allo: null, organizationIds: [organizations[0]?.id ?? ""] }
        control.tamper = ({ url }, answered) =>
          url.startsWith("/api/calls?")
            ? { ...answered, body: answered.body.replaceAll(/("id":"[^"]{4})([^"]*")/g, "$1\\u0000$2") }
            : answered
        const total = yield* history.total
        const report = yield* run(out, {}, keys).pipe(Effect.provideService(Sandbox, both))
        assert.deepStrictEqual([report.exitCode, report.problems], [0, []])
        const asked = (yield* requestsSince(total)).filter(({ path }) => path.includes("%00"))
        assert.isAbove(asked.length, 10)
        assert.strictEqual(new Set(asked.map(({ path }) => path)).size, asked.length)
      }).pipe(Effect.provide(world)),
    30_000
  )
})

describe("ids that cannot be part of a request", () => {
  it.scopedLive(
    "of Allomia: told once and true, the row is kept, and later runs are well",
    () =>
      Effect.gen(function*() {
        const { both, control } = yield* tampered
        const { organizations } = yield* Sandbox
        const out = yield* folder
        const keys = { allo: null, organizationIds: [organizations[0]?.id ?? ""] }
        const odd = "x".repeat(300)
        let real = ""
        control.tamper = ({ url }, answered) => {
          if (!url.startsWith("/api/calls?")) return answered
          real ||= /"id":"([^"]+)"/.exec(answered.body)?.[1] ?? ""
          return { ...answered, body: answered.body.replaceAll(`"id":"${real}"`, `"id":"${odd}"`) }
        }
        const go = (full = false) => run(out, { full }, keys).pipe(Effect.provideService(Sandbox, both))
        const first = yield* go()
        assert.deepStrictEqual([first.exitCode, tags(first)], [4, ["UnusableId"]])
        assert.match(first.problems[0]?.message ?? "", /^One call has an id that cannot be part of a request/)
        assert.notInclude(JSON.stringify(first.problems), odd)
        const read = yield* rowsOf(out, "calls")
        assert.isTrue(read.some((row) => row["call_id"] === odd))
        const second = yield* go()
        assert.deepStrictEqual([second.exitCode, second.problems], [0, []])
        assert.deepStrictEqual(tags(yield* go(true)), ["UnusableId"])
      }).pipe(Effect.provide(world)),
    30_000
  )

  it.scopedLive("of Allo: those beside it in a batch are read all the same", () =>
    Effect.gen(function*() {
      const { both, control } = yield* tampered
      const { history, world } = yield* Sandbox
      const out = yield* folder
      const isOld = isOlderThanTheLookback(yield* world.now)
      let real = ""
      control.tamper = ({ url }, answered) => {
        if (!url.endsWith("/items/search")) return answered
        return {
          ...answered,
          body: rows(answered.body, (row) => {
            if (!isOld(row)) return row
            real ||= String(row["id"])
            return { ...row, ...unsaid, id: row["id"] === real ? "odd/1" : row["id"] }
          })
        }
      }
      const go = run(out, {}, { allomia: null }).pipe(Effect.provideService(Sandbox, both))
      assert.deepStrictEqual((yield* go).problems, [])
      assert.notStrictEqual(real, "")
      yield* world.advance("7 days")
      const total = yield* history.total
      const late = yield* go
      assert.deepStrictEqual([late.exitCode, tags(late)], [4, ["UnusableId"]])
      const batches = (yield* requestsSince(total)).filter(({ path }) => path.endsWith("/items/batch"))
      assert.isAbove(batches.length, 0)
      assert.isFalse(batches.some(({ body }) => body.includes("odd/1")))
      yield* world.advance("16 days")
      assert.deepStrictEqual((yield* go).problems, [])
    }).pipe(Effect.provide(world)), 30_000)

  it.scopedLive(
    "of Allo, by its own word: a row that was listed so once ends no later run",
    () =>
      Effect.gen(function*() {
        const { both, control } = yield* tampered
        const out = yield* folder
        let real = ""
        control.tamper = ({ url }, answered) => {
          if (!url.endsWith("/items/search")) return answered
          return {
            ...answered,
            body: rows(answered.body, (row) => {
              real ||= String(row["id"])
              // The API knows its prefixes in lower case only.
              return { ...row, id: row["id"] === real ? real.toUpperCase() : row["id"] }
            })
          }
        }
        const go = (full: boolean) =>
          run(out, { full, details: false }, { allomia: null }).pipe(Effect.provideService(Sandbox, both))
        assert.strictEqual((yield* go(false)).exitCode, 0)
        control.tamper = (_, answered) => answered
        const later = yield* go(true)
        assert.deepStrictEqual([later.exitCode, later.problems], [0, []])
        const held = new Set(
          [...yield* rowsOf(out, "calls"), ...yield* rowsOf(out, "messages")].map((row) =>
            row["call_id"] ?? row["message_id"]
          )
        )
        // A refusal does not say that a row is gone.
        assert.isTrue(held.has(real) && held.has(real.toUpperCase()))
      }).pipe(Effect.provide(world)),
    30_000
  )
})
