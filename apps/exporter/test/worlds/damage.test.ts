/** Damage to the files of a dataset and a disk without room: what a run says of them, and what it does all the same. */
import { assert, describe, it } from "@effect/vitest"
import { Sandbox } from "@trunkline/sandbox"
import { DateTime, Effect } from "effect"
import { spawn, spawnSync } from "node:child_process"
import {
  closeSync,
  cpSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
  writeSync
} from "node:fs"
import { join } from "node:path"
import { folder } from "../../../../packages/export/test/fixtures/account.js"
import { contents, day, run, tags, unhurried } from "../../../../packages/export/test/fixtures/runs.js"
import { installed, trunkline } from "../commandline.js"

const world = Sandbox.layer({ ...unhurried, size: 300, allomiaCalls: 60, days: 80, movement: false })

const flip = (path: string) => {
  const bytes = readFileSync(path)
  const middle = Math.floor(bytes.length / 2)
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle)
  writeFileSync(path, bytes)
}

/** Whether what is certified reaches at least as far as before: time goes on meanwhile. */
const reaches = (until: string | null, before: string | null) => until !== null && before !== null && until >= before

describe("a run over damaged files", () => {
  it.scopedLive(
    "ends with 5, names the file, claims nothing of it, and brings everything else up to date",
    () =>
      Effect.gen(function*() {
        const { world } = yield* Sandbox
        const root = yield* folder
        const base = join(root, "base")
        const now = yield* world.now
        const first = yield* run(base, { until: DateTime.unsafeMake(now - 10 * day) })
        assert.deepStrictEqual([first.exitCode, first.problems], [0, []])
        const months = readdirSync(join(base, "calls/source=allo")).toSorted()
        const newest = months.at(-1) ?? ""
        const older = months.at(-2) ?? ""
        const fileOf = (out: string, month: string) => join(out, "calls/source=allo", month, "data.parquet")

        const control = join(root, "control")
        cpSync(base, control, { recursive: true })
        const undisturbed = yield* run(control)
        assert.deepStrictEqual([undisturbed.exitCode, undisturbed.problems], [0, []])
        assert.isAbove(undisturbed.new, 5)
        const count = undisturbed.checked.of
        assert.strictEqual(undisturbed.checked.files, count)
        assert.isAbove(count, 8)
        assert.isAbove(undisturbed.checked.bytes, 10_000)
        const whole = yield* contents(control)

        const harms: ReadonlyArray<{
          readonly tag: string
          readonly month: string
          readonly harm: (out: string) => string
        }> = [
          {
            tag: "ChangedFile",
            month: newest,
            harm: (out) => {
              flip(fileOf(out, newest))
              return fileOf(out, newest)
            }
          },
          {
            tag: "ChangedFile",
            month: older,
            harm: (out) => {
              writeFileSync(fileOf(out, older), Buffer.alloc(statSync(fileOf(out, older)).size, "x"))
              return fileOf(out, older)
            }
          },
          {
            tag: "MissingFile",
            month: older,
            harm: (out) => {
              rmSync(fileOf(out, older))
              return fileOf(out, older)
            }
          },
          {
            tag: "UnknownFile",
            month: newest,
            harm: (out) => {
              const path = join(out, "calls/source=allo", newest, "copy.parquet")
              cpSync(fileOf(out, newest), path)
              return path
            }
          }
        ]
        for (const [index, { harm, month, tag }] of harms.entries()) {
          const out = join(root, `harmed-${index}`)
          cpSync(base, out, { recursive: true })
          const path = harm(out)
          const report = yield* run(out)
          assert.deepStrictEqual([report.exitCode, report.status, tags(report)], [5, "failed", [tag]], tag)
          assert.include(report.problems[0]?.message, path)
          assert.match(report.problems[0]?.message ?? "", /Put it back from a copy|Move it elsewhere/)
          assert.strictEqual(report.problems[0]?.source, "allo")
          assert.strictEqual(report.certifiedUntil.allo, `${month.slice("month=".length)}-01T00:00:00.000Z`)
          assert.isTrue(reaches(report.certifiedUntil.allomia, undisturbed.certifiedUntil.allomia))

          // Nobody can read a damaged file, so what is beside it is compared without it.
          rmSync(path, { force: true })
          if (tag !== "UnknownFile") {
            const partial = join(root, `partial-${index}`)
            cpSync(control, partial, { recursive: true })
            rmSync(fileOf(partial, month))
            assert.deepStrictEqual(yield* contents(out), yield* contents(partial), tag)
            cpSync(fileOf(base, month), path)
          }
          const mended = yield* run(out)
          assert.deepStrictEqual([mended.exitCode, mended.problems], [0, []], tag)
          assert.isTrue(reaches(mended.certifiedUntil.allo, undisturbed.certifiedUntil.allo))
          assert.deepStrictEqual(yield* contents(out), whole)
        }
      }).pipe(Effect.provide(world)),
    240_000
  )
})

