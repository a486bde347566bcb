/** The explorer's server: what it answers, and to whom. */
import { NodeContext } from "@effect/platform-node"
import { assert, it } from "@effect/vitest"
import * as Explorer from "@trunkline/analytics/Explorer"
import { tableFromIPC } from "@uwdata/flechette"
import * as Effect from "effect/Effect"
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { request } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { golden } from "./golden.js"
import { folderOf } from "./support.js"
import { worlds } from "./worlds.js"

/** A page that stands for the built one: the server only hands it out. */
const page = Effect.acquireRelease(
  Effect.sync(() => {
    const folder = mkdtempSync(join(tmpdir(), "trunkline-page-"))
    writeFileSync(join(folder, "explorer.js"), "true")
    writeFileSync(join(folder, "explorer.css"), "a {}")
    return folder
  }),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
).pipe(Effect.map((folder) => pathToFileURL(`${folder}/`)))

const explorer = (options: Omit<Explorer.Options, "page">) =>
  Effect.flatMap(page, (page) => Explorer.make({ ...options, page }))

interface Asked {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** Not by fetch, which sets Host itself. */
const ask = (address: string, { body, headers = {}, method = "GET" }: Asked = {}) =>
  Effect.async<{ readonly status: number; readonly body: Buffer; readonly policy: string }>((resume) => {
    const sent = request(address, { method, headers }, (response) => {
      const chunks: Array<Buffer> = []
      response.on("data", (chunk: Buffer) => chunks.push(chunk))
      response.on("end", () =>
        resume(Effect.succeed({
          status: response.statusCode ?? 0,
          body: Buffer.concat(chunks),
          policy: String(response.headers["content-security-policy"])
        })))
    })
    sent.end(body)
  })

const query = (address: string, sql: string) =>
  ask(`${address}query`, { method: "POST", body: JSON.stringify({ type: "arrow", sql }) })

const rows = (address: string, sql: string) =>
  Effect.map(query(address, sql), ({ body, status }) => {
    assert.strictEqual(status, 200, body.toString())
    return tableFromIPC(new Uint8Array(body), { useDate: true }).toArray().map((row) => ({ ...row }))
  })

it.scoped("answers in Arrow, over the calls of the dataset", () =>
  Effect.gen(function*() {
    const folder = yield* folderOf(golden)
    const { address, calls } = yield* explorer({ folder, zone: "Europe/Paris" })
    assert.match(address, /^http:\/\/127\.0\.0\.1:\d+\/[\w-]{32}\/$/)
    assert.strictEqual(calls, golden["calls"]?.length)
    assert.deepStrictEqual(
      yield* rows(
        address,
        "SELECT source, count(*) AS calls, min(day) AS first, sum(talk_seconds) AS talk, bool_or(answered) AS any FROM explored GROUP BY source ORDER BY source::VARCHAR"
      ),
      [
        { source: "allo", calls: 15, first: new Date("2026-03-28"), talk: 3809, any: true },
        { source: "allomia", calls: 5, first: new Date("2026-10-24"), talk: 180, any: true }
      ]
    )
  }).pipe(Effect.provide(NodeContext.layer)))

it.scoped("refuses who has no token, comes from another page, or asks by another name", () =>
  Effect.gen(function*() {
    const { address } = yield* explorer({ folder: yield* folderOf(golden) })
    const { host, origin } = new URL(address)
    const own = yield* ask(address)
    assert.strictEqual(own.status, 200)
    assert.match(own.policy, /^default-src 'none'; script-src 'self'; .*connect-src 'self'.*frame-ancestors 'none'$/)
    const sql = { method: "POST", body: JSON.stringify({ sql: "SELECT 1" }) }
    const cases: ReadonlyArray<readonly [number, string, Asked]> = [
      [200, `${address}query`, sql],
      [200, `${address}query`, { ...sql, headers: { origin } }],
      [200, `${address}query`, { ...sql, headers: { "sec-fetch-site": "same-origin" } }],
      [200, address, { headers: { host: host.replace("127.0.0.1", "localhost") } }],
      [403, `${origin}/`, {}],
      [403, `${origin}/query`, sql],
      [403, `${origin}/${"A".repeat(32)}/query`, sql],
      [403, `${address}query`, { ...sql, headers: { origin: "http://evil.example" } }],
      [403, `${address}query`, { ...sql, headers: { origin: "null" } }],
      [403, `${address}query`, { ...sql, headers: { origin: `https://${host}` } }],
      [403, `${address}query`, { ...sql, headers: { "sec-fetch-site": "cross-site" } }],
      [403, `${address}query`, { ...sql, headers: { host: "evil.example" } }],
      [403, address, { headers: { host: `evil.example:${host.split(":")[1]}` } }],
      [403, address, { headers: { host: "127.0.0.1" } }],
      [403, `${address}../query`, {}],
      [404, `${address}other`, {}],
      [404, `${address}query/more`, sql],
      [404, `${address}query`, {}],
      [405, `${address}facts.json`, sql],
      [400, `${address}query`, { method: "POST", body: "SELECT 1" }],
      [413, `${address}query`, { method: "POST", body: " ".repeat(1_000_001) }]
    ]
    for (const [status, url, asked] of cases) {
      assert.strictEqual(
        (yield* ask(url, asked)).status,
        status,
        `${asked.method} ${url} ${JSON.stringify(asked.headers)}`
      )
    }
  }).pipe(Effect.provide(NodeContext.layer)))

it.scoped("lets SQL read the calls in memory: no file is read or written, nothing is changed, no number is there", () =>
  Effect.gen(function*() {
    const folder = yield* folderOf(golden)
    const before = readdirSync(folder, { recursive: true }).toSorted()
    const { address } = yield* explorer({ folder })
    const [file] = readdirSync(folder, { recursive: true }).filter((name) => String(name).endsWith(".parquet"))
    for (
      const sql of [
        `FROM read_parquet('${join(folder, String(file))}')`,
        "FROM read_csv('/etc/hostname')",
        "FROM calls",
        "COPY explored TO '/tmp/explored.csv'",
        "CREATE TABLE other AS SELECT 1",
        "DELETE FROM explored",
        "DROP TABLE explored",
        "ATTACH '/tmp/other.duckdb'",
        "INSTALL httpfs",
        "SET enable_external_access = true",
        "SET memory_limit = '10GB'",
        "PRAGMA enable_profiling",
        "SELECT getenv('HOME')",
        "SELECT contact_number FROM explored",
        "SELECT contact_name FROM explored"
      ]
    ) {
      const { body, status } = yield* query(address, sql)
      assert.strictEqual(status, 400, sql)
      assert.notMatch(body.toString(), /\+336000|Zoé/)
    }
    assert.deepStrictEqual(readdirSync(folder, { recursive: true }).toSorted(), before)
    const [row] = yield* rows(address, "SELECT count(*) AS calls FROM explored")
    assert.strictEqual(row?.["calls"], golden["calls"]?.length)
  }).pipe(Effect.provide(NodeContext.layer)))

it.scoped("holds numbers and names of those who call only where they were asked for", () =>
  Effect.gen(function*() {
    const folder = yield* folderOf(golden)
    const { address } = yield* explorer({ folder, withNumbers: true })
    const found = yield* rows(address, "SELECT DISTINCT contact_number FROM explored WHERE contact_number IS NOT NULL")
    assert.isAbove(found.length, 3)
  }).pipe(Effect.provide(NodeContext.layer)))

it.scoped.each(["empty", "one-call", "only-allo", "only-allomia", "no-details", "hostile"])(
  "%s is loaded",
  (name) =>
    Effect.gen(function*() {
      const world = worlds[name] ?? {}
      const { address, calls } = yield* explorer({ folder: yield* folderOf(world) })
      assert.strictEqual(calls, world["calls"]?.length ?? 0)
      assert.lengthOf(yield* rows(address, "SELECT count(*) FROM explored"), 1)
    }).pipe(Effect.provide(NodeContext.layer))
)
