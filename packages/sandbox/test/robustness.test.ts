import { assert, it } from "@effect/vitest"
import { Fault, Sandbox } from "@trunkline/sandbox"
import * as Effect from "effect/Effect"
import { connect } from "node:net"
import { networkInterfaces } from "node:os"
import { allo, allomia, at, list, search, send, type Service } from "./client.js"

const still = { size: 200, movement: false, rateLimit: false, dailyQuota: false } as const

/** Writes bytes as they are, and gives what comes back until the other side ends. */
const talk = (sandbox: Service, ...parts: ReadonlyArray<string>): Effect.Effect<string> =>
  Effect.async((resume) => {
    let text = ""
    const socket = connect(Number(new URL(sandbox.alloUrl).port), "127.0.0.1", () => {
      for (const part of parts) socket.write(part)
    })
    socket.setEncoding("latin1")
    socket.on("data", (chunk) => {
      text += String(chunk)
    })
    socket.on("error", () => resume(Effect.succeed(text)))
    socket.on("close", () => resume(Effect.succeed(text)))
    return Effect.sync(() => socket.destroy())
  })

const alive = (sandbox: Service) => Effect.map(allo(sandbox, "/v2/api/tags"), (_) => assert.strictEqual(_.status, 200))

/** A small generator of its own, so that a failing case can be run again. */
const junk = (seed: number) => {
  let state = seed
  const next = (bound: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 0x100000000) * bound)
  }
  const pieces = [
    "/",
    "..",
    "%",
    "%zz",
    "%00",
    "v1",
    "v2",
    "api",
    "conversations",
    "items",
    "search",
    "?",
    "&",
    "=",
    "page=-1",
    "size=1e9",
    "ü",
    "{}",
    "calls",
    "cll-",
    "+",
    ";",
    "#",
    "files",
    "🦑",
    "[",
    "organizationId=",
    "extend=,"
  ]
  return {
    next,
    path: `/${Array.from({ length: next(9) }, () => pieces[next(pieces.length)]).join(next(2) === 0 ? "/" : "")}`
  }
}

it.effect("junk of every kind is answered with 4xx in JSON or text, and nothing stops", () =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    const methods = ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]
    const bodies = [
      "",
      "{",
      "null",
      "[]",
      "{\"page\":{}}",
      "{\"tags\":[1]}",
      "{\"date\":[]}",
      "{\"ids\":{}}",
      "\u0000",
      "\"x\""
    ]
    for (let seed = 1; seed <= 600; seed++) {
      const { next, path } = junk(seed)
      const method = methods[next(methods.length)] ?? "GET"
      const got = yield* send(`${sandbox.alloUrl}${path}`, {
        method,
        key: next(3) === 0 ? `Bearer ${sandbox.keys.allomia}` : sandbox.keys.allo,
        headers: { "content-type": "application/json" },
        ...(method === "GET" ? {} : { body: bodies[next(bodies.length)] })
      })
      assert.isBelow(got.status, 500, `seed ${seed}: ${method} ${path}`)
      if (got.status !== 404) assert.isDefined(got.json, `seed ${seed}: ${method} ${path}`)
    }
    yield* alive(sandbox)
  }).pipe(Effect.provide(Sandbox.layer(still))), 20_000)

it.effect(
  "legal JSON of the wrong kind in a field is refused, however odd or deep it is",
  () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox
      const deep = "[".repeat(100_000) + "]".repeat(100_000)
      const year = "{\"from\":\"2026-01-01\",\"to\":\"2026-12-31\"}"
      const odd = ["{\"toString\":1,\"valueOf\":1}", "{\"toJSON\":1}", "[2]", "[\"3\"]", "true", "1.5", "1e3", deep]
      for (const value of odd) {
        for (const field of ["page", "size", "extend", "allo_number", "contact_number", "user_id", "date", "search"]) {
          // Whole numbers may be written with an exponent, and a truth is no page.
          const got = yield* allo(sandbox, "/v2/api/conversations/items/search", { body: `{"${field}":${value}}` })
          const code = field === "page" && value === "1e3" ? 200 : 400
          assert.strictEqual(got.status, code, `${field}: ${value.slice(0, 40)}`)
          assert.isBelow(got.text.length, 2000, field)
        }
        for (const path of ["analytics/overview", "analytics/outbound", "crm/people/search"]) {
          for (const field of ["date", "compare_date", "user_ids", "tags", "extend", "stage", "filters", "sort"]) {
            const got = yield* allo(sandbox, `/v2/api/${path}`, { body: `{"date":${year},"${field}":${value}}` })
            assert.isBelow(got.status, 500, `${path} ${field}: ${value.slice(0, 40)}`)
            if (got.status !== 200) assert.isBelow(got.text.length, 2000, field)
          }
        }
        const batch = yield* allo(sandbox, "/v2/api/conversations/items/batch", { body: `{"ids":${value}}` })
        assert.strictEqual(batch.status, 400, value.slice(0, 40))
      }
      const both = yield* search(sandbox, { page: [2], size: ["3"] })
      assert.deepStrictEqual(list(both.json, "error", "errors").map((_) => at(_, "field")), ["page", "size"])
      const long = yield* search(sandbox, { allo_number: "9".repeat(100_000), extend: "x".repeat(100_000) })
      assert.strictEqual(long.status, 400)
      assert.isBelow(long.text.length, 2000)
      assert.strictEqual((yield* search(sandbox, { page: "2", size: "3" })).status, 200)
      yield* alive(sandbox)
    }).pipe(Effect.provide(Sandbox.layer(still))),
  20_000
)