describe("the command", () => {
  const command = installed()
  const reached = Effect.map(Sandbox, ({ allomiaUrl, alloUrl, keys }) => ({
    ALLO_API_KEY: keys.allo,
    ALLO_BASE_URL: alloUrl,
    ALLOMIA_API_KEY: keys.allomia,
    ALLOMIA_BASE_URL: allomiaUrl,
    ALLOMIA_REQUESTS_PER_SECOND: "1000"
  }))

  it.scopedLive(
    "says how much was checked, ends with 5 over a damaged file or ledger, and so does verify",
    () =>
      Effect.gen(function*() {
        const here = yield* folder
        const env = yield* reached
        const export_ = trunkline(command(), ["export", "--out", "data"], { cwd: here, env })
        assert.strictEqual((yield* export_).code, 0)
        const again = yield* export_
        assert.strictEqual(again.code, 0, again.stderr)
        assert.match(
          again.stdout,
          /\nChecked {2}\d+ files by name and size, \d+ of them byte by byte \(\d+\.\d [kM]B\)\n/
        )

        const calls = join(here, "data/calls/source=allo")
        const path = join(calls, readdirSync(calls)[0] ?? "", "data.parquet")
        const sound = readFileSync(path)
        flip(path)
        const harmed = yield* trunkline(command(), ["export", "--out", "data", "--json"], { cwd: here, env })
        assert.strictEqual(harmed.code, 5)
        assert.include(harmed.stderr, `ChangedFile [allo]: ${path} is not what was published`)
        const document = JSON.parse(harmed.stdout)
        assert.hasAllKeys(document.checked, ["files", "bytes", "of"])
        assert.deepInclude(document, { exitCode: 5, status: "failed" })
        writeFileSync(path, sound)

        const ledger = join(here, "data/_trunkline/ledger.db")
        const file = openSync(ledger, "r+")
        writeSync(file, Buffer.alloc(4096, 0xa5), 0, 4096, 4096 * 4)
        closeSync(file)
        for (const words of [["export"], ["verify"]]) {
          const ended = yield* trunkline(command(), [...words, "--out", "data"], { cwd: here, env })
          assert.strictEqual(ended.code, 5, ended.stderr)
          assert.match(ended.stderr, /ledger.*(damaged|SQLITE_CORRUPT)/)
        }
      }).pipe(Effect.provide(world)),
    120_000
  )

  it.scopedLive.runIf(process.platform === "linux")(
    "ends with 2 under a limit on the size of files, wherever it is met",
    () =>
      Effect.gen(function*() {
        const here = yield* folder
        const env = { PATH: process.env["PATH"] ?? "", HOME: here, ...(yield* reached) }
        const codes = new Set<number | null>()
        // In blocks of 512 bytes.
        for (const blocks of [0, 40, 300, 400, 600, 900]) {
          const line = `ulimit -f ${blocks} && exec "$0" "$1" export --json --out "$2"`
          const { code, stderr } = yield* Effect.promise(() =>
            new Promise<{ readonly code: number | null; readonly stderr: string }>((resolve) => {
              const out = join(here, `limited-${blocks}`)
              const child = spawn("sh", ["-c", line, process.execPath, command(), out], {
                cwd: here,
                env,
                stdio: ["ignore", "ignore", "pipe"]
              })
              let stderr = ""
              child.stderr.setEncoding("utf8").on("data", (text: string) => {
                stderr += text
              })
              child.on("close", (code) => resolve({ code, stderr }))
            })
          )
          codes.add(code)
          assert.include([0, 2], code, `${blocks} blocks: ${stderr}`)
          if (code === 2) {
            assert.match(stderr, /\(EFBIG\)\. A limit on the size of files is reached\. Raise it/)
            assert.notMatch(stderr, /copy/)
          }
        }
        assert.isTrue(codes.has(2))
      }).pipe(Effect.provide(world)),
    120_000
  )

  it.scopedLive("ends with 2 on a full disk, and goes on once there is room", (context) =>
    Effect.gen(function*() {
      const here = yield* folder
      const place = join(here, "small")
      mkdirSync(place)
      if (
        process.platform !== "linux" ||
        spawnSync("mount", ["-t", "tmpfs", "-o", "size=16m", "tmpfs", place]).status !== 0
      ) return context.skip()
      yield* Effect.addFinalizer(() => Effect.sync(() => spawnSync("umount", ["--lazy", place])))
      const env = yield* reached
      let full = 0
      for (const free of [0, 60, 200, 400, 600, 800, 1000]) {
        const out = join(place, `free-${free}`)
        const ballast = join(place, "ballast")
        const { bavail, bsize } = statfsSync(place)
        writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - free * 1024)))
        const ended = yield* trunkline(command(), ["export", "--json", "--out", out], { cwd: here, env })
        assert.include([0, 2], ended.code, `${free} kB: ${ended.stderr}`)
        if (ended.code === 2) {
          full += 1
          assert.match(ended.stderr, /\(ENOSPC\)\. The disk is full\. Make room/)
        }
        rmSync(ballast)
        assert.strictEqual(
          (yield* trunkline(command(), ["export", "--json", "--out", out], { cwd: here, env })).code,
          0
        )
        renameSync(out, join(place, "done"))
        rmSync(join(place, "done"), { recursive: true })
      }
      assert.isAbove(full, 2)
    }).pipe(Effect.provide(world)), 240_000)
})
