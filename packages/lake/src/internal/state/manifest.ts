/** The manifest of one push: which objects make the dataset of an account at this number. It is written once, and never changed. */
import { Path } from "@trunkline/dataset/Elsewhere"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { promisify } from "node:util"
import { gunzip, gzip } from "node:zlib"
import { BadKey } from "../../LakeError.js"
import type { Service } from "../../ObjectStore.js"
import { DamagedState, NewerState } from "../../StateError.js"

export const format = 1

/** Sixteen pages of the ledger. */
export const segmentBytes = 64 * 1024

const Count = Schema.NonNegativeInt
const Hash = Schema.String.pipe(Schema.pattern(/^[0-9a-f]{64}$/))

/** A published file. */
const File = Schema.Struct({
  table: Schema.String,
  source: Schema.String,
  /** A month or day; empty for a table without event times. */
  value: Schema.String,
  /** In the folder of the dataset. */
  path: Path,
  /** In the lake. */
  key: Schema.String,
  bytes: Count,
  sha256: Hash,
  rows: Count
})
export interface File extends Schema.Schema.Type<typeof File> {}

/** A file of `_trunkline`, as the segments that make it. */
const Own = Schema.Struct({ path: Schema.String, bytes: Count, sha256: Hash, segments: Schema.Array(Count) })
export interface Own extends Schema.Schema.Type<typeof Own> {}

const Pack = Schema.Struct({ key: Schema.String, bytes: Count, sha256: Hash })
export interface Pack extends Schema.Schema.Type<typeof Pack> {}

/** Its hash, the pack that holds it, and where in that pack it stands, compressed. */
const Segment = Schema.Tuple(Hash, Count, Count, Count)
export type Segment = typeof Segment.Type

export const Manifest = Schema.Struct({
  format: Schema.Literal(format),
  account: Schema.NullOr(Schema.String),
  /** It follows the one before it. */
  number: Schema.Int.pipe(Schema.positive()),
  /** Of the attempt that wrote it. */
  push: Schema.String,
  at: Schema.DateTimeUtc,
  /** Of the dataset. */
  dataset: Schema.String,
  /** Whether rows of a push that may still be there were erased, masked or dropped: older versions are to go at once. */
  forgets: Schema.optionalWith(Schema.Boolean, { default: () => false }),
  partition: Schema.Literal("month", "day"),
  files: Schema.Array(File),
  own: Schema.Array(Own),
  packs: Schema.Array(Pack),
  segments: Schema.Array(Segment)
}).pipe(
  Schema.filter(({ own, packs, segments }) =>
    segments.every(([, pack, from, bytes]) => from + bytes <= (packs[pack]?.bytes ?? -1)) &&
    own.every((one) =>
      one.segments.length === Math.ceil(one.bytes / segmentBytes) &&
      one.segments.every((index) => index < segments.length)
    )
  )
)
export interface Manifest extends Schema.Schema.Type<typeof Manifest> {}

const Text = Schema.parseJson(Manifest)
const Format = Schema.parseJson(Schema.Struct({ format: Schema.Number }))

/** Compressed, and as text. A ledger of 5,000,000 keys takes about 0.6 MB and 1.1 MB. */
const limits = { compressed: 64 * 1024 * 1024, text: 256 * 1024 * 1024 }

/** No account has this name. */
const nobody = "_"

/** Names of accounts are those of a configuration. A dataset without one has none. */
export const prefixOf = (account: string | null): Effect.Effect<string, BadKey> =>
  account === null || /^[a-z0-9-]{1,64}$/.test(account)
    ? Effect.succeed(`state/${account ?? nobody}`)
    : new BadKey({ key: account, reason: "an account is named by 1 to 64 of the letters a-z, digits and hyphens" })

export const keyOf = (prefix: string, number: number): string => `${prefix}/${String(number).padStart(20, "0")}.json.gz`

export const packKey = (prefix: string, push: string): string => `${packsOf(prefix)}${push}.pack`

export const packsOf = (prefix: string): string => `${prefix}/packs/`

/** Manifests begin so, and packs do not. */
export const manifestsOf = (prefix: string): string => `${prefix}/0`

/** Null for a key of something else. */
export const numberOf = (key: string): number | null => {
  const [, digits] = /\/(\d{20})\.json\.gz$/.exec(key) ?? []
  return digits === undefined ? null : Number(digits)
}

const textOf: (manifest: Manifest) => string = Schema.encodeSync(Text)

export const encode = (manifest: Manifest): Effect.Effect<Uint8Array> =>
  Effect.promise(() => promisify(gzip)(textOf(manifest), { level: 6 }))

export const read = (store: Service, key: string) =>
  Effect.gen(function*() {
    const { place } = store
    const compressed = yield* store.read(key, { limit: limits.compressed })
    const damaged = () => new DamagedState({ place, key, reason: "is not what was pushed" })
    const text = yield* Effect.tryPromise({
      try: () => promisify(gunzip)(compressed, { maxOutputLength: limits.text }),
      catch: damaged
    })
    const said = String(text)
    const { format: found } = yield* Effect.mapError(Schema.decode(Format)(said), damaged)
    if (found > format) return yield* new NewerState({ place, key, found, known: format })
    const manifest = yield* Effect.mapError(Schema.decode(Text)(said), damaged)
    return manifest.number === numberOf(key) ? manifest : yield* damaged()
  })
