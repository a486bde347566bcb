/** `trunkline quarantine` and `trunkline accept`: what stands is listed, shown and accepted by its number. */
import { assert, it } from "@effect/vitest"
import { tables } from "@trunkline/calls"
import { Dataset } from "@trunkline/dataset"
import { Disk } from "@trunkline/parquet"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import { folder, installed, trunkline } from "../commandline.js"

const command = installed()
const at = DateTime.unsafeMake("2026-11-05T10:00:00Z")
const since = "2026-11-05T10:00:00.000Z"
const allo = { source: "allo", scope: "team-1" }
const texts = ["{\"id\":\"cll-1\",\"summary\":\"call me\\u001b back\"}", "[]"]

/** A dataset with two rows in quarantine, and a line that vanished. */
const standing = Effect.gen(function*() {
  const out = join(yield* folder, "data")
  yield* Effect.flatMap(Dataset, (dataset) =>
    Effect.zipRight(
      dataset.land({
        window: { ...allo, stream: "items", from: at, to: DateTime.add(at, { days: 1 }) },
        proof: null,
        tables: [],
        refused: texts.map((raw) => ({ raw, reason: "date: is missing" })),
        runId: "run",
        readAt: at
      }),
      dataset.stand({ ...allo, kind: "vanished", name: "line 12", says: "is not listed any more", at })
    )).pipe(
      Effect.provide(
        Dataset.layer({ out, tables }).pipe(
          Layer.provide(Disk.layer)
        )
      )
    )
  return {
    out,
    ask: (...words: ReadonlyArray<string>) => trunkline(command(), [...words, "--out", out]),
    json: (...words: ReadonlyArray<string>) =>
      Effect.map(trunkline(command(), [...words, "--out", out, "--json"]), ({ code, stdout }) => ({
        code,
        document: JSON.parse(stdout)
      }))
  }
})

it.scopedLive("quarantine lists rows without their text, and shows the text of one", () =>
  Effect.gen(function*() {
    const { ask, json, out } = yield* standing
    const row = { ...allo, stream: "items", since, reason: "date: is missing", accepted: null }
    const rows = [{ number: 1, ...row }, { number: 2, ...row }]
    for (const words of [["quarantine"], ["quarantine", "list"]]) {
      const listed = yield* ask(...words)
      assert.strictEqual(listed.code, 0, listed.stderr)
      assert.match(listed.stdout, /^number +source +scope +stream +since +reason +accepted\n/)
      assert.match(listed.stdout, /\n +1 +allo +team-1 +items +2026-11-05 10:00 UTC +date: is missing\n/)
      assert.notInclude(listed.stdout, "call me")
      assert.deepStrictEqual(yield* json(...words), { code: 0, document: { rows, out, exitCode: 0, problems: [] } })
    }
    const shown = yield* ask("quarantine", "show", "1")
    assert.deepStrictEqual([shown.code, shown.stdout], [0, `${texts[0]}\n`])
    const document = { ...rows[0], text: texts[0], out, exitCode: 0, problems: [] }
    assert.deepStrictEqual(yield* json("quarantine", "show", "1"), { code: 0, document })
  }))

it.scopedLive("accept lists all that stands, and accepts it by its number, as quarantine accept does", () =>
  Effect.gen(function*() {
    const { ask, json, out } = yield* standing
    const first = yield* json("accept")
    assert.deepStrictEqual(
      first.document.standing.map((
        one: { number: number; kind: string; says: string }
      ) => [one.number, one.kind, one.says]),
      [
        [1, "quarantine", "date: is missing"],
        [2, "quarantine", "date: is missing"],
        [3, "vanished", "is not listed any more"]
      ]
    )
    assert.match((yield* ask("accept")).stdout, /\n +3 +vanished +allo +team-1 +line 12 /)
    const { code, document } = yield* json("accept", "3")
    assert.strictEqual(code, 0)
    assert.deepInclude(document, { ...allo, number: 3, kind: "vanished", name: "line 12", since, out, exitCode: 0 })
    assert.isString(document.accepted)
    const one = yield* ask("quarantine", "accept", "1")
    assert.deepStrictEqual(
      [one.code, one.stdout],
      [0, "Accepted 1: quarantine, allo, team-1, items: date: is missing\n"]
    )
    const accepted = (yield* json("accept")).document.standing.filter((one: { accepted: string | null }) =>
      one.accepted !== null
    )
    assert.deepStrictEqual(accepted.map(({ number }: { number: number }) => number), [1, 3])
  }))

it.scopedLive("what does not stand and what cannot be meant end with 2, and nothing is made", () =>
  Effect.gen(function*() {
    const { ask, json } = yield* standing
    const wrong = [
      { words: ["quarantine", "show", "3"], says: "nothing stands under 3. trunkline quarantine names" },
      { words: ["quarantine", "accept", "9"], says: "nothing stands under 9. trunkline accept names" },
      { words: ["accept", "9"], says: "nothing stands under 9" },
      { words: ["accept", "0"], says: "N: must be a whole number from 1" },
      { words: ["quarantine", "show"], says: "N: is missing" },
      { words: ["quarantine", "accept"], says: "N: is missing" },
      { words: ["quarantine", "list", "1"], says: "takes list, show N or accept N" },
      { words: ["quarantine", "drop"], says: "takes list, show N or accept N" },
      {
        words: ["quarantine", "show", "1", "2"],
        says: "trunkline quarantine takes [list | show N | accept N] and flags alone"
      }
    ]
    for (const { says, words } of wrong) {
      const { code, stderr } = yield* ask(...words)
      assert.strictEqual(code, 2, words.join(" "))
      assert.include(stderr, says)
    }
    assert.strictEqual((yield* json("accept", "9")).document.problems[0].tag, "InvalidFlag")
    const empty = yield* folder
    for (const words of [["accept"], ["accept", "1"], ["quarantine"], ["quarantine", "show", "1"]]) {
      const { code, stderr } = yield* trunkline(command(), [...words, "--out", empty])
      assert.strictEqual(code, 2, words.join(" "))
      assert.include(stderr, "holds no dataset")
    }
    assert.deepStrictEqual(yield* Effect.promise(() => fs.readdir(empty)), [])
  }))
