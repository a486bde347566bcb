import { assert, it, layer } from "@effect/vitest"
import { Fault, Sandbox } from "@trunkline/sandbox"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import { connect } from "node:net"
import { allo, allomia, at, type Got, ids, list, search, type Service } from "./client.js"

const still = {
  size: 600,
  movement: false,
  rateLimit: false,
  dailyQuota: false,
  startsAt: Date.UTC(2026, 10, 20, 12)
} as const

const withFault = <A, E>(sandbox: Service, fault: Fault.Fault, then: Effect.Effect<A, E>) =>
  Effect.zipRight(sandbox.faults.push({ fault }), then)

const tags = (sandbox: Service) => allo(sandbox, "/v2/api/tags")

/** What a socket receives before it ends, and whether it was reset. */
const raw = (sandbox: Service, path: string): Effect.Effect<{ readonly text: string; readonly reset: boolean }> =>
  Effect.async((resume) => {
    let text = ""
    const socket = connect(Number(new URL(sandbox.alloUrl).port), "127.0.0.1", () => {
      socket.write(
        `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: ${sandbox.keys.allo}\r\n\r\n`
      )
    })
    socket.setEncoding("utf8")
    socket.on("data", (chunk) => {
      text += String(chunk)
    })
    socket.on("error", () => resume(Effect.succeed({ text, reset: true })))
    socket.on("end", () => resume(Effect.succeed({ text, reset: false })))
    return Effect.sync(() => socket.destroy())
  })

const pagination = (got: Got, field: string) => at(got.json, "pagination", field)

