/** A client of twenty lines that retries: whatever `flaky` does, it has to get through with nothing lost. */
import { assert, it } from "@effect/vitest"
import { Sandbox } from "@trunkline/sandbox"
import * as Effect from "effect/Effect"
import { allo, allomia, at, type Got, ids, list, type Service } from "../client.js"

const flaky = { size: 10_000, movement: false, rateLimit: false, dailyQuota: false, profile: "flaky" } as const

/** Until there is a 2xx whose body can be read. */
const stubborn = (ask: Effect.Effect<Got, string>): Effect.Effect<Got, string> =>
  ask.pipe(
    Effect.filterOrFail((got) => got.status < 300 && got.json !== undefined, (got) =>
      `${got.status} ${got.text.slice(0, 80)}`),
    Effect.retry({ times: 5 })
  )

const walk = (
  page: (page: number) => Effect.Effect<Got, string>,
  rows: (got: Got) => ReadonlyArray<string>,
  first: number
) =>
  Effect.gen(function*() {
    const seen: Array<string> = []
    for (let number = first;; number++) {
      const found = rows(yield* stubborn(page(number)))
      if (found.length === 0) return new Set(seen)
      seen.push(...found)
    }
  })

const addTag = (sandbox: Service, tag: string) =>
  stubborn(allo(sandbox, "/v2/api/conversations/items/cll-abc123/tags", {
    body: { tags: [tag] },
    headers: { "idempotency-key": `key-${tag}` }
  }))

it.effect("10,000 items and every clinic's calls come through, whole", () =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    const items = yield* walk(
      (page) => allo(sandbox, "/v2/api/conversations/items/search", { body: { size: 100, sort: "DATE_ASC", page } }),
      (got) => ids(got.json, "data"),
      1
    )
    assert.deepStrictEqual(items, yield* sandbox.history.mustHaveSeen({ source: "allo" }))
    assert.deepStrictEqual(items, yield* sandbox.history.served("allo"))
    const calls = yield* Effect.forEach(sandbox.organizations, ({ id }) =>
      walk((page) =>
        allomia(sandbox, `/calls?organizationId=${id}&limit=50&sort=asc&page=${page}`), (got) =>
        ids(got.json, "calls"), 1))
    assert.deepStrictEqual(
      new Set(calls.flatMap((_) => [..._])),
      yield* sandbox.history.mustHaveSeen({ source: "allomia" })
    )
    assert.isAbove(
      (yield* sandbox.history.requests).filter((_) =>
        _.fault !== null
      ).length,
      10
    )
  }).pipe(Effect.provide(Sandbox.layer(flaky))), 20_000)

it.effect("forty tags are put on once each, however often the answer is lost", () =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    const tags = Array.from({ length: 40 }, (_, index) => `tag ${index}`)
    const answers = yield* Effect.forEach(tags, (tag) => addTag(sandbox, tag))
    const item = yield* stubborn(allo(sandbox, "/v2/api/conversations/items/cll-abc123"))
    const own = list(item.json, "data", "tags")
    assert.deepStrictEqual(own.filter((_) => String(_).startsWith("tag ")), tags)
    assert.isTrue(answers.some((_) => _.headers.get("idempotency-replayed") === "true"))
    assert.isDefined(at(item.json, "data", "id"))
  }).pipe(Effect.provide(Sandbox.layer({ ...flaky, seed: 3 }))))
