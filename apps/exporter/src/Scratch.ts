/** The folder in which a worker keeps its datasets while it is at them, and nothing of which outlives it. */
import * as Lock from "@trunkline/dataset/Lock"
import { type DiskError, take } from "@trunkline/parquet/Disk"
import * as Effect from "effect/Effect"
import * as fs from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { InvalidSetting } from "./Environment.js"

const prefix = "worker-"

/** A folder this young may be one whose worker has not yet taken its lock. */
const young = 60_000

export const usual = (): string => tmpdir()

const remove = (path: string): Effect.Effect<void> =>
  Effect.ignore(Effect.tryPromise(() => fs.rm(path, { recursive: true, force: true })))

/** The folder of all workers of this user. Calls lie there for a while: nobody else may have made it. */
const root = (parent: string): Effect.Effect<string, DiskError | InvalidSetting> =>
  Effect.gen(function*() {
    const path = join(parent, `trunkline-scratch-${process.getuid?.() ?? 0}`)
    yield* take("create", path, () => fs.mkdir(path, { recursive: true, mode: 0o700 }))
    const found = yield* take("inspect", path, () => fs.lstat(path))
    if (!found.isDirectory() || found.uid !== process.getuid?.()) {
      return yield* new InvalidSetting({
        name: path,
        reason: "is no folder of this user. Name another parent with --scratch"
      })
    }
    return path
  })

/** Whether the worker of a folder is gone: its lock is free. */
const isLeft = (path: string): Effect.Effect<boolean> =>
  Effect.gen(function*() {
    const { mtimeMs } = yield* Effect.tryPromise(() => fs.stat(path))
    if (Date.now() - mtimeMs < young) return false
    const there = yield* Effect.isSuccess(Effect.tryPromise(() => fs.stat(join(path, "_trunkline"))))
    return there ? yield* Effect.isSuccess(Effect.scoped(Lock.take(path))) : true
  }).pipe(Effect.orElseSucceed(() => false))

/** Of this worker, until the scope ends. What workers left that were killed is removed first. */
export const folder = (parent: string) =>
  Effect.gen(function*() {
    const path = yield* root(parent)
    const names = yield* take("inspect", path, () => fs.readdir(path))
    yield* Effect.forEach(names.filter((name) => name.startsWith(prefix)), (name) =>
      Effect.whenEffect(remove(join(path, name)), isLeft(join(path, name))), { discard: true })
    const own = yield* Effect.acquireRelease(
      take("create", path, () =>
        fs.mkdtemp(join(path, prefix))),
      remove
    )
    yield* take("create", own, () =>
      fs.mkdir(join(own, "_trunkline"), { mode: 0o700 }))
    yield* Lock.acquire(own)
    return own
  })

/** Of one night, until the scope ends. */
export const ofNight = (own: string) =>
  Effect.acquireRelease(take("create", own, () => fs.mkdtemp(join(own, "night-"))), remove)