layer(Sandbox.layer(still))("faults, as a plain client meets them", (it) => {
  const shapes: ReadonlyArray<readonly [Fault.RetryAfter, header: string | null, body: number | undefined]> = [
    ["seconds", "2", 2],
    ["date", "Fri, 20 Nov 2026 12:00:02 GMT", 2],
    ["absent", null, undefined],
    ["zero", "0", 0],
    ["negative", "-2", -2],
    ["huge", "31536000", 31_536_000],
    ["body", null, 2]
  ]
  for (const [retryAfter, header, body] of shapes) {
    it.effect(`429 with Retry-After: ${retryAfter}`, () =>
      Effect.gen(function*() {
        const sandbox = yield* Sandbox
        const got = yield* withFault(sandbox, Fault.RateLimited({ retryAfter, seconds: 2 }), tags(sandbox))
        assert.strictEqual(got.status, 429)
        assert.strictEqual(got.headers.get("retry-after"), header)
        assert.strictEqual(at(got.json, "error", "retry_after_seconds"), body)
        assert.strictEqual((yield* tags(sandbox)).status, 200)
      }))
  }

  for (const status of [500, 502, 503, 504] as const) {
    it.effect(`${status} in JSON and in HTML`, () =>
      Effect.gen(function*() {
        const sandbox = yield* Sandbox
        const json = yield* withFault(sandbox, Fault.Failed({ status, as: "json" }), tags(sandbox))
        assert.strictEqual(json.status, status)
        assert.strictEqual(at(json.json, "error", "type"), "server_error")
        assert.strictEqual(at(json.json, "error", "retryable"), true)
        const html = yield* withFault(sandbox, Fault.Failed({ status, as: "html" }), tags(sandbox))
        assert.strictEqual(html.status, status)
        assert.strictEqual(html.headers.get("content-type"), "text/html")
        assert.match(html.text, /^<!doctype html>/)
        const clinic = yield* withFault(
          sandbox,
          Fault.Failed({ status, as: "json" }),
          allomia(sandbox, "/organization")
        )
        assert.strictEqual(clinic.status, status)
        assert.isString(at(clinic.json, "error"))
      }))
  }

  it.effect("the older interface's spent day", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox
      const got = yield* withFault(sandbox, Fault.QuotaExceeded({ resetIn: 77 }), allo(sandbox, "/v1/api/numbers"))
      assert.strictEqual(got.status, 429)
      assert.strictEqual(at(got.json, "details", 0, "message"), "limit=1000;type=DAILY;reset_in=77")
    }))

  it.effect("any refusal by its code", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox
      const got = yield* withFault(
        sandbox,
        Fault.Refused({ code: "ALLO_NUMBER_FORBIDDEN", status: 403 }),
        tags(sandbox)
      )
      assert.deepStrictEqual([got.status, at(got.json, "error", "code"), at(got.json, "error", "type")], [
        403,
        "ALLO_NUMBER_FORBIDDEN",
        "permission_error"
      ])
    }))

  it.effect("200 with nothing, with HTML, and with half of the JSON", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox
      const whole = yield* tags(sandbox)
      const empty = yield* withFault(sandbox, Fault.Empty(), tags(sandbox))
      assert.deepStrictEqual([empty.status, empty.text], [200, ""])
      const html = yield* withFault(sandbox, Fault.Html(), tags(sandbox))
      assert.deepStrictEqual([html.status, html.headers.get("content-type")], [200, "text/html"])
      const cut = yield* withFault(sandbox, Fault.Truncated(), tags(sandbox))
      assert.strictEqual(cut.status, 200)
      assert.isUndefined(cut.json)
      assert.isTrue(whole.text.startsWith(cut.text) && cut.text.length > 0)
    }))

  it.effect("what did not arrive whole was not shown, says the history", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox
      yield* sandbox.history.clear
      for (
        const fault of [Fault.Truncated(), Fault.Empty(), Fault.Html(), Fault.ResetInBody(), Fault.ResetBeforeHeaders()]
      ) {
        yield* withFault(sandbox, fault, Effect.exit(search(sandbox, { size: 50, page: 2 })))
      }
      yield* search(sandbox, { size: 2 })
      const requests = yield* sandbox.history.requests
      assert.deepStrictEqual(requests.map((_) => [_.fault, _.ids.length]), [
        ["Truncated", 0],
        ["Empty", 0],
        ["Html", 0],
        ["ResetInBody", 0],
        ["ResetBeforeHeaders", 0],
        [null, 2]
      ])
      assert.strictEqual(requests[4]?.status, 0)
    }))

  it.effect("a reset before any header, and one in the body", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox
      const before = yield* withFault(sandbox, Fault.ResetBeforeHeaders(), raw(sandbox, "/v2/api/tags"))
      assert.deepStrictEqual(before, { text: "", reset: true })
      const within = yield* withFault(sandbox, Fault.ResetInBody(), raw(sandbox, "/v2/api/tags"))
      const [headers = "", body = ""] = within.text.split("\r\n\r\n")
      assert.isAbove(body.length, 0)
      assert.isBelow(body.length, Number(/content-length: (\d+)/i.exec(headers)?.[1]))
      const error = yield* withFault(sandbox, Fault.ResetInBody(), Effect.flip(tags(sandbox)))
      assert.include(error, "terminated")
    }))

  it.effect("a row twice, on a page one row longer", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox
      const got = yield* withFault(sandbox, Fault.Repeated(), search(sandbox, { size: 10 }))
      assert.strictEqual(ids(got.json, "data").length, 11)
      assert.strictEqual(new Set(ids(got.json, "data")).size, 10)
    }))

  it.effect("totals that are null, missing or wrong", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox
      const ask = search(sandbox, { size: 10 })
      assert.isNull(pagination(yield* withFault(sandbox, Fault.Total({ says: "null" }), ask), "total_count"))
      assert.isUndefined(pagination(yield* withFault(sandbox, Fault.Total({ says: "missing" }), ask), "total_count"))
      assert.isAbove(
        Number(pagination(yield* withFault(sandbox, Fault.Total({ says: "drift" }), ask), "total_count")),
        600
      )
    }))

  it.effect("more is promised forever, on every interface", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox
      const last = yield* withFault(sandbox, Fault.Endless(), search(sandbox, { size: 100, page: 9 }))
      assert.deepStrictEqual([list(last.json, "data").length, pagination(last, "has_more")], [0, true])
      const clinic = yield* withFault(
        sandbox,
        Fault.Endless(),
        allomia(sandbox, `/calls?organizationId=${sandbox.organizations[4]?.id}`)
      )
      assert.strictEqual(pagination(clinic, "hasNextPage"), true)
      const older = yield* withFault(sandbox, Fault.Endless(), allo(sandbox, "/v1/api/contacts?page=500"))
      assert.strictEqual(at(older.json, "data", "metadata", "pagination", "total_pages"), 502)
    }))

  it.effect("an empty page in the middle", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox
      const got = yield* withFault(sandbox, Fault.Hollow(), search(sandbox, { size: 100, page: 2 }))
      assert.deepStrictEqual([list(got.json, "data").length, pagination(got, "has_more")], [0, true])
    }))

  it.effect("a page past the end answers the last one", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox
      const last = yield* search(sandbox, { size: 100, page: 6 })
      const past = yield* withFault(sandbox, Fault.Clamped(), search(sandbox, { size: 100, page: 60 }))
      assert.deepStrictEqual(ids(past.json, "data"), ids(last.json, "data"))
    }))

  it.effect("pages too deep are refused", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox
      yield* sandbox.faults.push({ fault: Fault.DeepPages({ after: 2 }), times: 2 })
      assert.strictEqual((yield* search(sandbox, { size: 100, page: 2 })).status, 200)
      const deep = yield* search(sandbox, { size: 100, page: 3 })
      assert.deepStrictEqual([deep.status, at(deep.json, "error", "param")], [400, "page"])
    }))

  it.effect("fields and words nobody has heard of, and words in lower case", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox
      const ask = search(sandbox, { size: 5, type: "CALL", result: "ANSWERED" })
      const novel = yield* withFault(sandbox, Fault.Unknown({ words: true }), ask)
      assert.isTrue(
        list(novel.json, "data").every((_) => at(_, "sandbox_novelty") !== undefined && at(_, "result") === "TELEPATHY")
      )
      const lower = yield* withFault(sandbox, Fault.WrongCase(), ask)
      assert.isTrue(list(lower.json, "data").every((_) => at(_, "type") === "call" && at(_, "result") === "answered"))
      const plain = yield* ask
      assert.deepStrictEqual(ids(lower.json, "data"), ids(plain.json, "data"))
    }))

  it.effect("a script waits for its requests, lets some go free, and ends", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox
      yield* sandbox.faults.push({
        match: { api: "allo-v2", method: "POST", path: "/search", page: 2 },
        fault: Fault.Failed({ status: 503, as: "json" }),
        times: 2,
        skip: 1
      })
      const second = search(sandbox, { size: 10, page: 2 })
      const statuses = [
        yield* search(sandbox, { size: 10, page: 1 }),
        yield* tags(sandbox),
        yield* second,
        yield* second,
        yield* second,
        yield* second
      ].map((_) => _.status)
      assert.deepStrictEqual(statuses, [200, 200, 200, 503, 503, 200])
    }))

  it.effect("one organisation fails while the others answer, until it is mended", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox
      const [one, other] = sandbox.organizations
      const ask = (id: string | undefined) =>
        Effect.map(allomia(sandbox, `/calls?organizationId=${id}`), (_) => _.status)
      yield* sandbox.world.failOrganization(one?.id ?? "", 500)
      assert.deepStrictEqual([yield* ask(one?.id), yield* ask(other?.id)], [500, 200])
      yield* sandbox.world.failOrganization(one?.id ?? "", null)
      assert.strictEqual(yield* ask(one?.id), 200)
    }))
})

