/** What a repair says of rows that did not come back. */
import { assert, it } from "@effect/vitest"
import * as failed from "../src/command/failed.js"
import { documentOf } from "../src/command/repairing.js"

const run = { ...failed.report({ out: "/out", runId: "run", seconds: 1, exitCode: 0, problems: [] }) }

const number = "+33612345678"

const ended = (isFinal: boolean, source = "allo") =>
  documentOf({
    repaired: { found: [], steps: [], beyond: [] },
    run: { ...run, problems: [] },
    lost: [
      { source, table: "calls", count: 1, keys: ["cll-1"], isFinal },
      { source, table: "conversations", count: 2, keys: [`["+33755550167","${number}"]`], isFinal }
    ]
  })

it("rows that did not come back are named, but for conversations, whose keys are phone numbers", () => {
  const document = ended(true)
  assert.deepStrictEqual(document.lost.map(({ count, keys }) => [count, keys]), [[1, ["cll-1"]], [2, []]])
  assert.notInclude(JSON.stringify(document), number)
  assert.strictEqual(document.exitCode, 4)
  assert.match(document.problems[0]?.message ?? "", /the vendor no longer returns it/)
})

it("what this run did not read may still come back", () => {
  assert.match(ended(false).problems[0]?.message ?? "", /did not read all of their source. Run trunkline repair again/)
  assert.match(ended(false, "allo-v1").problems[0]?.message ?? "", /only trunkline export --contact reads it again/)
})
