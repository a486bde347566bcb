/** Who may read a dataset: its owner, unless the umask that was chosen for it says more. */
import { assert, describe, it } from "@effect/vitest"
import { Points } from "@trunkline/dataset"
import type { Writable } from "@trunkline/dataset/Dataset"
import { Disk } from "@trunkline/parquet"
import * as Effect from "effect/Effect"
import { spawnSync } from "node:child_process"
import { chmodSync, lstatSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { landMonth, months } from "./rebuilt.js"
import { folder } from "./support.js"
import { within } from "./tables.js"

const fill = (count: number) => (dataset: Writable) =>
  Effect.gen(function*() {
    for (const one of months.slice(0, count)) yield* landMonth(dataset, yield* dataset.answer, one)
    yield* dataset.publish
  })

const modeOf = (path: string): string => (lstatSync(path).mode & 0o777).toString(8)

/** The modes that occur, of folders and of files, of what is published and of what is the dataset's own. */
const modes = (out: string) => {
  const found = { folders: new Set<string>(), files: new Set<string>(), own: new Set<string>() }
  const walk = (path: string, isOwn: boolean) => {
    const isFolder = lstatSync(path).isDirectory()
    if (isOwn) found.own.add(modeOf(path))
    else (isFolder ? found.folders : found.files).add(modeOf(path))
    if (isFolder) { for (const name of readdirSync(path)) walk(join(path, name), isOwn) }
  }
  for (const name of readdirSync(out)) walk(join(out, name), name === "_trunkline")
  return {
    folders: [...found.folders],
    files: [...found.files],
    own: [...found.own].filter((mode) => mode !== "700" && mode !== "600")
  }
}

describe("the files of a dataset", () => {
  it.scopedLive("are for their owner alone, at every moment", () =>
    Effect.gen(function*() {
      const out = join(yield* folder, "out")
      const before = process.umask(0o000)
      yield* Effect.addFinalizer(() => Effect.sync(() => process.umask(before)))
      let looked = 0
      const look = Effect.sync(() => {
        looked += 1
        assert.strictEqual(modeOf(out), "700")
        const { files, folders } = modes(out)
        assert.deepStrictEqual([folders, files].flat().filter((mode) => mode !== "700" && mode !== "600"), [])
        assert.strictEqual(modeOf(join(out, "_trunkline")), "700")
      })
      yield* within(out, fill(2), { disk: Disk.layerWatched(() => look) }).pipe(
        Effect.provideService(Points, () => look)
      )
      yield* within(out, fill(3), { disk: Disk.layerWatched(() => look) })
      assert.isAbove(looked, 50)
      // A folder above may hold what is not of this dataset.
      const nested = join(yield* folder, "above", "out")
      yield* within(nested, fill(1))
      assert.deepStrictEqual([modeOf(join(nested, "..")), modeOf(nested)], ["777", "700"])
      assert.deepStrictEqual(modes(out), { folders: ["700"], files: ["600"], own: [] })
    }), 30_000)

  it.scopedLive("are for others too where a umask says so, also in later runs", () =>
    Effect.gen(function*() {
      const out = join(yield* folder, "out")
      yield* within(out, fill(1), { umask: 0o022 })
      assert.deepStrictEqual(modes(out), { folders: ["755"], files: ["644"], own: [] })
      assert.strictEqual(modeOf(out), "755")
      yield* within(out, fill(3))
      assert.deepStrictEqual(modes(out), { folders: ["755"], files: ["644"], own: [] })
      yield* within(out, fill(0), { umask: 0o027 })
      assert.deepStrictEqual(modes(out), { folders: ["750"], files: ["640"], own: [] })
    }), 30_000)

  it.scopedLive(
    "of an earlier version get the modes with the next run, and a folder of yours keeps its own",
    () =>
      Effect.gen(function*() {
        const out = yield* folder
        chmodSync(out, 0o755)
        yield* within(out, fill(1), { umask: 0o022 })
        yield* within(out, () => Effect.void, { umask: 0o077 })
        assert.deepStrictEqual(modes(out), { folders: ["700"], files: ["600"], own: [] })
        assert.strictEqual(modeOf(out), "755")
      }),
    30_000
  )

  it.scopedLive("are kept from another user, and shown to one, by the system", (context) =>
    Effect.gen(function*() {
      if (process.getuid?.() !== 0) return context.skip()
      const root = yield* folder
      chmodSync(root, 0o755)
      const out = join(root, "out")
      const read = () =>
        spawnSync("cat", [join(out, "calls/source=allo/month=2026-05/data.parquet")], { uid: 65_534, gid: 65_534 })
          .status
      yield* within(out, fill(1))
      assert.notStrictEqual(read(), 0)
      yield* within(out, fill(1), { umask: 0o022 })
      assert.strictEqual(read(), 0)
      const ledger = spawnSync("cat", [join(out, "_trunkline/ledger.db")], { uid: 65_534, gid: 65_534 })
      assert.notStrictEqual(ledger.status, 0)
    }), 30_000)
})
