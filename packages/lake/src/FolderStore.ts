/**
 * A folder of the local disk as a place for objects: the contract of S3 for one machine, and for tests. The file system
 * keeps the condition of `putIfAbsent`: a file gets its name by a link, which never replaces.
 *
 * A key is the path of a file in the folder, so nothing can stand under both `a` and `a/b`. Links are never followed.
 *
 * @since 0.1.0
 */
import { Disk, type DiskError, WholeFile } from "@trunkline/parquet"
import { take } from "@trunkline/parquet/Disk"
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { constants } from "node:fs"
import * as fs from "node:fs/promises"
import { dirname, join, resolve } from "node:path"
import { byBytes, checkKey, checkPrefix, isKey } from "./internal/objectKey.js"
import { ObjectExists, ObjectMissing, TooLarge } from "./LakeError.js"
import * as ObjectStore from "./ObjectStore.js"

/** A temporary file of this age belongs to a process that was killed. */
const old = 24 * 60 * 60 * 1000
/** Bytes that are read at once. */
const piece = 1024 * 1024
/** How many objects one step of a list holds. */
const page = 1000

/** A regular file, open for reading. */
interface Opened {
  readonly size: number
  /** Fills the bytes from there on as far as the file goes; returns how many. */
  readonly readInto: (bytes: Uint8Array, from: number) => Effect.Effect<number, DiskError>
}

const open = (path: string): Effect.Effect<Opened, DiskError | WholeFile.NotAFile, Scope.Scope> =>
  Effect.gen(function*() {
    const handle = yield* Effect.acquireRelease(
      take("inspect", path, () => fs.open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)),
      (handle) => Effect.ignore(take("inspect", path, () => handle.close()))
    ).pipe(Effect.catchIf((error) => error.code === "ELOOP", () => new WholeFile.NotAFile({ path })))
    const status = yield* take("inspect", path, () => handle.stat())
    if (!status.isFile()) return yield* new WholeFile.NotAFile({ path })
    return {
      size: status.size,
      readInto: (bytes, from) =>
        take("inspect", path, async () => {
          let filled = 0
          while (filled < bytes.length) {
            const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, from + filled)
            if (bytesRead === 0) break
            filled += bytesRead
          }
          return filled
        })
    }
  })

const bytesOf = (
  opened: Opened,
  range: { readonly from: number; readonly bytes: number }
): Effect.Effect<Uint8Array, DiskError> => {
  const bytes = new Uint8Array(Math.max(0, Math.min(range.bytes, opened.size - range.from)))
  return Effect.map(opened.readInto(bytes, range.from), (length) => bytes.subarray(0, length))
}

/** Writes all of an open file into a new one, which then stands there whole. */
const copy = (opened: Opened, file: WholeFile.WholeFile): Effect.Effect<ObjectStore.Stored, DiskError> =>
  Effect.gen(function*() {
    const bytes = new Uint8Array(piece)
    for (let from = 0;;) {
      const filled = yield* opened.readInto(bytes, from)
      if (filled === 0) break
      yield* file.write(bytes.subarray(0, filled))
      from += filled
    }
    const { bytes: length, sha256 } = yield* file.finish(() => Effect.void)
    return { bytes: length, sha256 }
  })

/** What stands in a folder, with the key of a file, or the beginning of the keys inside of a folder. */
interface Entry {
  readonly name: string
  readonly folder: boolean
}

/** The entries of a folder; none of a folder that is not there. */
const entries = (root: string, folder: string): Effect.Effect<ReadonlyArray<Entry>, DiskError> => {
  const path = join(root, folder)
  return take("inspect", path, () => fs.readdir(path, { withFileTypes: true })).pipe(
    Effect.catchIf((error) => error.code === "ENOENT" || error.code === "ENOTDIR", () => Effect.succeed([])),
    Effect.map((found) =>
      found
        .filter((entry) => entry.isFile() || entry.isDirectory())
        .map((entry): Entry => {
          const isFolder = entry.isDirectory()
          return { name: `${folder}${entry.name}${isFolder ? "/" : ""}`, folder: isFolder }
        })
    )
  )
}

