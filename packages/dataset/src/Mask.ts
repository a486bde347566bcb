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
import { type Damaged, type LedgerError, type MaskError, MaskKeyUnusable, OtherMaskKey } from "./DatasetError.js"
import type { Row } from "./Hiding.js"
import * as Layout from "./internal/layout.js"
import { onDisk } from "./internal/onDisk.js"
import * as Places from "./internal/places.js"
import * as PrivateFile from "./internal/privateFile.js"
import type { Statements } from "./Ledger.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** Numbers are masked from now on, and those that are there are rewritten. When left out: as the dataset remembers. */
  readonly numbers?: boolean | undefined
  /** Tokens are made anew with one more key. A rotation that was interrupted goes on, and none is begun. */
  readonly rotate?: boolean | undefined
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

/**
 * Makes tokens of numbers in rows and records; `Masking` of `@trunkline/calls` is one.
 *
 * @since 0.1.0
 * @category models
 */
export interface Masking {
  readonly number: (number: string, line?: string | null) => string
  readonly row: (table: string, row: Row) => Row
  readonly record: (json: string, line?: string | null) => string
}

/**
 * @since 0.1.0
 * @category models
 */
export type Maker = (options: { readonly hashes: Hashes; readonly lines: ReadonlyArray<string> }) => Masking

/** What is said of a key where the key itself must not stand. */
const fingerprintOf = (key: Redacted.Redacted): string =>
  createHmac("sha256", Redacted.value(key)).update("trunkline mask key").digest("hex").slice(0, 32)

const hashesOf = (keys: ReadonlyArray<Redacted.Redacted>): Hashes =>
  keys.map((key) => (text) => createHmac("sha256", Redacted.value(key)).update(text).digest("hex"))

const leastLength = 16

/** Tokens say of how many keys they are in one letter. */
const mostKeys = 26

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

const textOf = (keys: ReadonlyArray<Redacted.Redacted>): string =>
  [...keys.map(Redacted.value), randomBytes(32).toString("base64url")].map((key) => `${key}\n`).join("")

/** With these keys and a new one. Of several that make it at once, the first one's stays. */
const writeFile = (
  disk: Disk["Type"],
  path: string,
  keys: ReadonlyArray<Redacted.Redacted>
): Effect.Effect<void, DiskError> =>
  Effect.scoped(Effect.gen(function*() {
    const temporary = `${path}.${randomUUID()}.partial`
    yield* Effect.addFinalizer(() => Effect.ignore(disk.unlink(temporary)))
    yield* PrivateFile.create(disk, temporary, textOf(keys))
    yield* keys.length > 0
      ? disk.rename(temporary, path)
      : onDisk("create", path, () => fs.link(temporary, path)).pipe(
        Effect.catchIf(({ code }) => code === "EEXIST", () => Effect.void)
      )
    yield* disk.syncDirectory(dirname(path))
  }))

interface Place {
  readonly path: string
  readonly made: boolean
}

const isThere = (path: string): Effect.Effect<boolean> =>
  Effect.isSuccess(onDisk("inspect", path, () => fs.lstat(path)))

/** A dataset that had a key of its own before it became an account keeps it, unless a file is named. */
const placeOf = (out: string, { file }: Options): Effect.Effect<Place> =>
  Effect.gen(function*() {
    const own = { path: join(out, Layout.own, Layout.maskKey), made: true }
    if (file === undefined) return own
    return file.made && !(yield* isThere(file.path)) && (yield* isThere(own.path)) ? own : file
  })

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

/**
 * The fingerprints of the keys that masked a dataset; none where its numbers are in clear.
 *
 * @internal
 */
export const fingerprints = (
  ledger: Pick<Statements, "all">
): Effect.Effect<Option.Option<ReadonlyArray<string>>, LedgerError> =>
  Effect.map(
    ledger.all(Known, "SELECT keys FROM masking WHERE kind = 'numbers'"),
    ([row]) => Option.map(Option.fromNullable(row), ({ keys }) => keys)
  )

/**
 * @internal
 */
export const isMasked = (ledger: Pick<Statements, "all">): Effect.Effect<boolean, LedgerError> =>
  Effect.map(fingerprints(ledger), Option.isSome)

/**
 * A ledger that was lost, or put back from an old copy, learns what stands beside it: its rows are looked at once more. Where that is
 * lost too, a key of the dataset's own says it.
 *
 * @internal
 */
