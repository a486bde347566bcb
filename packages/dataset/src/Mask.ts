/**
 * Whether numbers of people are kept as tokens, and the key that makes these: chosen once, remembered by the ledger.
 *
 * @since 0.1.0
 */
import type { Disk, DiskError } from "@trunkline/parquet"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { createHmac, randomBytes, randomUUID } from "node:crypto"
import * as fs from "node:fs/promises"
import { dirname, join } from "node:path"
import { type Damaged, type LedgerError, MaskKeyUnusable, OtherMaskKey } from "./DatasetError.js"
import * as Layout from "./internal/layout.js"
import { onDisk } from "./internal/onDisk.js"
import * as Places from "./internal/places.js"
import type { Statements } from "./Ledger.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** Numbers are masked from the first run on. When left out: as the dataset remembers. */
  readonly numbers?: boolean | undefined
  /** The file of the key; one of the dataset's own when left out. */
  readonly file?: {
    readonly path: string
    /** Whether the file is made where there is none. */
    readonly made: boolean
  } | undefined
}

/**
 * The keyed hashes that a number goes through, in hexadecimal.
 *
 * @since 0.1.0
 * @category models
 */
export type Hashes = ReadonlyArray<(text: string) => string>

/** What is said of a key where the key itself must not stand. */
const fingerprintOf = (key: Redacted.Redacted): string =>
  createHmac("sha256", Redacted.value(key)).update("trunkline mask key").digest("hex").slice(0, 32)

const hashesOf = (keys: ReadonlyArray<Redacted.Redacted>): Hashes =>
  keys.map((key) => (text) => createHmac("sha256", Redacted.value(key)).update(text).digest("hex"))

const leastLength = 16

/** One key a line: a rotation adds one, whose tokens are made of those before. */
const keysOf = (path: string, text: string): Effect.Effect<ReadonlyArray<Redacted.Redacted>, MaskKeyUnusable> => {
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== "")
  if (lines.length === 0) return new MaskKeyUnusable({ path, reason: "the file is empty" })
  return lines.some((line) => line.length < leastLength)
    ? new MaskKeyUnusable({ path, reason: `a key has fewer than ${leastLength} characters` })
    : Effect.succeed(lines.map((line) => Redacted.make(line)))
}

const readFile = (path: string): Effect.Effect<string | null, MaskKeyUnusable> =>
  onDisk("inspect", path, () => fs.readFile(path, "utf8")).pipe(
    Effect.catchAll(({ code }) =>
      code === "ENOENT"
        ? Effect.succeed(null)
        : new MaskKeyUnusable({ path, reason: `the file cannot be read (${code})` })
    )
  )

/** Of several that make it at once, the first one's stays. */
const makeFile = (disk: Disk["Type"], path: string): Effect.Effect<void, DiskError> =>
  Effect.scoped(Effect.gen(function*() {
    const temporary = `${path}.${randomUUID()}.partial`
    yield* Effect.addFinalizer(() => Effect.ignore(disk.unlink(temporary)))
    yield* Effect.scoped(Effect.gen(function*() {
      const file = yield* disk.create(temporary)
      yield* onDisk("write", temporary, () => fs.chmod(temporary, 0o600))
      yield* file.write(new TextEncoder().encode(`${randomBytes(32).toString("base64url")}\n`))
      yield* file.sync
    }))
    yield* onDisk("create", path, () => fs.link(temporary, path)).pipe(
      Effect.catchIf(({ code }) => code === "EEXIST", () => Effect.void)
    )
    yield* disk.syncDirectory(dirname(path))
  }))

interface Place {
  readonly path: string
  readonly made: boolean
}

const placeOf = (out: string, { file }: Options): Place =>
  file ?? { path: join(out, Layout.own, Layout.maskKey), made: true }

const missing = (path: string) =>
  new MaskKeyUnusable({ path, reason: "there is no such file. Put it back from a copy, or name the key" })

const keysIn = (out: string, { path }: Place) =>
  Effect.gen(function*() {
    // What lies inside of the dataset is read through no link.
    if (dirname(path) === join(out, Layout.own)) yield* Places.demandWithin(out, path)
    const text = yield* readFile(path)
    return text === null ? null : yield* keysOf(path, text)
  })

const Known = Schema.Struct({ keys: Schema.parseJson(Schema.Array(Schema.String)) })

/** The fingerprints of the keys that masked a dataset; none where its numbers are in clear. */
const known = (ledger: Pick<Statements, "all">): Effect.Effect<Option.Option<ReadonlyArray<string>>, LedgerError> =>
  Effect.map(
    ledger.all(Known, "SELECT keys FROM masking WHERE kind = 'numbers'"),
    ([row]) => Option.map(Option.fromNullable(row), ({ keys }) => keys)
  )

/**
 * @internal
 */
export const isMasked = (ledger: Pick<Statements, "all">): Effect.Effect<boolean, LedgerError> =>
  Effect.map(known(ledger), Option.isSome)

const checked = (keys: ReadonlyArray<Redacted.Redacted>, fingerprints: ReadonlyArray<string>, path: string) =>
  keys.map(fingerprintOf).join() === fingerprints.join()
    ? Effect.succeed(hashesOf(keys))
    : new OtherMaskKey({ path })

/**
 * What masks the numbers of a dataset; null where they are in clear.
 *
 * @internal
 */
export const of = (
  out: string,
  ledger: Pick<Statements, "all">,
  options: Options = {}
): Effect.Effect<Hashes | null, OtherMaskKey | MaskKeyUnusable | Damaged | LedgerError> =>
  Effect.gen(function*() {
    const fingerprints = yield* known(ledger)
    if (Option.isNone(fingerprints)) return null
    const place = placeOf(out, options)
    const keys = yield* keysIn(out, place)
    return keys === null ? yield* missing(place.path) : yield* checked(keys, fingerprints.value, place.path)
  })

/**
 * Masks a dataset from now on, which holds nothing yet.
 *
 * @internal
 */
export const begin = (
  { disk, out }: { readonly disk: Disk["Type"]; readonly out: string },
  options: Options
): Effect.Effect<
  (statements: Statements) => Effect.Effect<void, LedgerError>,
  MaskKeyUnusable | Damaged | DiskError
> =>
  Effect.gen(function*() {
    const place = placeOf(out, options)
    if ((yield* keysIn(out, place)) === null && place.made) yield* makeFile(disk, place.path)
    const keys = yield* keysIn(out, place)
    if (keys === null) return yield* missing(place.path)
    return (statements) =>
      statements.run(
        "INSERT OR REPLACE INTO masking VALUES (1, 'numbers', ?)",
        JSON.stringify(keys.map(fingerprintOf))
      )
  })

const Any = Schema.Struct({ any: Schema.Number })

/**
 * Whether a dataset may hold a number: something was read into it.
 *
 * @internal
 */
export const isBegun = (ledger: Pick<Statements, "all">): Effect.Effect<boolean, LedgerError> =>
  Effect.map(
    ledger.all(
      Any,
      `SELECT EXISTS (SELECT 1 FROM files JOIN shelves ON shelves.id = shelf WHERE name NOT IN ('runs', 'certificates')) OR EXISTS (SELECT 1 FROM landings) OR EXISTS (SELECT 1 FROM quarantine)
        OR EXISTS (SELECT 1 FROM windows) AS any`
    ),
    ([row]) => row?.any === 1
  )