it.effect("a body that drips comes whole in the end", () =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    const whole = yield* tags(sandbox)
    yield* sandbox.faults.push({ fault: Fault.Drip({ bytes: 200, every: "1 second" }) })
    const fiber = yield* Effect.fork(tags(sandbox))
    // The request has to reach the server before its time can pass.
    while ((yield* sandbox.history.total) < 2) yield* Effect.yieldNow()
    yield* TestClock.adjust("2 seconds")
    assert.isTrue((yield* Fiber.poll(fiber))._tag === "None")
    yield* TestClock.adjust("10 seconds")
    assert.strictEqual((yield* Fiber.join(fiber)).text, whole.text)
  }).pipe(Effect.provide(Sandbox.layer(still))))

it.effect("every answer takes as long as it was told to", () =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    const fiber = yield* Effect.fork(tags(sandbox))
    while ((yield* sandbox.history.total) < 1) yield* Effect.yieldNow()
    yield* TestClock.adjust("199 millis")
    assert.isTrue((yield* Fiber.poll(fiber))._tag === "None")
    yield* TestClock.adjust("1 millis")
    assert.strictEqual((yield* Fiber.join(fiber)).status, 200)
  }).pipe(Effect.provide(Sandbox.layer({ ...still, latency: "200 millis" }))))

