/** Proxies: which one the variables mean, and what comes of a real one, as it should be, locked, dead and slow. */
import { assert, describe, it } from "@effect/vitest"
import * as Account from "@trunkline/allo/Account"
import * as AlloClient from "@trunkline/allo/AlloClient"
import { Retry } from "@trunkline/http"
import { Effect, Layer, Redacted } from "effect"
import * as fs from "node:fs/promises"
import { createServer, type IncomingMessage, type Server } from "node:http"
import { createServer as createTlsServer } from "node:https"
import { connect, type Socket } from "node:net"
import { join } from "node:path"
import * as Http from "../src/Http.js"
import * as Proxy from "../src/Proxy.js"
import { certificateFor } from "./certificate.js"
import { folder, installed, trunkline } from "./commandline.js"

const api = "https://api.withallo.com"
const corporate = "http://proxy.example.com:3128"
const used = "proxy.example.com:3128"

type Variables = Readonly<Record<string, string>>

describe("the variables", () => {
  const cases: ReadonlyArray<readonly [string, Variables, string, string | null]> = [
    ["none", {}, api, null],
    ["HTTPS_PROXY", { HTTPS_PROXY: corporate }, api, used],
    ["https_proxy before HTTPS_PROXY", { https_proxy: "http://a:1", HTTPS_PROXY: "http://b:2" }, api, "a:1"],
    ["ALL_PROXY for what has no other", { ALL_PROXY: corporate }, api, used],
    ["a proxy without a scheme", { HTTPS_PROXY: used }, api, used],
    ["a proxy over TLS", { HTTPS_PROXY: "https://proxy.example.com" }, api, "proxy.example.com"],
    ["HTTP_PROXY for https", { HTTP_PROXY: corporate }, api, null],
    ["plain http, whose key would be seen", { HTTP_PROXY: corporate, ALL_PROXY: corporate }, "http://api.corp", null],
    ["loopback", { HTTPS_PROXY: corporate }, "https://localhost:8443/api", null],
    ["an address of loopback", { ALL_PROXY: corporate }, "http://127.0.0.1:3000", null],
    ["a star", { HTTPS_PROXY: corporate, NO_PROXY: "*" }, api, null],
    ["the host itself", { HTTPS_PROXY: corporate, NO_PROXY: "a.b, API.withallo.com" }, api, null],
    ["its domain", { HTTPS_PROXY: corporate, no_proxy: "withallo.com" }, api, null],
    ["its domain with a dot", { HTTPS_PROXY: corporate, no_proxy: ".withallo.com" }, api, null],
    ["its domain with a star", { HTTPS_PROXY: corporate, no_proxy: "*.withallo.com" }, api, null],
    ["no_proxy before NO_PROXY", { HTTPS_PROXY: corporate, no_proxy: "a.b", NO_PROXY: "*" }, api, used],
    ["an ending that is no domain", { HTTPS_PROXY: corporate, NO_PROXY: "allo.com" }, api, used],
    ["its port", { HTTPS_PROXY: corporate, NO_PROXY: "withallo.com:443" }, api, null],
    ["another port", { HTTPS_PROXY: corporate, NO_PROXY: "withallo.com:8443" }, api, used],
    ["a network", { HTTPS_PROXY: corporate, NO_PROXY: "10.0.0.0/8" }, "https://10.1.2.3", null],
    ["another network", { HTTPS_PROXY: corporate, NO_PROXY: "10.0.0.0/8" }, "https://11.1.2.3", used],
    ["an address of six", { HTTPS_PROXY: corporate, NO_PROXY: "fd00::1" }, "https://[fd00:0::1]", null],
    ["nonsense", { HTTPS_PROXY: corporate, NO_PROXY: "10.0.0.0/99,,/" }, "https://10.1.2.3", used]
  ]
  it.effect.each(cases)("%s", ([, environment, url, host]) =>
    Effect.gen(function*() {
      assert.strictEqual((yield* Proxy.route(environment, url)).proxy?.host ?? null, host)
    }))

  it.effect("a name and a password become a header, and stand nowhere else", () =>
    Effect.gen(function*() {
      const { proxy } = yield* Proxy.route({ HTTPS_PROXY: "http://me:pass%3Aword@proxy.example.com:3128" }, api)
      const authorization = proxy?.authorization ?? Redacted.make("")
      assert.strictEqual(
        Redacted.value(authorization),
        `Basic ${Buffer.from("me:pass:word").toString("base64")}`
      )
      assert.notMatch(JSON.stringify(proxy), /me:|pass/)
    }))

  const unusable: ReadonlyArray<readonly [string, Variables]> = [
    ["HTTPS_PROXY", { HTTPS_PROXY: "http://" }],
    ["https_proxy", { https_proxy: "socks5://secret@proxy:1080" }],
    ["ALL_PROXY", { ALL_PROXY: "http://secret%:x@proxy:1080" }]
  ]
  it.effect.each(unusable)(
    "%s that cannot be used is named, and not repeated",
    ([name, environment]) =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(Proxy.route(environment, api))
        assert.strictEqual(error.name, name)
        assert.notInclude(error.message, "secret")
      })
  )
})

