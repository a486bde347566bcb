/** Metrics and traces as a collector receives them. */
import { assert, it } from "@effect/vitest"
import { Sandbox } from "@trunkline/sandbox"
import * as Effect from "effect/Effect"
import * as fs from "node:fs/promises"
import { createServer } from "node:http"
import { join } from "node:path"
import { folder, installed, trunkline } from "../commandline.js"

const command = installed()

interface Received {
  readonly path: string
  readonly type: string
  readonly authorization: string
  readonly body: string
}

/** A collector of its own, and what it was told. */
const collector = Effect.acquireRelease(
  Effect.promise(async () => {
    const received: Array<Received> = []
    const server = createServer((request, response) => {
      let body = ""
      request.setEncoding("utf8").on("data", (text: string) => {
        body += text
      }).on("end", () => {
        received.push({
          path: request.url ?? "",
          type: request.headers["content-type"] ?? "",
          authorization: request.headers.authorization ?? "",
          body
        })
        response.writeHead(200, { "content-type": "application/json" }).end("{}")
      })
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const address = server.address()
    const port = typeof address === "object" && address !== null ? address.port : 0
    return { received, server, url: `http://127.0.0.1:${port}` }
  }),
  ({ server }) => Effect.promise(() => new Promise((resolve) => server.close(resolve)))
)

const world = Sandbox.layer({
  size: 100,
  allomiaCalls: 20,
  days: 5,
  movement: false,
  rateLimit: { reads: 1000, writes: 1000, allomia: 1000 }
})

const environment = Effect.map(Sandbox, ({ alloUrl, allomiaUrl, keys }) => ({
  ALLO_API_KEY: keys.allo,
  ALLO_BASE_URL: alloUrl,
  ALLOMIA_API_KEY: keys.allomia,
  ALLOMIA_BASE_URL: allomiaUrl,
  ALLOMIA_REQUESTS_PER_SECOND: "1000"
}))

it.scopedLive("a run tells its requests as spans of one trace and its counts as metrics, and no key, number or word of a call", () =>
  Effect.gen(function*() {
    const { received, url } = yield* collector
    const out = join(yield* folder, "data")
    const env = yield* environment
    const { code, stderr, stdout } = yield* trunkline(command(), ["export", "--json", "--out", out], {
      env: {
        ...env,
        OTEL_EXPORTER_OTLP_ENDPOINT: url,
        OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
        OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20of-the-collector",
        OTEL_SERVICE_NAME: "nightly-calls",
        OTEL_RESOURCE_ATTRIBUTES: "deployment.environment=test"
      }
    })
    assert.strictEqual(code, 0, stderr)
    const traces = received.filter(({ path }) => path === "/v1/traces")
    const metrics = received.filter(({ path }) => path === "/v1/metrics")
    assert.isNotEmpty(traces)
    assert.isNotEmpty(metrics)
    for (const { authorization, body } of received) {
      assert.strictEqual(authorization, "Bearer of-the-collector")
      assert.include(body, "\"nightly-calls\"")
      assert.include(body, "\"deployment.environment\"")
    }

    interface Span {
      readonly name: string
      readonly traceId: string
      readonly parentSpanId?: string
    }
    const spans: ReadonlyArray<Span> = traces.flatMap(({ body }) =>
      JSON.parse(body).resourceSpans[0].scopeSpans[0].spans
    )
    const named = (name: string) => spans.filter((span) => span.name === name)
    assert.lengthOf(named("trunkline export"), 1)
    assert.strictEqual(new Set(spans.map(({ traceId }) => traceId)).size, 1)
    // Each call of the API is a span, and what carries these spans is none.
    const { requests } = JSON.parse(stdout)
    const calls = spans.filter(({ name }) => /^(Conversations|Account|Calls|Organizations)\./.test(name))
    assert.strictEqual(calls.length, requests.total)
    assert.lengthOf(spans.filter(({ name }) => name.startsWith("http")), 0)
    // Nothing is exported but what the page about the command names.
    const page = yield* Effect.promise(() =>
      fs.readFile(new URL("../../../../docs/command.md", import.meta.url), "utf8")
    )
    const unnamed = (names: ReadonlyArray<string>) =>
      [...new Set(names)].filter((name) => !page.includes(`\`${name}\``)).toSorted()
    assert.deepStrictEqual(unnamed(spans.map(({ name }) => name)), [])

    interface Counted {
      readonly name: string
      readonly sum?: { readonly dataPoints: ReadonlyArray<{ readonly asDouble: number }> }
    }
    const last = metrics.at(-1)
    const counted: ReadonlyArray<Counted> = JSON.parse(last?.body ?? "").resourceMetrics[0].scopeMetrics[0].metrics
    assert.deepStrictEqual(unnamed(counted.map(({ name }) => name)), [])
    const sent = counted.find(({ name }) => name === "trunkline_requests")?.sum?.dataPoints ?? []
    assert.strictEqual(sent.reduce((sum, { asDouble }) => sum + asDouble, 0), requests.total)
    for (const name of ["trunkline_rows", "trunkline_export_exit_code", "trunkline_export_rows_new"]) {
      assert.include(counted.map((metric) => metric.name), name)
    }

    const all = received.map(({ body }) => body).join("\n") + stdout + stderr
    for (const secret of [env.ALLO_API_KEY, env.ALLOMIA_API_KEY, "of-the-collector", "+14155550100", "appointment"]) {
      assert.notInclude(all, secret)
    }
  }).pipe(Effect.provide(world)))

it.scopedLive("a query that is refused is a span without a word of the query", () =>
  Effect.gen(function*() {
    const { received, url } = yield* collector
    const out = join(yield* folder, "data")
    yield* Effect.promise(() => fs.mkdir(join(out, "calls"), { recursive: true }))
    const { code, stderr } = yield* trunkline(
      command(),
      ["sql", "SELECT '+33612345678' AS mine, nothing FROM calls", "--out", out],
      { env: { OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_EXPORTER_OTLP_PROTOCOL: "http/json" } }
    )
    assert.strictEqual(code, 2)
    assert.include(stderr, "+33612345678")
    const told = received.map(({ body }) => body).join("\n")
    assert.include(told, "trunkline sql")
    assert.include(told, "The query is refused (Binder Error)")
    for (const typed of ["33612345678", "nothing", "mine"]) assert.notInclude(told, typed)
  }))

it.scopedLive("protobuf is spoken unless told otherwise, and a signal may have an endpoint of its own", () =>
  Effect.gen(function*() {
    const { received, url } = yield* collector
    const { code } = yield* trunkline(command(), ["plan", "--out", join(yield* folder, "data")], {
      env: {
        ...(yield* environment),
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${url}/my/traces`,
        OTEL_EXPORTER_OTLP_ENDPOINT: url,
        OTEL_METRICS_EXPORTER: "none"
      }
    })
    assert.strictEqual(code, 0)
    assert.deepStrictEqual([...new Set(received.map(({ path }) => path))], ["/my/traces"])
    assert.strictEqual(received[0]?.type, "application/x-protobuf")
    assert.include(received[0]?.body, "Conversations.search")
  }).pipe(Effect.provide(world)))

it.scopedLive("nothing is told where it is switched off, and a collector that is away changes nothing", () =>
  Effect.gen(function*() {
    const { received, url } = yield* collector
    const out = join(yield* folder, "data")
    const env = yield* environment
    const off = yield* trunkline(command(), ["plan", "--out", out], {
      env: { ...env, OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_SDK_DISABLED: "true" }
    })
    assert.strictEqual(off.code, 0)
    assert.deepStrictEqual(received, [])
    const away = yield* trunkline(command(), ["plan", "--out", out], {
      env: { ...env, OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1" }
    })
    assert.strictEqual(away.code, 0, away.stderr)
    // The minutes may be others by then.
    const withoutTimes = (text: string) => text.replaceAll(/\d\d:\d\d UTC/g, "UTC")
    assert.strictEqual(withoutTimes(away.stdout), withoutTimes(off.stdout))
  }).pipe(Effect.provide(world)))