it.effect("a broken escape names nothing", () =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    const status = (path: string, key: string) =>
      Effect.map(send(`${sandbox.alloUrl}${path}`, { key }), (_) => _.status)
    assert.strictEqual(yield* status("/v2/api/conversations/items/cll-%zz", sandbox.keys.allo), 404)
    assert.strictEqual(yield* status("/v1/api/contact/%E0%A4/conversation", sandbox.keys.allo), 400)
    assert.strictEqual(yield* status("/api/calls/%", `Bearer ${sandbox.keys.allomia}`), 404)
    assert.strictEqual(yield* status("/files/recordings/%zz", ""), 403)
  }).pipe(Effect.provide(Sandbox.layer(still))))

it.effect("a body over the bound gets 413 in the words of its API", () =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    const body = "x".repeat(3_000_000)
    const got = yield* allo(sandbox, "/v2/api/conversations/items/search", { body })
    assert.deepStrictEqual([got.status, at(got.json, "error", "code")], [413, "INVALID_REQUEST_BODY"])
    const older = yield* allo(sandbox, "/v1/api/numbers", { body })
    assert.deepStrictEqual([older.status, at(older.json, "code")], [413, "INVALID_REQUEST_BODY"])
    const clinic = yield* allomia(sandbox, "/calls", { body })
    assert.strictEqual(clinic.status, 413)
    assert.isString(at(clinic.json, "error"))
    yield* alive(sandbox)
  }).pipe(Effect.provide(Sandbox.layer(still))))

it.effect("huge headers are refused, larger ones cut off", () =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    const long = yield* send(`${sandbox.alloUrl}/v2/api/tags`, {
      key: sandbox.keys.allo,
      headers: { "x-long": "a".repeat(60_000) }
    })
    assert.deepStrictEqual([long.status, at(long.json, "error", "code")], [400, "INVALID_REQUEST"])
    const huge = yield* talk(
      sandbox,
      "GET /v2/api/tags HTTP/1.1\r\nHost: x\r\n",
      `X-Huge: ${"a".repeat(2_000_000)}\r\n\r\n`
    )
    assert.match(huge, /^HTTP\/1\.1 413 |^$/)
    yield* alive(sandbox)
  }).pipe(Effect.provide(Sandbox.layer(still))))

it.effect("what is not HTTP gets 400, and a client that leaves in the middle is forgotten", () =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    assert.match(yield* talk(sandbox, "\u0016\u0003\u0001 hello\r\n\r\n"), /^HTTP\/1\.1 400 /)
    assert.match(yield* talk(sandbox, "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n"), /^HTTP\/1\.1 400 /)
    yield* Effect.async<void>((resume) => {
      const socket = connect(Number(new URL(sandbox.alloUrl).port), "127.0.0.1", () => {
        socket.write(
          "POST /v2/api/conversations/items/search HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
          () => {
            socket.resetAndDestroy()
            resume(Effect.void)
          }
        )
      })
    })
    assert.match(
      yield* talk(
        sandbox,
        `GET http://elsewhere/v2/api/tags HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: ${sandbox.keys.allo}\r\n\r\n`
      ),
      /^HTTP\/1\.1 200 /
    )
    yield* alive(sandbox)
  }).pipe(Effect.provide(Sandbox.layer(still))))

it.effect("paths under neither API are 404 in plain text", () =>
  Effect.gen(function*() {
    const got = yield* send(`${(yield* Sandbox).alloUrl}/favicon.ico`)
    assert.deepStrictEqual([got.status, got.headers.get("content-type")], [404, "text/plain; charset=utf-8"])
  }).pipe(Effect.provide(Sandbox.layer(still))))

it.effect("it listens on loopback only", () =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    assert.strictEqual(new URL(sandbox.alloUrl).hostname, "127.0.0.1")
    const others = Object.values(networkInterfaces()).flatMap((_) =>
      (_ ?? []).filter((address) => !address.internal && address.family === "IPv4")
    )
    for (const { address } of others) {
      const refused = yield* Effect.async<boolean>((resume) => {
        const socket = connect({ port: Number(new URL(sandbox.alloUrl).port), host: address, timeout: 500 })
        socket.on("connect", () => resume(Effect.succeed(false)))
        socket.on("error", () => resume(Effect.succeed(true)))
        socket.on("timeout", () => resume(Effect.succeed(true)))
      })
      assert.isTrue(refused)
    }
  }).pipe(Effect.provide(Sandbox.layer(still))))

it.effect("when its scope closes, the port is free and nothing answers", () =>
  Effect.gen(function*() {
    // An answer that will never end does not keep it open.
    const url = yield* Effect.gen(function*() {
      const sandbox = yield* Sandbox
      yield* sandbox.faults.push({ fault: Fault.Stalled() })
      yield* Effect.fork(Effect.ignore(allo(sandbox, "/v2/api/tags")))
      while ((yield* sandbox.history.total) < 1) yield* Effect.yieldNow()
      return sandbox.alloUrl
    }).pipe(Effect.provide(Sandbox.layer(still)))
    const error = yield* Effect.flip(send(`${url}/v2/api/tags`))
    assert.include(error, "ECONNREFUSED")
  }))
