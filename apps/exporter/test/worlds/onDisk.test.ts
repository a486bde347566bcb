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
  "what holds texts and numbers is for its owner alone, unless a umask says more, and no key stands anywhere",
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
        const expected = name === "trunkline.sql" ? 0o666 & ~process.umask() : isFile ? 0o600 : 0o700
        assert.strictEqual(mode.toString(8), expected.toString(8), name)
        if (!isFile) continue
        const bytes = yield* Effect.promise(() => fs.readFile(path))
        for (const key of [keys.allo, keys.allomia]) assert.isFalse(bytes.includes(key), name)
      }
      const wider = yield* trunkline(command(), ["export", "--umask", "027"], { env, cwd: here })
      assert.strictEqual(wider.code, 0, wider.stderr)
      for (const { isFile, mode, name } of yield* filesOf(out)) {
        if (name === "trunkline.sql") continue
        const isOwn = name.split(sep)[0] === "_trunkline"
        const expected = isOwn ? (isFile ? 0o600 : 0o700) : isFile ? 0o640 : 0o750
        assert.strictEqual(mode.toString(8), expected.toString(8), name)
      }
      const pull = ["pull", "--table", "messages", "--source", "allo", "--to"]
      for (
        const [words, mode] of [[["pulled.parquet"], 0o600], [["shown.parquet", "--umask", "022"], 0o644]] as const
      ) {
        const pulled = yield* trunkline(command(), [...pull, ...words], { env, cwd: here })
        assert.strictEqual(pulled.code, 0, pulled.stderr)
        assert.strictEqual((yield* Effect.promise(() => fs.stat(join(here, words[0])))).mode & 0o777, mode)
      }
      const refused = yield* trunkline(command(), ["export", "--umask", "222"], { env, cwd: here })
      assert.strictEqual(refused.code, 2)
      assert.include(refused.stderr, "--umask")
    }).pipe(Effect.provide(world)),
  60_000
)
