/**
 * The steps that make a file last, each one by its name, so that a test can fail or stop any of them.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as fs from "node:fs/promises"
import { platform } from "node:os"

/**
 * @since 0.1.0
 * @category models
 */
export const Step = Schema.Literal("inspect", "create", "write", "sync", "link", "rename", "syncDirectory", "unlink")
/** @since 0.1.0 */
export type Step = typeof Step.Type

const advice: Readonly<Record<string, string>> = {
  EACCES: "Give this user the right to write there",
  EPERM: "Give this user the right to write there",
  EROFS: "Choose a folder that can be written to",
  ENOSPC: "The disk is full. Make room and run again",
  EDQUOT: "The disk quota of this user is used up. Make room or raise it, and run again",
  EFBIG: "A limit on the size of files is reached. Raise it (ulimit -f) and run again",
  EIO: "The disk failed; check it before trusting what is on it",
  ENOENT: "Make the folder first",
  ENOTDIR: "Choose a folder",
  ENAMETOOLONG: "Choose a shorter name",
  EISDIR: "Move the folder of this name elsewhere",
  EEXIST: "Something of this name is there already"
}

/**
 * A step that the system refused.
 *
 * @since 0.1.0
 * @category errors
 */
export class DiskError extends Schema.TaggedError<DiskError>("@trunkline/parquet/Disk/DiskError")("DiskError", {
  step: Step,
  path: Schema.String,
  /** As the system calls it, such as `ENOSPC`. */
  code: Schema.String
}) {
  override get message(): string {
    const what = advice[this.code]
    return `${this.path}: ${this.step} failed (${this.code})${what === undefined ? "" : `. ${what}`}`
  }
}

/**
 * A file being written from its beginning.
 *
 * @since 0.1.0
 * @category models
 */
export interface File {
  readonly path: string
  /** All of the bytes, behind those already written. They may be used again once it is done. */
  readonly write: (bytes: Uint8Array) => Effect.Effect<void, DiskError>
  /** Returns when what was written survives a power cut. */
  readonly sync: Effect.Effect<void, DiskError>
}

/**
 * @since 0.1.0
 * @category services
 */
export interface Service {
  /** What stands there, links not followed. */
  readonly inspect: (path: string) => Effect.Effect<"missing" | "file" | "directory" | "other", DiskError>
  /** A file that is not there yet; closed with the scope. */
  readonly create: (path: string) => Effect.Effect<File, DiskError, Scope.Scope>
  /** `File.sync`, for a file that somebody else wrote and closed. */
  readonly sync: (path: string) => Effect.Effect<void, DiskError>
  /** Another name of a file, where nothing stands yet. */
  readonly link: (from: string, to: string) => Effect.Effect<void, DiskError>
  readonly rename: (from: string, to: string) => Effect.Effect<void, DiskError>
  /** Returns when the names in a directory survive a power cut. */
  readonly syncDirectory: (path: string) => Effect.Effect<void, DiskError>
  /** It is no failure if nothing is there. */
  readonly unlink: (path: string) => Effect.Effect<void, DiskError>
}

/**
 * @since 0.1.0
 * @category services
 */
export class Disk extends Context.Tag("@trunkline/parquet/Disk")<Disk, Service>() {
  static readonly layer: Layer.Layer<Disk> = Layer.sync(this, () => live)

  /**
   * The same steps, each after asking: what fails in `before` fails the step, which is then not taken. For tests that fail
   * the n-th write, or end the process between two steps.
   */
  static readonly layerWatched = (
    before: (step: Step, path: string) => Effect.Effect<void, DiskError>
  ): Layer.Layer<Disk> => Layer.sync(this, () => watched(live, before))
}

const codeOf = (cause: unknown): string =>
  Predicate.hasProperty(cause, "code") && Predicate.isString(cause.code) ? cause.code : "UNKNOWN"

/**
 * Any work on a path as a step. A step is taken or not taken: interruption waits, so that nothing is still being written
 * when the file is removed.
 *
 * @since 0.1.0
 * @category constructors
 */
export const take = <A>(step: Step, path: string, run: () => Promise<A>): Effect.Effect<A, DiskError> =>
  Effect.uninterruptible(
    Effect.tryPromise({ try: run, catch: (cause) => new DiskError({ step, path, code: codeOf(cause) }) })
  )

const writeAll = async (handle: fs.FileHandle, bytes: Uint8Array): Promise<void> => {
  for (let from = 0; from < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, from, bytes.length - from)
    from += bytesWritten
  }
}

const syncPath = async (path: string, flags: string): Promise<void> => {
  const handle = await fs.open(path, flags)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

const live: Service = {
  inspect: (path) =>
    take("inspect", path, () => fs.lstat(path)).pipe(
      Effect.map((status) => status.isFile() ? "file" : status.isDirectory() ? "directory" : "other"),
      Effect.catchIf((error) => error.code === "ENOENT", () => Effect.succeed("missing" as const))
    ),
  create: (path) =>
    Effect.map(
      Effect.acquireRelease(
        take("create", path, () => fs.open(path, "wx")),
        // Everything that matters was synced before; a failed close loses nothing.
        (handle) => Effect.ignore(take("write", path, () => handle.close()))
      ),
      (handle) => ({
        path,
        write: (bytes) => take("write", path, () => writeAll(handle, bytes)),
        sync: take("sync", path, () => handle.sync())
      })
    ),
  sync: (path) => take("sync", path, () => syncPath(path, "r+")),
  link: (from, to) => take("link", to, () => fs.link(from, to)),
  rename: (from, to) => take("rename", to, () => fs.rename(from, to)),
  // Windows has no such step, and keeps names in its journal.
  syncDirectory: (path) =>
    platform() === "win32" ? Effect.void : take("syncDirectory", path, () => syncPath(path, "r")),
  unlink: (path) => take("unlink", path, () => fs.rm(path, { force: true }))
}

const watched = (disk: Service, before: (step: Step, path: string) => Effect.Effect<void, DiskError>): Service => ({
  inspect: (path) => Effect.zipRight(before("inspect", path), disk.inspect(path)),
  create: (path) =>
    Effect.map(Effect.zipRight(before("create", path), disk.create(path)), (file) => ({
      path,
      write: (bytes) => Effect.zipRight(before("write", path), file.write(bytes)),
      sync: Effect.zipRight(before("sync", path), file.sync)
    })),
  sync: (path) => Effect.zipRight(before("sync", path), disk.sync(path)),
  link: (from, to) => Effect.zipRight(before("link", to), disk.link(from, to)),
  rename: (from, to) => Effect.zipRight(before("rename", to), disk.rename(from, to)),
  syncDirectory: (path) => Effect.zipRight(before("syncDirectory", path), disk.syncDirectory(path)),
  unlink: (path) => Effect.zipRight(before("unlink", path), disk.unlink(path))
})
