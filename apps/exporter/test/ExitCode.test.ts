import { assert, it } from "@effect/vitest"
import * as ExitCode from "../src/ExitCode.js"

it("of several codes, the one a script has to know first is given", () => {
  assert.strictEqual(ExitCode.worst([]), 0)
  assert.strictEqual(ExitCode.worst([0, 4]), 4)
  assert.strictEqual(ExitCode.worst([4, 3]), 3)
  assert.strictEqual(ExitCode.worst([3, 1, 4]), 1)
  assert.strictEqual(ExitCode.worst([1, 2]), 2)
  assert.strictEqual(ExitCode.worst([2, 5]), 5)
  assert.strictEqual(ExitCode.worst([5, 130, 4]), 130)
})