/**
 * The folder is made with the first object.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (folder: string): Effect.Effect<ObjectStore.Service, never, Disk> =>
  Effect.map(Disk, (disk) => {
    const place = resolve(folder)
    const pathOf = (key: string) => join(place, key)

    /** What stands at a key. Whatever is reached through a link is not a file of this folder. */
    const inspect = (key: string): Effect.Effect<"missing" | "file" | "directory", ObjectStore.StoreError> =>
      Effect.gen(function*() {
        const segments = (yield* checkKey(key)).split("/")
        for (let depth = 1; depth <= segments.length; depth++) {
          const path = pathOf(segments.slice(0, depth).join("/"))
          const found = yield* disk.inspect(path)
          if (found === "other") return yield* new WholeFile.NotAFile({ path })
          if (depth === segments.length || found === "missing") return found
          if (found === "file") return "missing"
        }
        return "missing"
      })

    /** Makes a folder and those above it, each one's name made to last. */
    const makeFolder = (path: string): Effect.Effect<void, ObjectStore.StoreError> =>
      Effect.gen(function*() {
        const found = yield* disk.inspect(path)
        if (found === "directory") return
        // The place itself may be a link that its owner set.
        if (
          found === "other" && path === place && (yield* take("inspect", path, () => fs.stat(path))).isDirectory()
        ) return
        if (found !== "missing") return yield* new WholeFile.NotAFile({ path })
        yield* makeFolder(dirname(path))
        yield* take("create", path, () => fs.mkdir(path)).pipe(
          Effect.catchIf((error) => error.code === "EEXIST", () => Effect.void)
        )
        yield* disk.syncDirectory(dirname(path))
      })

    const opened = (key: string) =>
      Effect.gen(function*() {
        const found = yield* inspect(key)
        if (found !== "file") return yield* new ObjectMissing({ place, key })
        return yield* open(pathOf(key)).pipe(
          Effect.catchIf(
            (error) => error._tag === "DiskError" && error.code === "ENOENT",
            () => new ObjectMissing({ place, key })
          )
        )
      })

    const create = (key: string, options: { readonly replace: boolean }) =>
      Effect.gen(function*() {
        const path = pathOf(yield* checkKey(key))
        // Finds links on the way, before anything is made.
        yield* inspect(key)
        yield* makeFolder(dirname(path))
        return yield* WholeFile.create(path, options).pipe(Effect.provideService(Disk, disk))
      })

    /** Removes a file that a killed process left behind. It fails nobody's list. */
    const sweep = (name: string, now: number): Effect.Effect<void> => {
      const path = pathOf(name)
      return take("inspect", path, () => fs.lstat(path)).pipe(
        Effect.flatMap(({ mtimeMs }) => now - mtimeMs > old ? disk.unlink(path) : Effect.void),
        Effect.ignore
      )
    }

    const listed = (key: string): Effect.Effect<Option.Option<ObjectStore.Listed>, DiskError> => {
      const path = pathOf(key)
      return take("inspect", path, () => fs.lstat(path)).pipe(
        Effect.map((status) =>
          status.isFile()
            ? Option.some({ key, bytes: status.size, modifiedAt: DateTime.unsafeMake(status.mtime) })
            : Option.none()
        ),
        // Somebody removed it meanwhile.
        Effect.catchIf((error) => error.code === "ENOENT", () => Effect.succeedNone)
      )
    }

    const list: ObjectStore.Service["list"] = (prefix, options) =>
      Stream.unwrap(Effect.gen(function*() {
        yield* checkPrefix(prefix)
        const after = yield* checkPrefix(options?.after ?? "")
        const now = yield* Clock.currentTimeMillis
        const wanted = ({ folder, name }: Entry): boolean =>
          folder
            ? (name.startsWith(prefix) || prefix.startsWith(name)) &&
              (after.startsWith(name) || byBytes(name, after) > 0)
            : name.startsWith(prefix) && byBytes(name, after) > 0 && isKey(name)
        /** The last one comes first, since an array is cheap to shorten at its end. */
        const within = (folder: string) =>
          Effect.gen(function*() {
            const found = yield* entries(place, folder)
            const temporary = found.filter(({ name }) => WholeFile.isTemporary(name))
            yield* Effect.forEach(temporary, ({ name }) => sweep(name, now), { discard: true })
            // A log has many more entries than those that are asked for.
            return found.filter(wanted).toSorted((one, other) => byBytes(other.name, one.name))
          })

        const left = yield* within("")
        return Stream.repeatEffectChunkOption(Effect.gen(function*() {
          if (left.length === 0) return yield* Effect.fail(Option.none())
          const found: Array<ObjectStore.Listed> = []
          while (found.length < page) {
            const next = left.pop()
            if (next === undefined) break
            if (next.folder) { for (const entry of yield* Effect.asSomeError(within(next.name))) left.push(entry) }
            else found.push(...Option.toArray(yield* Effect.asSomeError(listed(next.name))))
          }
          return Chunk.unsafeFromArray(found)
        }))
      }))

    return {
      place,
      read: (key, options) =>
        Effect.scoped(Effect.gen(function*() {
          const limit = options?.limit ?? ObjectStore.readLimit
          const file = yield* opened(key)
          return file.size > limit
            ? yield* new TooLarge({ place, key, limit })
            : yield* bytesOf(file, { from: 0, bytes: file.size })
        })),
      range: (key, range) =>
        Effect.scoped(
          Effect.flatMap(
            ObjectStore.checkRange(range),
            () => Effect.flatMap(opened(key), (file) => bytesOf(file, range))
          )
        ),
      download: (key, path) =>
        Effect.scoped(Effect.gen(function*() {
          const from = yield* opened(key)
          const to = yield* WholeFile.create(path).pipe(Effect.provideService(Disk, disk))
          return yield* copy(from, to)
        })),
      put: (key, bytes) =>
        Effect.scoped(Effect.gen(function*() {
          const file = yield* create(key, { replace: true })
          yield* file.write(bytes)
          yield* file.finish(() => Effect.void)
        })),
      putIfAbsent: (key, bytes) =>
        Effect.scoped(Effect.gen(function*() {
          if ((yield* inspect(key)) === "file") return yield* new ObjectExists({ place, key })
          const file = yield* create(key, { replace: false })
          yield* file.write(bytes)
          yield* file.finish(() => Effect.void).pipe(
            Effect.catchIf(
              (error) => error.step === "link" && error.code === "EEXIST",
              () => new ObjectExists({ place, key })
            )
          )
        })),
      upload: (key, path) =>
        Effect.scoped(Effect.gen(function*() {
          yield* checkKey(key)
          const from = yield* open(resolve(path))
          const to = yield* create(key, { replace: true })
          return yield* copy(from, to)
        })),
      list,
      remove: (key) =>
        Effect.gen(function*() {
          if ((yield* inspect(key)) !== "file") return
          const path = pathOf(key)
          yield* disk.unlink(path)
          yield* disk.syncDirectory(dirname(path))
        })
    }
  })

/**
 * @since 0.1.0
 * @category layers
 */
export const layer = (folder: string): Layer.Layer<ObjectStore.ObjectStore, never, Disk> =>
  Layer.effect(ObjectStore.ObjectStore, make(folder))
