/** `trunkline erase` in a process of its own: what it says, what it never says, and what is left if it is killed. */
import { assert, it } from "@effect/vitest"
import { PhoneNumber } from "@trunkline/calls"
import { Sandbox } from "@trunkline/sandbox"
import * as Effect from "effect/Effect"
import { cpSync, statSync } from "node:fs"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import { contents, rowsOf, run, unhurried } from "../../../../packages/export/test/fixtures/runs.js"
import { scan } from "../../../../packages/export/test/fixtures/scan.js"
import { folder, installed, reached, start, trunkline } from "../commandline.js"

const command = installed()
const world = Sandbox.layer({ ...unhurried, size: 200, allomiaCalls: 40, days: 40, movement: false })

const person = (out: string) =>
  Effect.gen(function*() {
    const messages = new Set((yield* rowsOf(out, "messages")).map(({ contact_number }) => contact_number))
    const conversations = new Set((yield* rowsOf(out, "conversations")).map(({ contact_number }) => contact_number))
    const found = (yield* rowsOf(out, "calls", "summary IS NOT NULL")).find(({ contact_number }) =>
      messages.has(contact_number) && conversations.has(contact_number)
    )
    const number = String(found?.["contact_number"])
    const national = PhoneNumber.make(number)?.national ?? ""
    return { number, national, words: [national, number] }
  })

/** Every number that a process may have said. */
const digitsIn = (...texts: ReadonlyArray<string>): string => texts.join("\n").replaceAll(/[^\d]/g, "")

it.scopedLive(
  "reads a number in any spelling from stdin, says none, and forgets it again",
  () =>
    Effect.gen(function*() {
      const out = join(yield* folder, "data")
      const first = yield* run(out)
      assert.deepStrictEqual([first.exitCode, first.problems], [0, []])
      const { national, number, words } = yield* person(out)
      const spelled = `00${number.slice(1, 3)} ${number.slice(3, 6)}-${number.slice(6)}\n`
      const ended = yield* trunkline(command(), ["erase", "-", "--out", out, "--json"], { stdin: spelled })
      assert.strictEqual(ended.code, 0, ended.stderr)
      const document = JSON.parse(ended.stdout)
      assert.deepInclude(document, { what: "erased", out, exitCode: 0, problems: [], quarantined: 0 })
      assert.isAbove(document.changed.calls, 0)
      assert.isAbove(document.left.messages, 0)
      assert.isAbove(document.left.conversations, 0)
      assert.notInclude(digitsIn(ended.stdout, ended.stderr), national)
      assert.deepStrictEqual(yield* scan(out, words), [])
      assert.strictEqual(statSync(join(out, "_trunkline/erase.key")).mode & 0o777, 0o600)
      const asked = "SELECT status, exit_code FROM runs WHERE command = 'erase'"
      const runs = yield* trunkline(command(), ["sql", asked, "--format", "json", "--out", out])
      assert.deepStrictEqual(JSON.parse(runs.stdout), [{ status: "certified", exit_code: 0 }])

      const again = yield* trunkline(command(), ["erase", "--number", number, "--out", out])
      assert.deepStrictEqual([again.code, again.stdout], [0, "Erased before, and nothing was left\n"])

      const { env } = yield* reached
      const exported = yield* trunkline(command(), ["export", "--full", "--out", out], { env })
      assert.strictEqual(exported.code, 0, exported.stderr)
      assert.deepStrictEqual(yield* scan(out, words), [])
      const verified = yield* trunkline(command(), ["verify", "--remote", "--out", out], { env })
      assert.strictEqual(verified.code, 0, `${verified.stdout}${verified.stderr}`)

      const nobody = yield* trunkline(command(), ["erase", "--forget", "+33699999999", "--out", out])
      assert.deepStrictEqual([nobody.code, nobody.stdout], [0, "Nobody is remembered so: nothing was changed\n"])
      const forgotten = yield* trunkline(command(), ["erase", "--forget", "-", "--out", out], { stdin: number })
      assert.deepStrictEqual(
        [forgotten.code, forgotten.stdout],
        [0, "Forgotten: the next export reads this person again\n"]
      )
      const back = yield* trunkline(command(), ["export", "--out", out], { env })
      assert.strictEqual(back.code, 0, back.stderr)
      for (const table of ["calls", "messages", "conversations"]) {
        assert.isNotEmpty(yield* rowsOf(out, table, `contact_number = '${number}'`), table)
      }
      assert.strictEqual((yield* trunkline(command(), ["verify", "--out", out])).code, 0)
    }).pipe(Effect.provide(world)),
  300_000
)