export const recall = (
  out: string,
  statements: Statements,
  { isNew, remembered }: { readonly remembered: ReadonlyArray<string>; readonly isNew: boolean }
): Effect.Effect<void, MaskKeyUnusable | Damaged | LedgerError> =>
  Effect.gen(function*() {
    const inLedger = Option.getOrElse(yield* fingerprints(statements), () => [])
    const own = isNew && remembered.length === 0 ? yield* keysIn(out, yield* placeOf(out, {})) : null
    const beside = own === null ? remembered : own.map(fingerprintOf)
    if (beside.length <= inLedger.length) return
    yield* statements.run("INSERT OR REPLACE INTO masking VALUES (1, 'numbers', ?, 1)", JSON.stringify(beside))
  })

/** A file may hold more keys than were used: a rotation was begun, and is not asked for here. */
const used = (keys: ReadonlyArray<Redacted.Redacted>, fingerprints: ReadonlyArray<string>, path: string) => {
  const some = keys.slice(0, fingerprints.length)
  return some.map(fingerprintOf).join() === fingerprints.join() ? Effect.succeed(some) : new OtherMaskKey({ path })
}

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
    const found = yield* fingerprints(ledger)
    if (Option.isNone(found)) return null
    const place = yield* placeOf(out, options)
    const keys = yield* keysIn(out, place)
    return keys === null ? yield* missing(place.path) : hashesOf(yield* used(keys, found.value, place.path))
  })

type Begun = Effect.Effect<
  (statements: Statements) => Effect.Effect<void, LedgerError>,
  MaskError | DiskError | LedgerError
>

const remember = (keys: ReadonlyArray<Redacted.Redacted>, unfinished: boolean) => (statements: Statements) =>
  statements.run(
    "INSERT OR REPLACE INTO masking VALUES (1, 'numbers', ?, ?)",
    JSON.stringify(keys.map(fingerprintOf)),
    unfinished ? 1 : 0
  )

interface Folder {
  readonly disk: Disk["Type"]
  readonly out: string
}

/**
 * Masks a dataset from now on. `unfinished` where it holds rows, which are then to be rewritten.
 *
 * @internal
 */
export const begin = ({ disk, out }: Folder, options: Options, unfinished: boolean): Begun =>
  Effect.gen(function*() {
    const place = yield* placeOf(out, options)
    if ((yield* keysIn(out, place)) === null && place.made) yield* writeFile(disk, place.path, [])
    const keys = yield* keysIn(out, place)
    return keys === null ? yield* missing(place.path) : remember(keys, unfinished)
  })

/**
 * Masks a masked dataset with one more key: the next one of the file, or one that is added to a file that was made here.
 *
 * @internal
 */
export const rotate = ({ disk, ledger, out }: Folder & { readonly ledger: Statements }, options: Options): Begun =>
  Effect.gen(function*() {
    const place = yield* placeOf(out, options)
    const found = Option.getOrElse(yield* fingerprints(ledger), () => [])
    const keys = yield* keysIn(out, place)
    if (keys === null) return yield* missing(place.path)
    yield* used(keys, found, place.path)
    if (found.length >= mostKeys) {
      return yield* new MaskKeyUnusable({
        path: place.path,
        reason: `it was rotated ${mostKeys - 1} times, which is the most`
      })
    }
    if (keys.length > found.length) return remember(keys, true)
    if (!place.made) {
      return yield* new MaskKeyUnusable({
        path: place.path,
        reason: "add a line with a new key to this file, and run again"
      })
    }
    yield* writeFile(disk, place.path, keys)
    return remember(
      yield* Effect.flatMap(keysIn(out, place), Effect.fromNullable).pipe(
        Effect.catchTag("NoSuchElementException", () => missing(place.path))
      ),
      true
    )
  })

const Count = Schema.Struct({ count: Schema.Number })

/**
 * Whether rows of before are still to be rewritten.
 *
 * @internal
 */
export const isUnfinished = (ledger: Pick<Statements, "all">): Effect.Effect<boolean, LedgerError> =>
  Effect.map(
    ledger.all(Count, "SELECT count(*) AS count FROM masking WHERE unfinished = 1"),
    ([row]) => (row?.count ?? 0) > 0
  )

/**
 * Whether a dataset may hold a number: something was read into it.
 *
 * @internal
 */
export const isBegun = (ledger: Pick<Statements, "all">): Effect.Effect<boolean, LedgerError> =>
  Effect.map(
    ledger.all(
      Count,
      `SELECT (SELECT count(*) FROM files JOIN shelves ON shelves.id = shelf WHERE name NOT IN ('runs', 'certificates'))
        + (SELECT count(*) FROM landings) + (SELECT count(*) FROM quarantine) + (SELECT count(*) FROM windows) AS count`
    ),
    ([row]) => (row?.count ?? 0) > 0
  )
