import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import * as Scratch from "../src/Scratch.js"
import { folder } from "./commandline.js"

const workers = (parent: string) =>
  Effect.map(
    Effect.promise(() => fs.readdir(parent, { recursive: true })),
    (entries) => entries.filter((entry) => /^[^/]+\/worker-[^/]+$/.test(entry))
  )

it.scoped("a worker removes what others left, and nothing of one that lives", () =>
  Effect.gen(function*() {
    const parent = yield* folder
    const living = yield* Scratch.folder(parent)
    const night = yield* Scratch.ofNight(living)
    yield* Effect.promise(() => fs.writeFile(join(night, "data"), "calls"))
    const root = join(living, "..")
    const [dead, young] = [join(root, "worker-dead"), join(root, "worker-young")]
    yield* Effect.promise(async () => {
      for (const path of [dead, young]) await fs.mkdir(join(path, "_trunkline"), { recursive: true })
      const old = new Date(Date.now() - 3_600_000)
      // Both have not been touched for an hour: the lock alone tells that one of them lives.
      for (const path of [dead, living]) await fs.utimes(path, old, old)
    })
    const scope = yield* Scope.make()
    const own = yield* Scope.extend(Scratch.folder(parent), scope)
    assert.sameMembers(
      yield* workers(parent),
      [living, young, own].map((path) => path.slice(parent.length + 1))
    )
    assert.strictEqual(yield* Effect.promise(() => fs.readFile(join(night, "data"), "utf8")), "calls")
    yield* Scope.close(scope, Exit.void)
    assert.notInclude(yield* workers(parent), own.slice(parent.length + 1))
    assert.strictEqual((yield* Effect.promise(() => fs.stat(root))).mode & 0o077, 0)
  }))

it.scoped("a folder that is a link to another one is refused", () =>
  Effect.gen(function*() {
    const [parent, other] = [yield* folder, yield* folder]
    yield* Effect.promise(() => fs.symlink(other, join(parent, `trunkline-scratch-${process.getuid?.()}`)))
    const error = yield* Effect.flip(Scratch.folder(parent))
    assert.include(error.message, "--scratch")
  }))