it.effect("a stalled body never ends", () =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    yield* sandbox.faults.push({ fault: Fault.Stalled() })
    const fiber = yield* Effect.fork(tags(sandbox))
    while ((yield* sandbox.history.total) < 1) yield* Effect.yieldNow()
    yield* TestClock.adjust("1 hour")
    yield* tags(sandbox)
    assert.isTrue((yield* Fiber.poll(fiber))._tag === "None")
    yield* Fiber.interrupt(fiber)
  }).pipe(Effect.provide(Sandbox.layer(still))))

it.effect("ties change places between requests, so that even a still list can lose a row", () =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    yield* sandbox.faults.push({ fault: Fault.Ties(), times: 1000 })
    const walk = Effect.gen(function*() {
      const seen: Array<string> = []
      for (let page = 1; page <= 300; page++) {
        seen.push(...ids((yield* search(sandbox, { size: 2, page, sort: "DATE_ASC" })).json, "data"))
      }
      return seen
    })
    const [first, second] = [yield* walk, yield* walk]
    assert.strictEqual(first.length, 600)
    assert.notDeepEqual(first, second)
    assert.isBelow(Math.min(new Set(first).size, new Set(second).size), 600)
  }).pipe(Effect.provide(Sandbox.layer(still))))

it.effect("a key is revoked in mid-run, and stays so", () =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    yield* sandbox.faults.push({ fault: Fault.Revoked(), skip: 1 })
    const [first, second, third] = [yield* tags(sandbox), yield* tags(sandbox), yield* tags(sandbox)]
    assert.deepStrictEqual([first.status, second.status, third.status], [200, 401, 401])
    assert.strictEqual(at(third.json, "error", "code"), "API_KEY_REVOKED")
    assert.strictEqual((yield* allo(sandbox, "/v2/api/tags", { key: sandbox.keys.alloReadOnly })).status, 200)
  }).pipe(Effect.provide(Sandbox.layer(still))))

it.effect("a list that is asked for without a page is asked for its first", () =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    const line = "allo_number=%2B14155550100"
    const ask = (path: string) => Effect.map(allo(sandbox, path), (_) => _.status)
    const fault = Fault.Failed({ status: 503, as: "json" })
    yield* sandbox.faults.push({ match: { page: 1 }, fault })
    assert.strictEqual(yield* ask("/v2/api/tags"), 200)
    assert.strictEqual(yield* ask(`/v2/api/conversations?${line}&page=2`), 200)
    assert.strictEqual(yield* ask(`/v2/api/conversations?${line}`), 503)
    yield* sandbox.faults.push({ match: { page: 0 }, fault })
    assert.strictEqual(yield* ask(`/v1/api/calls?${line}`), 503)
    yield* sandbox.faults.push({ match: { page: 1 }, fault })
    assert.strictEqual((yield* allomia(sandbox, `/calls?organizationId=${sandbox.organizations[0]?.id}`)).status, 503)
  }).pipe(Effect.provide(Sandbox.layer({ size: 100, movement: false, rateLimit: false }))))