it.scopedLive(
  "refuses what is no person, without a word of it",
  () =>
    Effect.gen(function*() {
      const out = join(yield* folder, "data")
      yield* run(out)
      const { lines } = yield* Sandbox
      const refused = (...words: ReadonlyArray<string>) => trunkline(command(), ["erase", ...words, "--out", out])
      const line = yield* refused("--number", lines[0] ?? "")
      assert.deepStrictEqual([line.code, line.stdout], [2, ""])
      assert.include(line.stderr, "is a line of yours")
      assert.notInclude(digitsIn(line.stderr), (lines[0] ?? "").slice(1))
      const none = yield* refused("--number", "555 0142")
      assert.strictEqual(none.code, 2)
      assert.include(none.stderr, "is no phone number with its country")
      assert.notInclude(digitsIn(none.stderr), "5550142")
      assert.strictEqual((yield* refused()).code, 2)
      assert.strictEqual((yield* refused("+33612345678", "--contact", "cnt-1")).code, 2)
      const unheard = yield* refused("+33612345678")
      assert.deepStrictEqual(
        [unheard.code, unheard.stdout],
        [0, "Erased: no row named this person, and none will\n"]
      )
      const nowhere = yield* trunkline(command(), ["erase", "+33612345678", "--out", join(out, "none")])
      assert.strictEqual(nowhere.code, 2)
    }).pipe(Effect.provide(world)),
  300_000
)

it.scopedLive(
  "killed at any moment it leaves the person in, or the next start lets them out",
  () =>
    Effect.gen(function*() {
      const root = yield* folder
      const base = join(root, "base")
      yield* run(base, { transcripts: true })
      const { number, words } = yield* person(base)
      const whole = yield* contents(base)
      const { env } = yield* reached
      const erasing = (out: string) => start(command(), ["erase", "-", "--out", out], { stdin: number })
      const copy = (name: string) => {
        const out = join(root, name)
        cpSync(base, out, { recursive: true })
        return out
      }
      const measured = copy("measured")
      const began = performance.now()
      assert.strictEqual((yield* (yield* erasing(measured)).ended).code, 0)
      const takes = performance.now() - began
      const seen = { in: 0, out: 0 }
      const times = 6
      for (let step = 1; step <= times; step++) {
        const out = copy(`killed-${step}`)
        const { child, ended } = yield* erasing(out)
        yield* Effect.sleep(`${Math.round(takes * (0.3 + 0.7 * step / times))} millis`)
        child.kill("SIGKILL")
        yield* ended
        const next = yield* trunkline(command(), ["export", "--transcripts", "--out", out], { env })
        assert.strictEqual(next.code, 0, `${step}: ${next.stderr}`)
        const found = yield* scan(out, words)
        if (found.length === 0) {
          seen.out += 1
          assert.strictEqual((yield* rowsOf(out, "calls")).length, whole["calls"]?.length)
        } else {
          seen.in += 1
          assert.deepStrictEqual(yield* contents(out), whole, `${step}`)
        }
        assert.strictEqual((yield* trunkline(command(), ["verify", "--out", out])).code, 0, `${step}`)
        yield* Effect.promise(() => fs.rm(out, { recursive: true }))
      }
      assert.isAbove(seen.out, 0, JSON.stringify(seen))
    }).pipe(Effect.provide(world)),
  600_000
)

it.scopedLive(
  "takes a person out of every account of a configuration, or of the one that is picked",
  () =>
    Effect.gen(function*() {
      const here = yield* folder
      const { alloUrl, allomiaUrl, keys } = yield* Sandbox
      const write = (name: string, text: string) =>
        Effect.promise(() => fs.writeFile(join(here, name), text, { mode: 0o600 }))
      yield* write("one", keys.allo)
      yield* write("two", keys.allomia)
      yield* write(
        "trunkline.toml",
        [
          "[accounts.paris]",
          "source = \"allo\"",
          "key_file = \"one\"",
          `base_url = "${alloUrl}"`,
          "[accounts.clinics]",
          "source = \"allomia\"",
          "key_file = \"two\"",
          `base_url = "${allomiaUrl}"`,
          "requests_per_second = 1000",
          ""
        ].join("\n")
      )
      const at = { cwd: here }
      const exported = yield* trunkline(command(), ["export"], at)
      assert.strictEqual(exported.code, 0, exported.stderr)
      const out = join(here, "data")
      const { national, number, words } = yield* person(join(out, "account=paris"))
      const picked = yield* trunkline(command(), ["erase", "-", "--account", "clinics"], { ...at, stdin: number })
      assert.deepStrictEqual(
        [picked.code, picked.stdout],
        [0, "clinics: Erased: no row named this person, and none will\n"]
      )
      assert.isNotEmpty(yield* scan(out, words))
      const ended = yield* trunkline(command(), ["erase", "-", "--json"], { ...at, stdin: number })
      assert.strictEqual(ended.code, 0, ended.stderr)
      assert.notInclude(digitsIn(ended.stdout, ended.stderr), national)
      const { accounts } = JSON.parse(ended.stdout)
      assert.deepStrictEqual(
        accounts.map(({ account, what }: { readonly account: string; readonly what: string }) => [account, what]),
        [["paris", "erased"], ["clinics", "erased before"]]
      )
      assert.deepStrictEqual(yield* scan(out, words), [])
      assert.strictEqual((yield* trunkline(command(), ["verify"], at)).code, 0)
    }).pipe(Effect.provide(world)),
  300_000
)
