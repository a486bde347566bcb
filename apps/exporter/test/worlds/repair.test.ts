/** `trunkline repair` in a process of its own: whatever happens to the files of a dataset, it is whole afterwards. */
import { assert, it } from "@effect/vitest"
import { Sandbox } from "@trunkline/sandbox"
import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"
import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync
} from "node:fs"
import { join } from "node:path"
import { dice } from "../../../../packages/export/test/fixtures/dice.js"
import { contents, run, unhurried } from "../../../../packages/export/test/fixtures/runs.js"
import { folder, installed, trunkline } from "../commandline.js"

const command = installed()
const world = Sandbox.layer({ ...unhurried, size: 300, allomiaCalls: 60, days: 80, movement: false })

const ledgerOf = (out: string) => join(out, "_trunkline/ledger.db")

const filesOf = (out: string): ReadonlyArray<string> =>
  readdirSync(out, { recursive: true }).map(String).toSorted().filter((name) =>
    name.endsWith(".parquet") && !name.startsWith("_trunkline")
  )

const repairing = (out: string, ...words: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    const { alloUrl, allomiaUrl, keys } = yield* Sandbox
    return yield* trunkline(command(), ["repair", "--out", out, ...words], {
      env: {
        ALLO_API_KEY: keys.allo,
        ALLO_BASE_URL: alloUrl,
        ALLOMIA_API_KEY: keys.allomia,
        ALLOMIA_BASE_URL: allomiaUrl
      }
    })
  })

/** Rows that differ, by table and column: never their values. */
const differing = (
  found: Readonly<Record<string, ReadonlyArray<string>>>,
  whole: Readonly<Record<string, ReadonlyArray<string>>>
): ReadonlyArray<string> =>
  Object.entries(whole).flatMap(([table, rows]) => {
    const others = found[table] ?? []
    if (others.length !== rows.length) return [`${table}: ${others.length} rows instead of ${rows.length}`]
    const columns = rows.flatMap((row, index) => {
      const [one, other] = [JSON.parse(row), JSON.parse(others[index] ?? "{}")]
      return Object.keys(one).filter((name) => JSON.stringify(one[name]) !== JSON.stringify(other[name]))
    })
    return [...new Set(columns)].map((name) => `${table}.${name}`)
  })

/** A repair makes it whole again. Returns what it says. */
const mends = (out: string, whole: Effect.Effect.Success<ReturnType<typeof contents>>, said: string) =>
  Effect.gen(function*() {
    const ended = yield* repairing(out, "--json")
    const document = JSON.parse(ended.stdout)
    assert.deepStrictEqual([ended.code, document.problems, document.lost], [0, [], []], said)
    assert.deepStrictEqual(differing(yield* contents(out), whole), [], said)
    const verified = yield* trunkline(command(), ["verify", "--out", out, "--json"])
    assert.deepStrictEqual([verified.code, JSON.parse(verified.stdout).problems], [0, []], said)
    return document
  })

it.scopedLive(
  "reads again whatever was removed, flipped, cut, moved or copied over, six times in three places",
  () =>
    Effect.gen(function*() {
      const root = yield* folder
      const base = join(root, "base")
      const first = yield* run(base, { transcripts: true })
      assert.deepStrictEqual([first.exitCode, first.problems], [0, []])
      const whole = yield* contents(base)
      const all = filesOf(base)
      assert.isAbove(all.length, 15)
      for (let seed = 1; seed <= 6; seed++) {
        const { below } = dice(seed)
        const out = join(root, `harmed-${seed}`)
        cpSync(base, out, { recursive: true })
        const harmed: Array<string> = []
        for (let place = 0; place < 3; place++) {
          const name = all[below(all.length)] ?? ""
          const [path, other] = [join(out, name), join(out, all[below(all.length)] ?? "")]
          const how = (["removed", "flipped", "cut", "moved", "copied over"] as const)[below(5)]
          harmed.push(`${name} ${how}`)
          if (!existsSync(path)) continue
          const bytes = readFileSync(path)
          if (how === "removed") rmSync(path)
          else if (how === "moved") renameSync(path, join(path, "..", `moved-${place}.parquet`))
          else if (how === "cut") writeFileSync(path, bytes.subarray(0, below(bytes.length)))
          else if (how === "copied over") writeFileSync(other, bytes)
          else {
            const at = below(bytes.length)
            bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << below(8)), at)
            writeFileSync(path, bytes)
          }
        }
        const said = `seed ${seed}: ${harmed.join(", ")}`
        yield* mends(out, whole, said)
        rmSync(out, { recursive: true })
      }
    }).pipe(Effect.provide(world)),
  300_000
)

