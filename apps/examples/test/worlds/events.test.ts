/** Events that a sandbox delivers, received over HTTP into a dataset, beside what polling finds. */
import { HttpBody, HttpClient, HttpServer } from "@effect/platform"
import { NodeHttpClient, NodeHttpServer } from "@effect/platform-node"
import { assert, it } from "@effect/vitest"
import { AlloClient, Webhooks } from "@trunkline/allo"
import { tables } from "@trunkline/calls"
import * as Verify from "@trunkline/dataset/Verify"
import { Sandbox } from "@trunkline/sandbox"
import { Clock, DateTime, Effect, Layer, Redacted } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { events, layer, poll, routes } from "../../src/events.js"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "trunkline-events-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const Account = Layer.unwrapEffect(Effect.map(Sandbox, ({ alloUrl, keys, webhooks }) =>
  Layer.merge(
    AlloClient.layer({ apiKey: Redacted.make(keys.allo), baseUrl: alloUrl }),
    Webhooks.layer({ secrets: [Redacted.make(webhooks.secret)] })
  ))).pipe(
    Layer.provideMerge(Sandbox.layer({ size: 600, movement: false, rateLimit: { reads: 1000, writes: 1000 } })),
    Layer.provide(NodeHttpClient.layerUndici)
  )

it.scopedLive("polling names exactly the calls whose events never came, whatever came twice", () =>
  Effect.gen(function*() {
    const out = join(yield* folder, "data")
    const { webhooks, world } = yield* Sandbox
    yield* Effect.gen(function*() {
      yield* HttpServer.serveEffect(routes)
      const address = yield* HttpServer.addressFormattedWith(Effect.succeed)
      yield* webhooks.subscribe({ url: `${address}/allo`, gaps: 25, doubles: 50, pauses: ["20 millis"] })
      const since = DateTime.unsafeMake(Math.floor((yield* Clock.currentTimeMillis) / 1000) * 1000)
      for (let call = 0; call < 12; call++) yield* world.arrive({ source: "allo", seconds: 30 })
      yield* world.arrive({ source: "allo", type: "SMS" })
      yield* webhooks.settled
      const forged = yield* HttpClient.post(`${address}/allo`, {
        body: HttpBody.unsafeJson({ topic: "call.completed" })
      })
      assert.strictEqual(forged.status, 401)

      const { report, untold } = yield* poll(since)
      assert.deepStrictEqual([report.exitCode, report.problems], [0, []])
      const sent = yield* webhooks.events
      const withheld = sent.filter(({ state, topic }) => state === "withheld" && topic === "call.completed")
      assert.isAbove(withheld.length, 0)
      assert.isAbove(sent.filter(({ tries }) => tries > 1).length, 0)
      assert.sameMembers([...untold], withheld.map(({ about }) => about))
      assert.strictEqual(report.rows["events"], sent.filter(({ state }) => state === "delivered").length)
    }).pipe(Effect.provide([
      layer(out),
      NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" }),
      NodeHttpClient.layerUndici
    ]))
    const verified = yield* Verify.folder({ out, tables: [...tables, events] })
    assert.deepStrictEqual(verified.problems, [])
  }).pipe(Effect.provide(Account)))
