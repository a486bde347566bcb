/** The command on folders in which something is not what it should be: a code, one or two lines, and nothing touched. */
import { assert, describe, it } from "@effect/vitest"
import { Sandbox } from "@trunkline/sandbox"
import * as Effect from "effect/Effect"
import { execFileSync } from "node:child_process"
import { createHash } from "node:crypto"
import {
  cpSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { join } from "node:path"
import { escape, folder, installed, trunkline } from "../commandline.js"

const command = installed()

const world = Sandbox.layer({
  size: 100,
  allomiaCalls: 10,
  days: 5,
  movement: false,
  rateLimit: { reads: 1000, writes: 1000, allomia: 1000 }
})

/** Every name, kind, mode and byte below a folder. */
const everything = (root: string): ReadonlyArray<string> =>
  readdirSync(root, { recursive: true }).map(String).toSorted().map((name) => {
    const path = join(root, name)
    const found = lstatSync(path)
    const what = found.isSymbolicLink()
      ? `link to ${readlinkSync(path)}`
      : found.isFile()
      ? createHash("sha256").update(readFileSync(path)).digest("hex")
      : "no file"
    return `${name} ${found.mode.toString(8)} ${what}`
  })

const exported = Effect.gen(function*() {
  const here = yield* folder
  const { alloUrl, keys } = yield* Sandbox
  const env = { ALLO_API_KEY: keys.allo, ALLO_BASE_URL: alloUrl }
  const first = yield* trunkline(command(), ["export", "--out", "data"], { env, cwd: here })
  assert.strictEqual(first.code, 0, first.stderr)
  const run = (words: ReadonlyArray<string>, more: Readonly<Record<string, string>> = {}) =>
    Effect.gen(function*() {
      const ended = yield* trunkline(command(), [...words, "--log-level", "warning"], {
        env: { ...env, ...more },
        cwd: here
      })
      const all = `${ended.stdout}\n${ended.stderr}`
      assert.notMatch(all, /^\s+at /m)
      assert.notInclude(all, escape)
      assert.notInclude(all, keys.allo)
      return ended
    })
  return { here, run }
})

describe("the command", () => {
  it.scopedLive("follows no link inside a dataset, and says which it met", () =>
    Effect.gen(function*() {
      const { here, run } = yield* exported
      for (
        const name of ["_trunkline", "_trunkline/landing", "_trunkline/publishing", "_trunkline/temporary", "calls"]
      ) {
        const [out, outside] = [join(here, "linked"), join(here, "outside")]
        cpSync(join(here, "data"), out, { recursive: true })
        renameSync(join(out, name), outside)
        symlinkSync(outside, join(out, name))
        for (const mine of ["notes.parquet", "writer"]) writeFileSync(join(outside, mine), "mine")
        const before = everything(outside)
        for (const words of [["export"], ["verify"], ["demo"], ["doctor"]]) {
          const ended = yield* run([...words, "--out", "linked"])
          // A reader needs no table for what the ledger tells.
          if (name === "calls" && words[0] === "doctor") continue
          // A dataset of its own is what a demo refuses first.
          if (words[0] === "demo") assert.include([2, 5], ended.code, name)
          else assert.strictEqual(ended.code, 5, `${words.join(" ")} ${name}: ${ended.stderr}${ended.stdout}`)
          if (words[0] === "export") {
            assert.include(
              ended.stderr,
              `${join(out, name)} is a symbolic link, and a folder belongs there. Put the folder`
            )
          }
        }
        assert.deepStrictEqual(everything(outside), before, name)
        rmSync(out, { recursive: true })
        rmSync(outside, { recursive: true })
      }
    }).pipe(Effect.provide(world)), 120_000)

  it.scopedLive("waits for no pipe, and publishes past what others put into its folders", () =>
    Effect.gen(function*() {
      const { here, run } = yield* exported
      const own = join(here, "data/_trunkline")
      mkdirSync(join(own, "landing/backup"))
      writeFileSync(join(own, "landing/backup/a.parquet"), "mine")
      const past = yield* run(["export", "--out", "data"])
      assert.strictEqual(past.code, 0, past.stderr)
      assert.match(past.stderr, /A folder that this program did not write is left alone/)
      assert.include(past.stderr, "landing/backup")
      assert.strictEqual(readFileSync(join(own, "landing/backup/a.parquet"), "utf8"), "mine")

      // The text of the views is written anew, whatever stands there; what lies behind a link is not.
      const text = join(here, "data/trunkline.sql")
      const expected = readFileSync(text, "utf8")
      writeFileSync(join(here, "mine"), "mine")
      rmSync(text)
      execFileSync("mkfifo", [text])
      const piped = yield* run(["export", "--out", "data"])
      assert.strictEqual(piped.code, 0, piped.stderr)
      rmSync(text)
      symlinkSync(join(here, "mine"), text)
      assert.strictEqual((yield* run(["export", "--out", "data"])).code, 0)
      assert.strictEqual(readFileSync(text, "utf8"), expected)
      rmSync(text)
      symlinkSync(join(here, "mine"), join(own, "trunkline.sql.partial"))
      assert.strictEqual((yield* run(["export", "--out", "data"])).code, 5)
      assert.strictEqual(readFileSync(join(here, "mine"), "utf8"), "mine")
      rmSync(join(own, "trunkline.sql.partial"))
      mkdirSync(text)
      const inTheWay = yield* run(["export", "--out", "data"])
      assert.strictEqual(inTheWay.code, 2)
      assert.match(inTheWay.stderr, /trunkline\.sql: write failed \(\w+\)\. Move the folder of this name elsewhere/)
      rmSync(text, { recursive: true })

      for (const name of ["ledger.db", "lock.db", "lock.json", "dataset.json"]) {
        const kept = join(here, "kept")
        renameSync(join(own, name), kept)
        execFileSync("mkfifo", [join(own, name)])
        for (const words of [["export"], ["plan"], ["verify"], ["doctor"]]) {
          const ended = yield* run([...words, "--out", "data"])
          assert.strictEqual(ended.code, 5, `${words.join(" ")} ${name}: ${ended.stderr}`)
          assert.include(`${ended.stdout}${ended.stderr}`, `${join(own, name)} is a pipe, socket or device`)
        }
        rmSync(join(own, name))
        renameSync(kept, join(own, name))
      }
      execFileSync("mkfifo", [join(here, "data/calls/pipe.parquet")])
      assert.strictEqual((yield* run(["sql", "SELECT count(*) FROM calls", "--out", "data"])).code, 0)
      assert.strictEqual((yield* run(["verify", "--out", "data"])).code, 5)
      writeFileSync(join(here, "data/calls/odd\n\u001b[2J"), "mine")
      const odd = yield* run(["verify", "--out", "data"])
      assert.strictEqual(odd.code, 5)
    }).pipe(Effect.provide(world)), 120_000)

  it.scopedLive("leaves a folder that it refuses as it was, byte for byte", () =>
    Effect.gen(function*() {
      const { here, run } = yield* exported
      mkdirSync(join(here, "foreign/calls"), { recursive: true })
      writeFileSync(join(here, "foreign/calls/mine.txt"), "mine")
      writeFileSync(join(here, "text"), "mine")
      symlinkSync(join(here, "nowhere"), join(here, "dangling"))
      mkdirSync(join(here, "linked"))
      symlinkSync(join(here, "foreign"), join(here, "linked/_trunkline"))
      const before = everything(here)
      const long = join("new/folder", "x".repeat(300))
      const refusals: ReadonlyArray<
        readonly [words: ReadonlyArray<string>, code: number, env?: Readonly<Record<string, string>>]
      > = [
        [["export", "--out", "foreign"], 5],
        [["demo", "--out", "foreign"], 5],
        [["export", "--out", "linked"], 5],
        [["demo", "--out", "linked"], 5],
        [["export", "--out", "text"], 2],
        [["export", "--out", "text/below"], 2],
        [["export", "--out", "dangling"], 2],
        [["export", "--out", long], 2],
        [["demo", "--out", long], 2],
        [["export", "--out", "data", "--partition", "day"], 2],
        [["export", "--out", "data"], 2, { ALLO_BASE_URL: "https://api.withallo.com" }],
        [["verify", "--out", "foreign"], 2],
        [["plan", "--out", "linked"], 5],
        [["sql", "FROM calls", "--out", "nowhere"], 2],
        [["report", "--out", "nowhere"], 2]
      ]
      for (const [words, code, env] of refusals) {
        const ended = yield* run(words, env)
        assert.strictEqual(ended.code, code, `${words.join(" ")}: ${ended.stderr}`)
        assert.isAtMost(ended.stderr.trimEnd().split("\n").length, 2, ended.stderr)
        assert.deepStrictEqual(everything(here), before, words.join(" "))
      }
    }).pipe(Effect.provide(world)), 120_000)
})
