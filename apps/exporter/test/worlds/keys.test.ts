/** Where the real command sends a key, and where it refuses to, as a server on another address of this machine sees it. */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fs from "node:fs/promises"
import { createServer, type RequestListener } from "node:http"
import { networkInterfaces } from "node:os"
import { join } from "node:path"
import { folder, installed, trunkline } from "../commandline.js"

const command = installed()

const key = "ak_live_key_of_the_user"

/** An address of this machine that is not loopback; there is none on a machine without a network. */
const address = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ family, internal }) => family === "IPv4" && !internal)?.address

const refusing: RequestListener = (_, response) => {
  response.writeHead(401, { "content-type": "application/json" }).end("{}")
}

/** A server, and the keys it was handed. */
const server = (host: string, answer: RequestListener = refusing) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const keys: Array<string> = []
      const server = createServer((request, response) => {
        keys.push(`${request.headers.authorization ?? ""}${String(request.headers["x-secret"] ?? "")}`)
        answer(request, response)
      })
      await new Promise<void>((resolve) => server.listen(0, host, resolve))
      const bound = server.address()
      const port = typeof bound === "object" && bound !== null ? bound.port : 0
      return { server, keys, url: `http://${host}:${port}` }
    }),
    ({ server }) =>
      Effect.promise(() =>
        new Promise<void>((resolve) => {
          server.close(() => resolve())
          server.closeAllConnections()
        })
      )
  )

interface Case {
  readonly env?: Readonly<Record<string, string>>
  readonly file?: Readonly<Record<string, string>>
  readonly words?: ReadonlyArray<string>
}

/** Asks for a plan in this folder, with this `.env`. */
const plan = (here: string, { env = {}, file = {}, words = [] }: Case) =>
  Effect.gen(function*() {
    const text = Object.entries(file).map(([name, value]) => `${name}=${value}\n`).join("")
    yield* Effect.promise(() => fs.writeFile(join(here, ".env"), text))
    const ended = yield* trunkline(command(), ["plan", "--json", ...words], { env, cwd: here })
    assert.notInclude(`${ended.stdout}${ended.stderr}`, key)
    return ended
  })

const refused = (here: string, url: string, asked: Case, says: RegExp) =>
  Effect.gen(function*() {
    const { code, stderr, stdout } = yield* plan(here, asked)
    assert.strictEqual(code, 2, stderr)
    assert.match(stderr, says)
    // Names, and no value.
    assert.notInclude(`${stdout}${stderr}`, new URL(url).hostname)
    assert.strictEqual(JSON.parse(stdout).problems[0].tag, "InvalidSetting")
  })

it.scopedLive(
  "a URL of .env takes no key of the environment to another host, over https neither",
  () =>
    Effect.gen(function*() {
      const here = yield* folder
      const says = /_BASE_URL: stands in \.env, and ALLO(MIA)?_API_KEY in the environment\. A key goes only to the host/
      for (const url of ["https://other.example", "http://other.example", "https://127.0.0.1.other.example"]) {
        for (const prefix of ["ALLO", "ALLOMIA"]) {
          const asked = { env: { [`${prefix}_API_KEY`]: key }, file: { [`${prefix}_BASE_URL`]: url } }
          yield* refused(here, url, asked, says)
          yield* refused(here, url, { ...asked, words: ["--allow-http"] }, says)
        }
      }
    }),
  60_000
)

it.scopedLive.runIf(address !== undefined)(
  "another host sees a key only where both were set in one place, or the URL in the environment",
  () =>
    Effect.gen(function*() {
      const here = yield* folder
      const { keys, url } = yield* server(address ?? "")
      yield* refused(
        here,
        url,
        { env: { ALLO_API_KEY: key }, file: { ALLO_BASE_URL: url }, words: ["--allow-http"] },
        /same place/
      )
      yield* refused(
        here,
        url,
        { env: { ALLO_API_KEY: key, ALLO_BASE_URL: url } },
        /ALLO_BASE_URL: plain http .*--allow-http/
      )
      assert.deepStrictEqual(keys, [])
      for (
        const asked of [
          { env: { ALLO_API_KEY: key, ALLO_BASE_URL: url } },
          { env: { ALLO_BASE_URL: url }, file: { ALLO_API_KEY: key } },
          { file: { ALLO_API_KEY: key, ALLO_BASE_URL: url } }
        ]
      ) {
        keys.length = 0
        const { code, stderr } = yield* plan(here, { ...asked, words: ["--allow-http"] })
        assert.strictEqual(code, 3, stderr)
        assert.isAbove(keys.filter((seen) => seen.includes(key)).length, 0)
      }
    }),
  60_000
)

