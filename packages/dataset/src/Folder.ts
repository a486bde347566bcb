/**
 * The folder of a dataset before anything is read from it: what stands where, whether it may be one, and whose it is.
 *
 * @since 0.1.0
 */
import { DiskError } from "@trunkline/parquet"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as fs from "node:fs/promises"
import { platform } from "node:os"
import { dirname } from "node:path"
import { NetworkFolder } from "./DatasetError.js"
import { onDisk } from "./internal/onDisk.js"

/**
 * The names of what a dataset keeps: the table that every dataset has; and beside its tables the database of its views, its
 * own folder, and in it the ledger and the mark of a demo.
 *
 * @since 0.1.0
 * @category names
 */
export { certificates, database, demo, ledger, own } from "./internal/layout.js"

// As the kernel of Linux numbers them. FUSE is not among them: it holds local disks as well.
const networks: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB"],
  [0x5346414f, "AFS"],
  [0x73757245, "Coda"],
  [0x0bd00bd0, "Lustre"],
  [0x00c36400, "Ceph"]
])

/** `/proc` and `/sys`. */
const unreal: ReadonlySet<number> = new Set([0x9fa0, 0x62656572])

/**
 * Which network file system has this number in `statfs`; undefined for a local disk, and where numbers mean something else.
 *
 * @since 0.1.0
 * @category checking
 */
export const networkOf = (type: number): string | undefined => platform() === "linux" ? networks.get(type) : undefined

const nearest = (path: string): Effect.Effect<string, DiskError> =>
  onDisk("inspect", path, () => fs.stat(path)).pipe(
    Effect.as(path),
    Effect.catchIf((error) => error.code === "ENOENT" && dirname(path) !== path, () => nearest(dirname(path)))
  )

/**
 * Fails for a folder on a network file system, or on one that the kernel makes up.
 *
 * @since 0.1.0
 * @category checking
 */
export const refuseNetwork = (out: string): Effect.Effect<void, DiskError | NetworkFolder> =>
  Effect.gen(function*() {
    if (platform() !== "linux") return
    const folder = yield* nearest(out)
    const { type } = yield* onDisk("inspect", folder, () => fs.statfs(folder))
    const kind = networkOf(type)
    if (kind !== undefined) return yield* new NetworkFolder({ out, kind })
    // What the kernel makes up is no disk, and making folders in it may never end.
    if (unreal.has(type)) return yield* new DiskError({ step: "create", path: out, code: "EROFS" })
  })

const Identity = Schema.parseJson(Schema.Struct({ id: Schema.String }))

/**
 * Which dataset this folder says it is; none where nothing readable says it.
 *
 * @since 0.1.0
 * @category getters
 */
export const identityOf = (path: string): Effect.Effect<Option.Option<string>> =>
  Effect.tryPromise(() => fs.readFile(path, "utf8")).pipe(
    Effect.flatMap(Schema.decode(Identity)),
    Effect.map(({ id }) => id),
    Effect.option
  )

const Choices = Schema.parseJson(
  Schema.Struct({
    keep: Schema.optionalWith(Schema.String, { exact: true }),
    /** Fingerprints of the keys that mask numbers, the oldest first. */
    mask: Schema.optionalWith(Schema.Array(Schema.String), { exact: true }),
    umask: Schema.optionalWith(Schema.String, { exact: true })
  })
)

/**
 * What was chosen for this dataset, should its ledger be lost.
 *
 * @since 0.1.0
 * @category getters
 */
export const choicesOf = (path: string): Effect.Effect<typeof Choices.Type> =>
  Effect.tryPromise(() => fs.readFile(path, "utf8")).pipe(
    Effect.flatMap(Schema.decode(Choices)),
    Effect.orElseSucceed(() => ({}))
  )

/**
 * A base URL's host; those of this machine are one, since their ports change from run to run.
 *
 * @since 0.1.0
 * @category getters
 */
export const hostOf = (url: string): string => {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed === undefined) return url.toLowerCase()
  const name = parsed.hostname.replace(/^\[|\]$/g, "")
  return name === "localhost" || name === "::1" || name.startsWith("127.") || name.endsWith(".localhost")
    ? "localhost"
    : parsed.host
}
