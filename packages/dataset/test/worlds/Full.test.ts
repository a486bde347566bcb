/** A disk that is really full, where the machine lets us make a small one. */
import { assert, describe, it } from "@effect/vitest"
import { DatasetError, Session } from "@trunkline/dataset"
import * as Effect from "effect/Effect"
import { spawnSync } from "node:child_process"
import { mkdirSync, rmSync, statfsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assertReadable, state, undisturbed } from "../life.js"
import { live, phases } from "../scenario.js"
import { folder } from "../support.js"
import { within } from "../tables.js"

/** A file system of 16 MB, or none where only root may have one. */
const small = Effect.gen(function*() {
  const place = join(yield* folder, "small")
  mkdirSync(place)
  return yield* Effect.acquireRelease(
    Effect.sync(() =>
      process.platform === "linux" &&
        spawnSync("mount", ["-t", "tmpfs", "-o", "size=16m", "tmpfs", place]).status === 0
        ? place
        : null
    ),
    // The driver closes files late, so it is taken away now and gone when they are.
    (mounted) => mounted === null ? Effect.void : Effect.sync(() => spawnSync("umount", ["--lazy", place]))
  )
})

describe("a full disk", () => {
  it.scopedLive(
    "loses nothing, wherever it fills up, and goes on when there is room again",
    (context) =>
      Effect.gen(function*() {
        const place = yield* small
        if (place === null) return context.skip()
        const life = yield* undisturbed
        const last = life.states.at(-1)
        let failed = 0
        for (const free of [0, 40, 80, 120, 160, 200, 260, 320, 400, 480, 560, 700]) {
          const out = join(place, `free-${free}`)
          const ballast = join(place, "ballast")
          yield* within(out, (dataset) =>
            Effect.gen(function*() {
              const { bavail, bsize } = statfsSync(place)
              writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - free * 1024)))
              let phase = 0
              const first = yield* Effect.either(live(dataset, phases.length - 1, (begun) => {
                phase = begun
              }))
              if (first._tag === "Left") {
                failed += 1
                assert.strictEqual(first.left._tag, "DiskError", first.left.message)
                assert.match(first.left.message, /\(ENOSPC\)\. The disk is full\. Make room/)
                yield* assertReadable(life, dataset.session, out, phase)
              }
              rmSync(ballast)
              yield* live(dataset, phases.length - 1)
              assert.deepStrictEqual(yield* state(dataset), last, `${free} kB`)
            }))
          rmSync(out, { recursive: true })
        }
        assert.isAbove(failed, 5)
      }),
    120_000
  )

  it.scopedLive(
    "is told as such by whatever opens a dataset there",
    (context) =>
      Effect.gen(function*() {
        const place = yield* small
        if (place === null) return context.skip()
        const tags = new Set<string>()
        for (const free of [0, 4, 8, 12, 16, 20, 24, 32, 48, 64, 96, 128, 160]) {
          const out = join(place, `open-${free}`)
          const ballast = join(place, "ballast")
          const { bavail, bsize } = statfsSync(place)
          writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - free * 1024)))
          const opened = yield* Effect.either(within(out, () => Effect.void))
          rmSync(ballast)
          rmSync(out, { recursive: true, force: true })
          if (opened._tag === "Left") {
            tags.add(opened.left._tag)
            assert.match(opened.left.message, /\(ENOSPC\)\. The disk is full\. Make room/)
          }
        }
        assert.deepStrictEqual([...tags], ["DiskError"])
      }),
    60_000
  )

  it.scopedLive(
    "is told as such by a query that writes a file, and by one that spills",
    (context) =>
      Effect.gen(function*() {
        const place = yield* small
        if (place === null) return context.skip()
        const session = yield* Session.make({ temporary: join(place, "spill"), memory: "32MB" })
        const rows = "SELECT range AS n, md5(range::VARCHAR) AS a, md5((range + 1)::VARCHAR) AS b FROM range(3000000)"
        for (
          const query of [
            `COPY (${rows}) TO '${place}/rows.parquet' (FORMAT parquet)`,
            `CREATE TEMP TABLE rows AS ${rows}`
          ]
        ) {
          const error = yield* Effect.flip(session.run(query))
          assert.strictEqual(error._tag, "DiskError", error.message)
          assert.match(error.message, /\(ENOSPC\)\. The disk is full\. Make room/)
          assert.include(error.message, place)
          rmSync(join(place, "rows.parquet"), { force: true })
        }
      }),
    60_000
  )
})

/** A driver under a limit on the size of files, in blocks of 512 bytes. */
const limited = (driver: string, args: ReadonlyArray<string>, blocks: number) => {
  const path = fileURLToPath(new URL(`../../dist-test/drivers/${driver}.js`, import.meta.url))
  const { stderr, stdout } = spawnSync(
    "sh",
    ["-c", `ulimit -f ${blocks} && exec "$0" "$@"`, process.execPath, path, ...args],
    { encoding: "utf8" }
  )
  return `${stdout}${stderr}`.trim()
}

describe.runIf(process.platform === "linux")("a limit on the size of files", () => {
  it.scopedLive(
    "is told as such, whatever meets it, and costs nothing once it is raised",
    () =>
      Effect.gen(function*() {
        const life = yield* undisturbed
        const root = yield* folder
        let failed = 0
        for (const blocks of [0, 16, 160, 320, 480]) {
          const out = join(root, `limited-${blocks}`)
          const said = limited("limited", [out], blocks)
          if (said !== "whole") {
            failed += 1
            assert.match(said, /^DiskError: .*\(EFBIG\)\. A limit on the size of files .*ulimit -f/, `${blocks} blocks`)
          }
          yield* within(out, (dataset) =>
            Effect.gen(function*() {
              yield* live(dataset, phases.length - 1)
              assert.deepStrictEqual(yield* state(dataset), life.states.at(-1), `${blocks} blocks`)
            }))
        }
        assert.isAtLeast(failed, 4)
      }),
    120_000
  )
})

it("only a damaged ledger is to be repaired", () => {
  const advice = (code: string) => new DatasetError.LedgerFailed({ operation: "COMMIT", code }).message
  for (const code of ["SQLITE_IOERR_WRITE", "SQLITE_IOERR_FSYNC", "SQLITE_CANTOPEN", "SQLITE_BUSY"]) {
    assert.notMatch(advice(code), /repair/)
  }
  for (const code of ["SQLITE_CORRUPT", "SQLITE_NOTADB"]) assert.match(advice(code), /trunkline repair/)
})
