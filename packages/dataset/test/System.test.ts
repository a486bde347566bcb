import { assert, it } from "@effect/vitest"
import { Disk } from "@trunkline/parquet"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Dataset } from "../src/Dataset.js"
import { System } from "../src/System.js"

it.scopedLive("on Windows no dataset is made, and the error says to use WSL", () =>
  Effect.gen(function*() {
    const home = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "trunkline-system-"))),
      (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
    )
    const out = join(home, "data")
    const open = Effect.scoped(Layer.build(Dataset.layer({ out, tables: [] }).pipe(Layer.provide(Disk.layer))))
    const error = yield* Effect.flip(Effect.provideService(open, System, "win32"))
    assert.strictEqual(error._tag, "UnsupportedSystem")
    assert.match(error.message, /Windows.*WSL/)
    assert.isFalse(existsSync(out))
    yield* Effect.provideService(open, System, "darwin")
    assert.isTrue(existsSync(out))
  }))