const listening = (server: Server) =>
  Effect.acquireRelease(
    Effect.async<number>((resume) => {
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0))
      })
    }),
    () =>
      Effect.sync(() => {
        server.closeAllConnections()
        server.close()
      })
  )

interface Tunnel {
  readonly host: string
  readonly headers: IncomingMessage["headers"]
}

/** Connects everything to one port of this machine, and keeps what it was told and what it could read. */
const proxying = (port: number, answer: (client: Socket) => "connect" | "other") =>
  Effect.gen(function*() {
    const tunnels: Array<Tunnel> = []
    const seen: Array<Buffer> = []
    const sockets = new Set<Socket>()
    const server = createServer((_, response) => response.writeHead(400).end())
    server.on("connect", (request: IncomingMessage, client: Socket) => {
      tunnels.push({ host: request.url ?? "", headers: request.headers })
      sockets.add(client)
      client.on("error", () => {})
      if (answer(client) !== "connect") return
      const upstream = connect(port, "127.0.0.1", () => {
        client.write("HTTP/1.1 200 Connection established\r\n\r\n")
        client.on("data", (part: Buffer) => seen.push(part))
        client.pipe(upstream).pipe(client)
      })
      sockets.add(upstream)
      upstream.on("error", () => client.destroy())
    })
    const own = yield* listening(server)
    yield* Effect.addFinalizer(() => Effect.sync(() => sockets.forEach((socket) => socket.destroy())))
    return { port: own, tunnels, seen }
  })

const key = "ak_live_secret_of_the_user"
const host = "api.allo.test"

/** An API over TLS, behind a name that only the proxy can find. */
const secured = Effect.gen(function*() {
  const certificate = certificateFor(host)
  const keys: Array<string | undefined> = []
  const server = createTlsServer(certificate, (request, response) => {
    keys.push(request.headers.authorization)
    const body = request.url?.startsWith("/v2/api/me") === true
      ? { data: { id: "key-1", team: { id: "team-1", name: "A team" }, scopes: ["CONVERSATIONS_READ"] } }
      : { data: [], pagination: { total_count: 0, has_more: false } }
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body))
  })
  const path = join(yield* folder, "ca.pem")
  yield* Effect.promise(() => fs.writeFile(path, certificate.cert))
  return { port: yield* listening(server), keys, path }
})

const command = installed()

const doctor = (env: Variables, ...flags: ReadonlyArray<string>) =>
  Effect.flatMap(folder, (out) =>
    trunkline(command(), ["doctor", "--out", out, "--log-level", "debug", ...flags], {
      env: { ALLO_API_KEY: key, ALLO_BASE_URL: `https://${host}`, ...env }
    }))

