/** `trunkline explore` as a process: what it prints, over which calls, and how it ends. */
import { DuckDBInstance } from "@duckdb/node-api"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { existsSync } from "node:fs"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import { folder, installed, start, trunkline, until } from "../commandline.js"

const command = installed()

/** Ten calls on ten days, in each of these folders. */
const exported = (...folders: ReadonlyArray<string>) =>
  Effect.promise(async () => {
    const instance = await DuckDBInstance.create()
    const connection = await instance.connect()
    for (const out of folders) {
      const file = join(out, "calls/source=allomia/month=2026-05/part.parquet")
      await fs.mkdir(join(file, ".."), { recursive: true })
      await connection.run(`COPY (
        SELECT 'c' || day AS call_id, 'o' || day % 2 AS organization_id, 'answered' AS outcome, 'inbound' AS direction,
          TIMESTAMPTZ '2026-05-01 10:00:00+00' + day * INTERVAL 1 DAY AS started_at, now() AS exported_at,
          60 AS duration_seconds, false AS has_recording, []::VARCHAR[] AS tags
        FROM range(10) AS days (day)
      ) TO '${file}' (FORMAT parquet)`)
    }
    connection.closeSync()
    instance.closeSync()
  })

/** Until it serves; it is stopped like a person stops it. */
const exploring = (words: ReadonlyArray<string>, cwd: string) =>
  Effect.gen(function*() {
    const started = yield* Effect.acquireRelease(
      start(command(), ["explore", ...words], { cwd }),
      ({ child }) => Effect.sync(() => child.kill("SIGKILL"))
    )
    yield* until(() => /Stop with Ctrl-C/.test(started.stderr()) || started.child.exitCode !== null)
    return started
  })

it.scopedLive(
  "prints the address of a page with all that it needs, and ends at a signal without a trace",
  () =>
    Effect.gen(function*() {
      const here = yield* folder
      yield* exported(join(here, "data"))
      const files = yield* Effect.promise(() => fs.readdir(here, { recursive: true }))
      const { child, ended, stderr, stdout } = yield* exploring(["--since", "2026-05-03", "--organization", "o0"], here)
      assert.match(stdout(), /^http:\/\/127\.0\.0\.1:\d+\/[\w-]{32}\/\n$/, stderr())
      const address = stdout().trim()
      for (const name of ["", "explorer.js", "explorer.css", "facts.json"]) {
        const response = yield* Effect.promise(() => fetch(`${address}${name}`))
        assert.strictEqual(response.status, 200, name)
        assert.isAbove((yield* Effect.promise(() => response.text())).length, 100, name)
      }
      child.kill("SIGINT")
      assert.strictEqual((yield* ended).code, 130)
      assert.deepStrictEqual(yield* Effect.promise(() => fs.readdir(here, { recursive: true })), files)
    }),
  120_000
)

it.scopedLive(
  "tells a script how many calls it holds, of all accounts or of one, and what is wrong",
  () =>
    Effect.gen(function*() {
      const here = yield* folder
      yield* exported(join(here, "data/account=paris"), join(here, "data/account=lyon"))
      yield* Effect.promise(() =>
        fs.writeFile(
          join(here, "trunkline.toml"),
          ["paris", "lyon"].map((name) =>
            `[accounts.${name}]\nsource = "allomia"\nkey_env = "${name.toUpperCase()}_KEY"\n`
          ).join("\n")
        )
      )
      for (const [words, calls] of [[[], 20], [["--account", "lyon"], 10], [["--organization", "o1"], 10]] as const) {
        const { child, ended, stderr, stdout } = yield* exploring(["--json", ...words], here)
        const { address, ...rest } = JSON.parse(stdout() || stderr())
        assert.match(address, /^http:\/\/127\.0\.0\.1:/)
        assert.deepStrictEqual(rest, { calls, exitCode: 0, problems: [] }, words.join(" "))
        child.kill("SIGTERM")
        assert.strictEqual((yield* ended).code, 130)
      }
      const missing = yield* trunkline(command(), ["explore", "--out", join(here, "none"), "--json"], {
        cwd: join(here, "data")
      })
      assert.strictEqual(missing.code, 2)
      assert.strictEqual(JSON.parse(missing.stdout).problems[0].tag, "NoDataset")
      const unknown = yield* trunkline(command(), ["explore", "--organization", "o7"], { cwd: here })
      assert.deepStrictEqual([unknown.code, unknown.stdout], [2, ""])
      assert.include(unknown.stderr, "--organization: the dataset has none of this id or name; it has o0, o1")
      const zone = yield* trunkline(command(), ["explore", "--zone", "Paris"], { cwd: here })
      assert.strictEqual(zone.code, 2)
      assert.include(zone.stderr, "--zone")
    }),
  120_000
)

it.scopedLive.skipIf(process.platform !== "linux")(
  "opens the page in the browser of the system, or says that there is none",
  () =>
    Effect.gen(function*() {
      const here = yield* folder
      yield* exported(join(here, "data"))
      const told = join(here, "told")
      yield* Effect.promise(async () => {
        await fs.mkdir(join(here, "bin"))
        await fs.writeFile(
          join(here, "bin/xdg-open"),
          `#!/bin/sh\nprintf %s "$1" > '${told}.partial' && mv '${told}.partial' '${told}'\n`,
          {
            mode: 0o755
          }
        )
      })
      const opening = (path: string) =>
        Effect.acquireRelease(
          start(command(), ["explore", "--open"], { cwd: here, env: { PATH: path } }),
          ({ child }) => Effect.sync(() => child.kill("SIGKILL"))
        )
      const { stdout } = yield* opening(`${join(here, "bin")}:/usr/bin:/bin`)
      yield* until(() => existsSync(told))
      assert.strictEqual(yield* Effect.promise(() => fs.readFile(told, "utf8")), stdout().trim())
      const without = yield* opening(join(here, "none"))
      yield* until(() => without.stderr().includes("No browser can be opened from here: open the address yourself"))
    }),
  120_000
)
