import { assert, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as ExitCode from "../src/ExitCode.js"
import { Problem } from "../src/Problem.js"

it("of several codes, the one a script has to know first is given", () => {
  assert.strictEqual(ExitCode.worst([]), 0)
  assert.strictEqual(ExitCode.worst([0, 4]), 4)
  assert.strictEqual(ExitCode.worst([4, 3]), 3)
  assert.strictEqual(ExitCode.worst([3, 1, 4]), 1)
  assert.strictEqual(ExitCode.worst([1, 2]), 2)
  assert.strictEqual(ExitCode.worst([2, 6, 1]), 6)
  assert.strictEqual(ExitCode.worst([6, 5, 2]), 5)
  assert.strictEqual(ExitCode.worst([5, 130, 4]), 130)
})

it("every failure has a code of its own choice", () => {
  // The files of the dataset are damaged, whoever finds it.
  for (const tag of ["Damaged", "Corrupted", "DatasetQueryFailed", "ChangedFile", "DuplicateKeys"] as const) {
    assert.strictEqual(ExitCode.ofTag(tag), 5, tag)
  }
  for (const tag of ["DiskError", "NotAFile", "InvalidFlag", "SqlError"] as const) {
    assert.strictEqual(ExitCode.ofTag(tag), 2, tag)
  }
  assert.strictEqual(ExitCode.ofTag("Interrupted"), 130)
  // Another process or machine was first, and nowhere else does trying again help.
  assert.deepStrictEqual(ExitCode.tags.filter((tag) => ExitCode.ofTag(tag) === 6), [
    "LedgerHeld",
    "DatasetLocked",
    "PushOvertaken",
    "Overtaken",
    "Crowded",
    "LedgerInUse"
  ])
  // The program is wrong, and nobody else can mend it.
  assert.deepStrictEqual(ExitCode.tags.filter((tag) => ExitCode.ofTag(tag) === 1).toSorted(), [
    "BadCommit",
    "BadVacuum",
    "BadValue",
    "ContradictoryProof",
    "EngineFailed",
    "Unexpected"
  ])
  // @ts-expect-error a tag without a code does not compile
  assert.isUndefined(ExitCode.ofTag("NobodyThoughtOfIt"))
})

it("what no table names is no problem of a document", () => {
  const problem = { source: null, scope: null, message: "", requestId: null }
  for (const tag of ExitCode.tags) assert.isTrue(Schema.is(Problem)({ ...problem, tag }), tag)
  assert.isFalse(Schema.is(Problem)({ ...problem, tag: "NobodyThoughtOfIt" }))
})