// Side by side, since each of them mostly waits for the next try.
describe.concurrent("a proxy", () => {
  it.scopedLive("makes a tunnel that it cannot look into, and gets its own password and not the key", () =>
    Effect.gen(function*() {
      const { keys, path, port } = yield* secured
      const proxy = yield* proxying(port, () => "connect")
      const ended = yield* doctor({
        HTTPS_PROXY: `http://me:pass-of-proxy@127.0.0.1:${proxy.port}`,
        NODE_EXTRA_CA_CERTS: path
      })
      assert.match(ended.stdout, /allo key +accepted, team A team/)
      assert.match(ended.stdout, new RegExp(`allo proxy +127\\.0\\.0\\.1:${proxy.port}\\n`))
      assert.isAbove(keys.length, 1)
      assert.deepStrictEqual([...new Set(keys)], [`Api-Key ${key}`])
      assert.deepStrictEqual([...new Set(proxy.tunnels.map((tunnel) => tunnel.host))], [`${host}:443`])
      for (const { headers } of proxy.tunnels) {
        assert.strictEqual(
          headers["proxy-authorization"],
          `Basic ${Buffer.from("me:pass-of-proxy").toString("base64")}`
        )
        assert.isUndefined(headers.authorization)
      }
      assert.notInclude(Buffer.concat(proxy.seen).toString("latin1"), key)
      assert.notInclude(`${ended.stdout}${ended.stderr}`, "pass-of-proxy")
    }))

  it.scopedLive("that asks for a password is named by its host, without the one it was given", () =>
    Effect.gen(function*() {
      const proxy = yield* proxying(0, (client) => {
        client.end("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n")
        return "other"
      })
      const ended = yield* doctor({ HTTPS_PROXY: `http://me:pass-of-proxy@127.0.0.1:${proxy.port}` })
      assert.strictEqual(ended.code, 4)
      assert.include(ended.stdout, `the proxy 127.0.0.1:${proxy.port} asks for a name and a password`)
      assert.notMatch(`${ended.stdout}${ended.stderr}`, /pass-of-proxy|^\s+at /m)
      assert.notInclude(`${ended.stdout}${ended.stderr}`, Buffer.from("me:pass-of-proxy").toString("base64"))
    }))

  it.scopedLive("that cannot connect says so", () =>
    Effect.gen(function*() {
      const proxy = yield* proxying(0, (client) => {
        client.end("HTTP/1.1 502 Bad gateway\r\n\r\n")
        return "other"
      })
      const ended = yield* doctor({ https_proxy: `127.0.0.1:${proxy.port}` })
      assert.strictEqual(ended.code, 4)
      assert.include(ended.stdout, `the proxy 127.0.0.1:${proxy.port} could not connect`)
      assert.include(ended.stdout, "PROXY_502")
    }))

  it.scopedLive("that is dead is named", () =>
    Effect.gen(function*() {
      const ended = yield* doctor({ HTTPS_PROXY: "http://me:pass-of-proxy@127.0.0.1:1" })
      assert.strictEqual(ended.code, 4)
      assert.match(ended.stdout, /no answer came through the proxy 127\.0\.0\.1:1 \(ECONNREFUSED\)/)
      assert.notInclude(`${ended.stdout}${ended.stderr}`, "pass-of-proxy")
    }))

  it.scopedLive("that takes its time is left at the time limit, and named", () =>
    Effect.gen(function*() {
      const proxy = yield* proxying(0, () => "other")
      const chosen = yield* Proxy.route({ ALL_PROXY: `http://127.0.0.1:${proxy.port}` }, `https://${host}`)
      const account = Account.Account.layer.pipe(
        Layer.provide(AlloClient.AlloClient.layer({
          apiKey: Redacted.make(key),
          baseUrl: `https://${host}`,
          timeLimit: "300 millis"
        })),
        Layer.provide(Http.layer(chosen.proxy))
      )
      const error = yield* Effect.flatMap(Account.Account, ({ me }) => Effect.flip(Retry.atMost({ tries: 1 })(me)))
        .pipe(
          Effect.provide(account)
        )
      assert.include(error.message, `no whole answer came in time through the proxy 127.0.0.1:${proxy.port}`)
    }))

  it.scopedLive("is not asked for this machine, nor over plain http, and the doctor says why", () =>
    Effect.gen(function*() {
      const proxy = yield* proxying(1, () => "connect")
      const environment = { ALL_PROXY: `http://127.0.0.1:${proxy.port}`, HTTP_PROXY: `http://127.0.0.1:${proxy.port}` }
      const here = yield* doctor({ ...environment, ALLO_BASE_URL: "http://127.0.0.1:1" })
      assert.match(here.stdout, /allo proxy +not used: this API is on this machine/)
      const plain = yield* doctor({ ...environment, ALLO_BASE_URL: "http://api.allo.test" }, "--allow-http")
      assert.match(plain.stdout, /allo proxy +not used: over plain http/)
      assert.deepStrictEqual(proxy.tunnels, [])
    }))
})
