/** What a run leaves on the disk: which modes it has, and what stands in none of it. */
import { assert, it } from "@effect/vitest"
import { Sandbox } from "@trunkline/sandbox"
import * as Effect from "effect/Effect"
import * as fs from "node:fs/promises"
import { join, relative, sep } from "node:path"
import { folder, installed, trunkline } from "../commandline.js"

const command = installed()

const world = Sandbox.layer({
  size: 300,
  allomiaCalls: 40,
  days: 10,
  movement: false,
  rateLimit: { reads: 1000, writes: 1000, allomia: 1000 }
})

const filesOf = (out: string) =>
  Effect.promise(async () => {
    const entries = await fs.readdir(out, { recursive: true, withFileTypes: true })
    return Promise.all(entries.map(async (entry) => {
      const path = join(entry.parentPath, entry.name)
      const { mode } = await fs.stat(path)
      return { path, name: relative(out, path), mode: mode & 0o777, isFile: entry.isFile() }
    }))
  })

it.scopedLive.runIf(process.platform !== "win32")(
  "what is raw is for its owner alone, tables follow the umask, and no key stands anywhere",
  () =>
    Effect.gen(function*() {
      const here = yield* folder
      const out = join(here, "data")
      const { alloUrl, allomiaUrl, keys } = yield* Sandbox
      const env = {
        ALLO_API_KEY: keys.allo,
        ALLO_BASE_URL: alloUrl,
        ALLOMIA_API_KEY: keys.allomia,
        ALLOMIA_BASE_URL: allomiaUrl
      }
      const exported = yield* trunkline(command(), ["export", "--transcripts"], { env, cwd: here })
      assert.strictEqual(exported.code, 0, exported.stderr)
      for (
        const [words, name, mode] of [[[], "page.html", 0o666], [["--with-numbers"], "numbers.html", 0o600]] as const
      ) {
        const page = join(here, name)
        const reported = yield* trunkline(command(), ["report", "--html", page, ...words], { cwd: here })
        assert.strictEqual(reported.code, 0, reported.stderr)
        const found = yield* Effect.promise(() => fs.stat(page))
        assert.strictEqual(found.mode & 0o777, mode & ~process.umask(), name)
      }
      const files = yield* filesOf(out)
      assert.isTrue(files.some(({ name }) => name === join("_trunkline", "ledger.db")))
      assert.isTrue(files.some(({ name }) => name.endsWith(".parquet")))
      for (const { isFile, mode, name, path } of files) {
        const own = name.split(sep)[0] === "_trunkline"
        const expected = isFile ? (own ? 0o600 : 0o666 & ~process.umask()) : own ? 0o700 : 0o777 & ~process.umask()
        assert.strictEqual(mode.toString(8), expected.toString(8), name)
        if (!isFile) continue
        const bytes = yield* Effect.promise(() => fs.readFile(path))
        for (const key of [keys.allo, keys.allomia]) assert.isFalse(bytes.includes(key), name)
      }
    }).pipe(Effect.provide(world)),
  60_000
)