it.scopedLive(
  "names what the vendor no longer returns, once, and keeps what was in the way",
  () =>
    Effect.gen(function*() {
      const { world } = yield* Sandbox
      const out = join(yield* folder, "data")
      const first = yield* run(out)
      assert.deepStrictEqual([first.exitCode, first.problems], [0, []])
      const month = readdirSync(join(out, "calls/source=allo")).toSorted()[1] ?? ""
      const path = join(out, "calls/source=allo", month, "data.parquet")
      const before = (yield* contents(out))["calls"] ?? []
      const gone = before.map((row) => JSON.parse(row)).find(({ source, started_at }) =>
        source === "allo" && String(started_at).startsWith(month.slice("month=".length))
      )
      yield* world.remove(gone.call_id)
      writeFileSync(path, "nothing of it")

      const verified = yield* trunkline(command(), ["verify", "--out", out])
      assert.strictEqual(verified.code, 5)
      assert.include(verified.stderr, "trunkline repair")
      const ended = yield* repairing(out)
      assert.strictEqual(ended.code, 4, ended.stderr)
      assert.match(ended.stdout, /^Found {4}1 ChangedFile\n {2}set aside: .*data\.parquet is now .*_trunkline\/aside\//)
      assert.include(ended.stdout, `Lost     1 row of calls (allo): ${gone.call_id}`)
      assert.include(
        ended.stderr,
        "NotReturned [allo]: 1 row of calls stood in a damaged file, and the vendor no longer returns it"
      )
      const [aside = ""] = readdirSync(join(out, "_trunkline/aside"))
      assert.strictEqual(readFileSync(join(out, "_trunkline/aside", aside), "utf8"), "nothing of it")
      assert.strictEqual(statSync(join(out, "_trunkline/aside")).mode & 0o777, 0o700)
      const after = (yield* contents(out))["calls"] ?? []
      assert.deepStrictEqual(after, before.filter((row) => !row.includes(gone.call_id)))

      const again = yield* repairing(out, "--json")
      assert.deepStrictEqual([again.code, JSON.parse(again.stdout).found, JSON.parse(again.stdout).lost], [0, {}, []])
    }).pipe(Effect.provide(world)),
  120_000
)

const ledgers: ReadonlyArray<readonly [name: string, tag: string, spoil: (out: string, seed: number) => void]> = [
  ["empty", "OtherLedger", (out) => truncateSync(ledgerOf(out), 0)],
  ["gone with its folder", "OtherLedger", (out) => rmSync(join(out, "_trunkline"), { recursive: true })],
  ["another's", "OtherLedger", (out) => cpSync(ledgerOf(join(out, "../other")), ledgerOf(out))],
  ["cut", "DamagedLedger", (out, seed) => {
    const { size } = statSync(ledgerOf(out))
    truncateSync(ledgerOf(out), 1 + dice(seed).below(size - 1))
  }],
  ["overwritten", "DamagedLedger", (out, seed) => {
    const bytes = readFileSync(ledgerOf(out))
    const page = dice(seed).below(Math.floor(bytes.length / 4096))
    writeFileSync(ledgerOf(out), bytes.fill(0xa5, page * 4096, (page + 1) * 4096))
  }]
]

it.scopedLive(
  "makes a ledger anew from the published files, and the dataset is what it was",
  () =>
    Effect.gen(function*() {
      const root = yield* folder
      const base = join(root, "base")
      const first = yield* run(base, { transcripts: true })
      assert.deepStrictEqual([first.exitCode, first.problems], [0, []])
      yield* run(join(root, "other"))
      const whole = yield* contents(base)
      for (const [index, [name, tag, spoil]] of ledgers.entries()) {
        const out = join(root, "harmed")
        cpSync(base, out, { recursive: true })
        // A page that nothing uses may hold anything.
        spoil(out, index + 1)
        const refused = yield* trunkline(command(), ["verify", "--out", out, "--json"])
        assert.strictEqual(refused.code, 5, `${name}: ${refused.stderr}`)
        const [found] = JSON.parse(refused.stdout).problems
        assert.deepStrictEqual([found.tag, found.command], [tag, "trunkline repair"], name)
        assert.include(found.message, "trunkline repair", name)
        const { found: mended } = yield* mends(out, whole, name)
        assert.deepStrictEqual(mended, { [tag]: 1 }, name)
        rmSync(out, { recursive: true })
      }
    }).pipe(Effect.provide(world)),
  600_000
)

it.scopedLive(
  "keeps rows that the vendor no longer returns, marked as gone, when a ledger is made anew",
  () =>
    Effect.gen(function*() {
      const { world } = yield* Sandbox
      const out = join(yield* folder, "data")
      yield* run(out)
      const before = (yield* contents(out))["calls"] ?? []
      const gone = before.map((row) => JSON.parse(row)).findLast(({ source }) => source === "allo")
      yield* world.remove(gone.call_id)
      rmSync(ledgerOf(out))
      const ended = yield* repairing(out, "--json")
      assert.deepStrictEqual([ended.code, JSON.parse(ended.stdout).problems], [0, []])
      const after = ((yield* contents(out))["calls"] ?? []).map((row) => JSON.parse(row))
      assert.strictEqual(after.length, before.length)
      assert.deepStrictEqual(
        after.flatMap(({ call_id, gone_at }) => gone_at === null ? [] : [call_id]),
        [gone.call_id]
      )
    }).pipe(Effect.provide(world)),
  120_000
)

it.scopedLive("is killed while it makes a ledger anew, and the next one goes on", () =>
  Effect.gen(function*() {
    const root = yield* folder
    const base = join(root, "base")
    yield* run(base)
    const whole = yield* contents(base)
    rmSync(ledgerOf(base))
    let killed = 0
    for (const after of [700, 1000, 1500, 2500]) {
      const out = join(root, `killed-${after}`)
      cpSync(base, out, { recursive: true })
      const { alloUrl, allomiaUrl, keys } = yield* Sandbox
      const child = spawn(process.execPath, [command(), "repair", "--out", out], {
        stdio: "ignore",
        env: {
          ...process.env,
          ALLO_API_KEY: keys.allo,
          ALLO_BASE_URL: alloUrl,
          ALLOMIA_API_KEY: keys.allomia,
          ALLOMIA_BASE_URL: allomiaUrl
        }
      })
      const ending = new Promise<string | null>((resolve) => child.on("close", (_, signal) => resolve(signal)))
      yield* Effect.sleep(after)
      child.kill("SIGKILL")
      if ((yield* Effect.promise(() => ending)) === "SIGKILL") killed += 1
      const ended = yield* repairing(out, "--json")
      assert.deepStrictEqual([ended.code, JSON.parse(ended.stdout).problems], [0, []], `${after} ms`)
      assert.deepStrictEqual(differing(yield* contents(out), whole), [], `${after} ms`)
      const verified = yield* trunkline(command(), ["verify", "--out", out, "--json"])
      assert.deepStrictEqual([verified.code, JSON.parse(verified.stdout).problems], [0, []], `${after} ms`)
      rmSync(out, { recursive: true })
    }
    assert.isAbove(killed, 1)
  }).pipe(Effect.provide(world)), 300_000)

it.scopedLive("begins no dataset, and asks for one account", () =>
  Effect.gen(function*() {
    const root = yield* folder
    const none = yield* repairing(join(root, "none"))
    assert.strictEqual(none.code, 2)
    assert.include(none.stderr, "holds no dataset")
    assert.isFalse(existsSync(join(root, "none")))
  }).pipe(Effect.provide(world)), 60_000)
