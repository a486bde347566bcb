import { assert, it } from "@effect/vitest"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Document from "../src/document.js"
import type { Done, Head } from "../src/Results.js"
import { rows } from "../src/rows.js"
import * as Runs from "../src/Runs.js"

const [row] = rows

const runOf = (head: Partial<Head>, wrong: Done["wrong"] = []): Runs.Run => {
  const seed = head.seed ?? 1
  const whole: Head = {
    part: "whole",
    seed,
    program: "a",
    began: "2026-11-01T00:00:00.000Z",
    versions: "Node 20",
    ...head
  }
  const done = [0, 1].map((number): Done => ({
    row: row?.name ?? "",
    seed,
    number,
    wrong: number === 1 ? wrong : [],
    skipped: null,
    seconds: 30
  }))
  return Runs.of(whole, rows.map((one) => Runs.lineOf(one, done, one.cases.whole)))
}

it("of whole runs the two newest of different seeds are kept, of soaks the newest", () => {
  const runs = [
    runOf({ seed: 1, began: "2026-11-01T00:00:00.000Z" }),
    runOf({ seed: 2, began: "2026-11-02T00:00:00.000Z" }),
    runOf({ seed: 1, began: "2026-11-03T00:00:00.000Z" }),
    runOf({ seed: 3, part: "soak", began: "2026-11-01T00:00:00.000Z" }),
    runOf({ seed: 4, part: "soak", began: "2026-11-02T00:00:00.000Z" })
  ]
  const kept = Runs.kept(runs).map(({ began, part, seed }) => `${part} ${seed} ${began.slice(8, 10)}`)
  assert.deepStrictEqual(kept, ["whole 1 03", "whole 2 02", "soak 4 02"])
  assert.deepStrictEqual(Runs.kept(Runs.kept(runs)), Runs.kept(runs))
})

it("a page adds up what its runs found, and names each case that failed", () => {
  const text = Document.page([
    runOf({ seed: 7 }, [{ kind: "lost", text: "a summary of somebody" }]),
    runOf({ seed: 8 }, [{ kind: "hung", text: "" }, { kind: "hung", text: "" }])
  ], rows)
  const cells = text.split("\n").find((line) => line.startsWith(`| ${row?.words}`))?.split("|").map((cell) =>
    cell.trim()
  )
  assert.deepStrictEqual(cells?.slice(2, -1), ["4", "1", "0", "0", "0", "1", "0", "2.0"])
  assert.include(text, `npm run faults -- --row ${row?.name} --seed 7 --case 1`)
  assert.include(text, `npm run faults -- --row ${row?.name} --seed 8 --case 1`)
  assert.notInclude(text, "a summary")
})

it("what was written is read again", () => {
  const folder = mkdtempSync(join(tmpdir(), "trunkline-runs-"))
  const path = join(folder, "faults.json")
  assert.deepStrictEqual(Runs.read(path), [])
  const runs = [runOf({ seed: 7 }, [{ kind: "lost", text: "a summary of somebody" }])]
  Runs.write(path, runs)
  assert.deepStrictEqual(Runs.read(path), runs)
  rmSync(folder, { recursive: true })
})
