/** `trunkline export --keep`: old rows leave, what is promised begins later, and nothing is read back. */
import { assert, it } from "@effect/vitest"
import { Sandbox } from "@trunkline/sandbox"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"
import { cpSync, readdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { contents, unhurried } from "../../../../packages/export/test/fixtures/runs.js"
import { folder, installed, trunkline } from "../commandline.js"

const command = installed()
const world = Sandbox.layer({ ...unhurried, size: 600, allomiaCalls: 200, days: 120, movement: false })

const tables = { calls: "started_at", messages: "sent_at", conversations: "last_activity_at" }

/** The rows of a time, by table, as texts. */
const since = (found: Readonly<Record<string, ReadonlyArray<string>>>, instant: DateTime.Utc) =>
  Object.entries(tables).map(([table, column]) =>
    (found[table] ?? []).filter((row) => new Date(JSON.parse(row)[column]).getTime() >= instant.epochMillis)
  )

it.scopedLive(
  "drops what is older with each run, and goes on without being asked",
  () =>
    Effect.gen(function*() {
      const { alloUrl, allomiaUrl, keys } = yield* Sandbox
      const out = join(yield* folder, "data")
      const env = {
        ALLO_API_KEY: keys.allo,
        ALLO_BASE_URL: alloUrl,
        ALLOMIA_API_KEY: keys.allomia,
        ALLOMIA_BASE_URL: allomiaUrl,
        ALLOMIA_REQUESTS_PER_SECOND: "1000"
      }
      const run = (...words: ReadonlyArray<string>) => trunkline(command(), [...words, "--out", out, "--json"], { env })
      const now = yield* DateTime.now
      const ago = (days: number) => DateTime.startOf(DateTime.subtract(DateTime.toUtc(now), { days }), "day")
      const day = (days: number) => DateTime.formatIsoDateUtc(ago(days))

      const first = yield* run("export", "--since", day(118), "--transcripts")
      assert.strictEqual(first.code, 0, first.stderr)
      const whole = yield* contents(out)
      const expected = since(whole, ago(50))
      // The Monday behind two days more.
      const promised = DateTime.startOf(DateTime.add(ago(50), { days: 8 }), "week", { weekStartsOn: 1 })
      for (const rows of expected) assert.isAbove(rows.length, 5)

      const second = yield* run("export", "--keep", "50d", "--transcripts")
      const kept = JSON.parse(second.stdout)
      assert.deepStrictEqual([second.code, kept.problems], [0, []], second.stderr)
      assert.deepStrictEqual(kept.reconciled, { allo: true, allomia: true })
      assert.deepStrictEqual(kept.certifiedFrom, {
        allo: DateTime.formatIso(promised),
        allomia: DateTime.formatIso(promised)
      })
      const after = yield* contents(out)
      assert.deepStrictEqual(since(after, DateTime.unsafeMake(0)), expected)
      const calls = new Set((after["calls"] ?? []).map((row) => JSON.parse(row).call_id))
      assert.deepStrictEqual(
        (after["utterances"] ?? []).filter((row) => !calls.has(JSON.parse(row).call_id)),
        []
      )
      assert.strictEqual(
        (after["utterances"] ?? []).length,
        (whole["utterances"] ?? []).filter((row) => calls.has(JSON.parse(row).call_id)).length
      )
      const months = readdirSync(join(out, "calls/source=allo")).toSorted()
      assert.strictEqual(months[0], `month=${day(50).slice(0, 7)}`)
      const verified = yield* run("verify", "--remote")
      assert.deepStrictEqual([verified.code, JSON.parse(verified.stdout).problems], [0, []], verified.stderr)

      // A run without the flag, one that reads everything again, and a repair read nothing back.
      for (const words of [["export"], ["export", "--full", "--transcripts"], ["repair"]]) {
        const again = yield* run(...words)
        const document = JSON.parse(again.stdout)
        assert.deepStrictEqual([again.code, document.problems], [0, []], again.stderr)
        assert.deepStrictEqual(document.certifiedFrom, kept.certifiedFrom, words.join(" "))
        assert.deepStrictEqual(since(yield* contents(out), DateTime.unsafeMake(0)), expected, words.join(" "))
      }
      const status = yield* run("status")
      assert.strictEqual(status.code, 0, status.stdout)
      assert.notInclude(status.stdout, day(118))

      const refused = yield* run("export", "--since", day(60))
      assert.strictEqual(refused.code, 2)
      assert.include(JSON.parse(refused.stdout).problems[0].message, "--since")
      assert.strictEqual((yield* run("export", "--since", day(60), "--dry-run")).code, 2)
      assert.strictEqual((yield* run("export", "--keep", "2 months")).code, 2)
      assert.deepStrictEqual(since(yield* contents(out), DateTime.unsafeMake(0)), expected)
    }).pipe(Effect.provide(world)),
  300_000
)

it.scopedLive("is killed while rows leave, and the next run goes on", () =>
  Effect.gen(function*() {
    const { alloUrl, allomiaUrl, keys } = yield* Sandbox
    const root = yield* folder
    const base = join(root, "base")
    const env = {
      ALLO_API_KEY: keys.allo,
      ALLO_BASE_URL: alloUrl,
      ALLOMIA_API_KEY: keys.allomia,
      ALLOMIA_BASE_URL: allomiaUrl,
      ALLOMIA_REQUESTS_PER_SECOND: "1000"
    }
    const now = DateTime.toUtc(yield* DateTime.now)
    const ago = (days: number) => DateTime.startOf(DateTime.subtract(now, { days }), "day")
    const words = ["export", "--since", DateTime.formatIsoDateUtc(ago(118)), "--out", base, "--json"]
    assert.strictEqual((yield* trunkline(command(), words, { env })).code, 0)
    const expected = since(yield* contents(base), ago(50))
    let killed = 0
    for (const wait of [900, 1300, 1700, 2200, 3000]) {
      const out = join(root, `killed-${wait}`)
      cpSync(base, out, { recursive: true })
      const child = spawn(process.execPath, [command(), "export", "--keep", "50d", "--out", out], {
        stdio: "ignore",
        env: { ...process.env, ...env }
      })
      const ending = new Promise<string | null>((resolve) => child.on("close", (_, signal) => resolve(signal)))
      yield* Effect.sleep(wait)
      child.kill("SIGKILL")
      if ((yield* Effect.promise(() => ending)) === "SIGKILL") killed += 1
      const verified = yield* trunkline(command(), ["verify", "--out", out, "--json"])
      assert.deepStrictEqual(JSON.parse(verified.stdout).problems, [], `${wait} ms`)
      const again = yield* trunkline(command(), ["export", "--keep", "50d", "--out", out, "--json"], { env })
      assert.deepStrictEqual([again.code, JSON.parse(again.stdout).problems], [0, []], `${wait} ms`)
      assert.deepStrictEqual(since(yield* contents(out), DateTime.unsafeMake(0)), expected, `${wait} ms`)
      rmSync(out, { recursive: true })
    }
    assert.isAbove(killed, 1)
  }).pipe(Effect.provide(world)), 300_000)
