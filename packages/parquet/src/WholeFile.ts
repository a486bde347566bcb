/**
 * A file that stands under its name only once all of it is on the disk.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import { createHash, randomUUID } from "node:crypto"
import { basename, dirname, join, resolve } from "node:path"
import { Disk, type DiskError } from "./Disk.js"

/**
 * What stands at the target is not a file, and renaming over it would destroy or miss it.
 *
 * @since 0.1.0
 * @category errors
 */
export class NotAFile extends Schema.TaggedError<NotAFile>("@trunkline/parquet/WholeFile/NotAFile")("NotAFile", {
  path: Schema.String
}) {
  override get message(): string {
    return `${this.path} is a folder, a link or a device. Name a regular file, or one that is not there yet`
  }
}

/**
 * What was read back is not what was written. The target is as it was.
 *
 * @since 0.1.0
 * @category errors
 */
export class Corrupted extends Schema.TaggedError<Corrupted>("@trunkline/parquet/WholeFile/Corrupted")("Corrupted", {
  path: Schema.String,
  reason: Schema.String
}) {
  override get message(): string {
    return `${this.path}: ${this.reason} when read back before the rename. Check the disk, then write again`
  }
}

/**
 * Why a file is not written.
 *
 * @since 0.1.0
 * @category errors
 */
export type WholeFileError = NotAFile | Corrupted | DiskError

/**
 * @since 0.1.0
 * @category models
 */
export interface Written {
  /** Absolute. */
  readonly path: string
  readonly bytes: number
  /** Of the whole file, in hexadecimal. */
  readonly sha256: string
}

/**
 * A file being written, from its beginning, under another name in the same folder.
 *
 * @since 0.1.0
 * @category models
 */
export interface WholeFile {
  /** Absolute: where it will stand. */
  readonly path: string
  readonly write: (bytes: Uint8Array) => Effect.Effect<void, DiskError>
  /** Gives the file its name, after this check of what is on the disk. */
  readonly finish: <E>(readBack: (path: string, written: Written) => Effect.Effect<void, E>) => Effect.Effect<
    Written,
    E | DiskError
  >
}

/**
 * Whether a file of this name is one that was left behind when its process was killed. Nobody else's name ends so, and
 * it is safe to remove once no process writes into its folder.
 *
 * @since 0.1.0
 * @category models
 */
export const isTemporary = (name: string): boolean =>
  name.endsWith(".partial") && /^\.trunkline-[0-9a-f-]{36}\.partial$/.test(basename(name))

// The target's own name may be as long as names can be, so it is no part of this one.
const temporaryName = Effect.sync(() => `.trunkline-${randomUUID()}.partial`)

/**
 * A regular file there is replaced, in one step; its folder must be there. With `replace: false` nothing is replaced:
 * `finish` fails with the code `EEXIST` if anything has the name by then, whoever else wants it. Unless it is finished,
 * nothing is left of it when the scope closes.
 *
 * @since 0.1.0
 * @category constructors
 */
export const create: (
  target: string,
  options?: { readonly replace?: boolean | undefined }
) => Effect.Effect<WholeFile, NotAFile | DiskError, Disk | Scope.Scope> = Effect
  .fnUntraced(function*(target, options) {
    const disk = yield* Disk
    const path = resolve(target)
    const found = yield* disk.inspect(path)
    if (found !== "missing" && found !== "file") return yield* new NotAFile({ path })

    const temporary = join(dirname(path), yield* temporaryName)
    let renamed = false
    // Before the file is there, so that no interruption falls between; and before its scope, so that it is closed first.
    yield* Effect.addFinalizer(() =>
      Effect.suspend(() => renamed ? Effect.void : Effect.ignoreLogged(disk.unlink(temporary)))
    )
    const openFile = yield* Scope.fork(yield* Effect.scope, ExecutionStrategy.sequential)
    const file = yield* Scope.extend(disk.create(temporary), openFile)

    const hash = createHash("sha256")
    let bytes = 0
    return {
      path,
      write: (some) =>
        Effect.suspend(() => {
          hash.update(some)
          bytes += some.length
          return file.write(some)
        }),
      finish: (readBack) =>
        Effect.gen(function*() {
          yield* file.sync
          yield* Scope.close(openFile, Exit.void)
          const written: Written = { path, bytes, sha256: hash.digest("hex") }
          yield* readBack(temporary, written)
          // From here on the file is there, and whoever asked is told so.
          yield* Effect.uninterruptible(Effect.gen(function*() {
            if (options?.replace === false) yield* disk.link(temporary, path)
            else {
              yield* disk.rename(temporary, path)
              renamed = true
            }
            yield* disk.syncDirectory(dirname(path))
          }))
          return written
        })
    }
  })