it.scopedLive("this machine may be asked with any key, over plain http", () =>
  Effect.gen(function*() {
    const here = yield* folder
    const { keys, url } = yield* server("127.0.0.1")
    const { code, stderr } = yield* plan(here, { env: { ALLO_API_KEY: key }, file: { ALLO_BASE_URL: url } })
    assert.strictEqual(code, 3, stderr)
    assert.isAbove(keys.length, 0)
  }))

it.scopedLive(
  "a file that .env names outside its own folder, or behind a link, holds no key of .env",
  () =>
    Effect.gen(function*() {
      const here = yield* folder
      const outside = join(yield* folder, "key")
      yield* Effect.promise(async () => {
        await fs.writeFile(outside, `${key}\n`)
        await fs.writeFile(join(here, "key"), `${key}\n`)
        await fs.symlink(outside, join(here, "link"))
      })
      const url = "http://other.example"
      const asked = (path: string) => ({ file: { ALLO_API_KEY_FILE: path, ALLO_BASE_URL: url } })
      for (const path of [outside, join(here, "link"), "link", `../${outside.split("/").at(-2)}/key`]) {
        yield* refused(
          here,
          url,
          asked(path),
          /ALLO_BASE_URL: stands in \.env, and the key that ALLO_API_KEY_FILE names is none/
        )
      }
      // With one of its own, all that is in the way is plain http.
      for (const path of [join(here, "key"), "key"]) {
        yield* refused(here, url, asked(path), /ALLO_BASE_URL: plain http/)
      }
    }),
  60_000
)

it.scopedLive("a URL with credentials is refused, wherever it stands", () =>
  Effect.gen(function*() {
    const here = yield* folder
    const url = "https://api.withallo.com:secret@other.example"
    for (const asked of [{ env: { ALLO_BASE_URL: url } }, { file: { ALLO_BASE_URL: url } }]) {
      const whole = { ...asked, env: { ...asked.env, ALLO_API_KEY: key } }
      yield* refused(here, url, whole, /ALLO_BASE_URL: expected an http or https URL without credentials/)
    }
  }))

it.scopedLive("no redirect is followed, so no other host sees the key", () =>
  Effect.gen(function*() {
    const here = yield* folder
    const elsewhere = yield* server("127.0.0.1")
    for (const status of [301, 302, 303, 307, 308]) {
      const { keys, url } = yield* server("127.0.0.1", (request, response) => {
        response.writeHead(status, { location: `${elsewhere.url}${request.url ?? ""}` }).end()
      })
      const { code } = yield* plan(here, { env: { ALLO_API_KEY: key, ALLO_BASE_URL: url } })
      assert.strictEqual(code, 4)
      assert.isAbove(keys.length, 0)
    }
    assert.deepStrictEqual(elsewhere.keys, [])
  }), 60_000)

it.scopedLive("headers for a collector go only to the host they were configured with", () =>
  Effect.gen(function*() {
    const here = yield* folder
    const { url } = yield* server("127.0.0.1")
    const api = { ALLO_API_KEY: key, ALLO_BASE_URL: url }
    const headers = { OTEL_EXPORTER_OTLP_HEADERS: "x-secret=secret-of-the-collector" }
    const other = { OTEL_EXPORTER_OTLP_ENDPOINT: "https://other.example" }
    yield* refused(
      here,
      "https://other.example",
      { env: { ...api, ...headers }, file: other },
      /OTEL_EXPORTER_OTLP_ENDPOINT: stands in \.env, and OTEL_EXPORTER_OTLP_HEADERS in the environment/
    )
    const collector = yield* server("127.0.0.1", (_, response) => response.end("{}"))
    const own = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url }
    const { code } = yield* plan(here, { env: { ...api, ...headers }, file: own })
    assert.strictEqual(code, 3)
    assert.include(collector.keys, "secret-of-the-collector")
  }))
