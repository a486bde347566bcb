/**
 * What a lost machine leaves to the next one: the ledger of an account and its small files, beside the data files, under
 * `state/ACCOUNT/` of a lake. An account is one dataset.
 *
 * Each push writes one manifest, `state/ACCOUNT/00000000000000000012.json.gz`, only if no other one has that number: that is the
 * commit of the account's state, and the fence. A manifest names every data file, and every segment of the ledger: 64 KiB, known
 * by its hash. Only segments that the push before lacks are sent, as one pack.
 *
 * The order is data files, pack, manifest, and then the tables, from the manifest. Whoever finds a manifest that the tables lack
 * can finish it.
 *
 * @since 0.1.0
 */
import type { Carried } from "@trunkline/dataset/Carried"
import { type Damaged, FetchFailed } from "@trunkline/dataset/DatasetError"
import { Elsewhere } from "@trunkline/dataset/Elsewhere"
import * as Restore from "@trunkline/dataset/Restore"
import type { Disk } from "@trunkline/parquet"
import type { DiskError } from "@trunkline/parquet/Disk"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Finding from "./internal/state/finding.js"
import * as Local from "./internal/state/local.js"
import * as Manifests from "./internal/state/manifest.js"
import * as Pushing from "./internal/state/pushing.js"
import * as Restoring from "./internal/state/restoring.js"
import * as Vacuuming from "./internal/state/vacuuming.js"
import type { ObjectMissing, TooLarge } from "./LakeError.js"
import { ObjectStore, type StoreError } from "./ObjectStore.js"
import { type DamagedState, type NewerState, NoState, OtherLake, PushOvertaken } from "./StateError.js"

/**
 * @since 0.1.0
 * @category models
 */
export type Manifest = Manifests.Manifest

/**
 * A data file of a push.
 *
 * @since 0.1.0
 * @category models
 */
export type File = Manifests.File

/**
 * @since 0.1.0
 * @category models
 */
export type Pushed = Pushing.Pushed

/**
 * @since 0.1.0
 * @category models
 */
export type Vacuumed = Vacuuming.Vacuumed

/**
 * Why a manifest cannot be read.
 *
 * @since 0.1.0
 * @category errors
 */
export type ReadError = DamagedState | NewerState | ObjectMissing | TooLarge | StoreError

/**
 * @since 0.1.0
 * @category errors
 */
export type PushError = Pushing.PushError

/**
 * @since 0.1.0
 * @category errors
 */
export type RestoreError = NoState | ReadError | Restore.RestoreError

/**
 * The newest push of an account; none where it was never pushed. An account is named as in a configuration; null is the one of a
 * dataset without a configuration.
 *
 * @since 0.1.0
 * @category reading
 */
export const latest = Effect.fn("State.latest")(function*(account: string | null) {
  const store = yield* ObjectStore
  const prefix = yield* Manifests.prefixOf(account)
  const number = yield* Finding.newest(store, prefix, 0)
  if (number === 0) return Option.none()
  return Option.some(yield* Manifests.read(store, Manifests.keyOf(prefix, number)))
}, (effect): Effect.Effect<Option.Option<Manifest>, ReadError, ObjectStore> => effect)

/**
 * The account that a folder was last pushed as, or restored as; none where it never was.
 *
 * @since 0.1.0
 * @category reading
 */
export const accountOf = Effect.fn("State.accountOf")(
  function*(out: string) {
    return Option.map(Option.fromNullable(yield* Local.read(out)), ({ account }) => account)
  },
  (effect): Effect.Effect<Option.Option<string | null>, Damaged | DiskError> => effect
)

/**
 * Refuses a folder that cannot be pushed here: it is pushed to another lake, or another machine has pushed the account since. A
 * push refuses it as well, but late.
 *
 * @since 0.1.0
 * @category reading
 */
export const refuseOther = Effect.fn("State.refuseOther")(
  function*({ account, out }: { readonly account: string | null; readonly out: string }) {
    const { place } = yield* ObjectStore
    const known = yield* Local.read(out)
    if (known === null) return
    if (known.place !== place) return yield* new OtherLake({ out, known: known.place, given: place })
    // A push of this folder that is not known to be done may be the newest.
    if (known.push !== null) return
    const newest = yield* Effect.flatMap(
      Manifests.prefixOf(account),
      (prefix) => Effect.flatMap(ObjectStore, (store) => Finding.newest(store, prefix, known.number))
    )
    if (newest > known.number) {
      return yield* new PushOvertaken({ place, account, out, known: known.number, found: newest })
    }
  },
  (effect): Effect.Effect<void, Damaged | OtherLake | PushOvertaken | StoreError, ObjectStore> => effect
)

/**
 * Pushes what was carried: of `Dataset.carry`, which holds the dataset meanwhile. Another push of this folder that was killed, or
 * whose answer was lost, is finished or recognised. A folder whose account was pushed by another one is refused.
 *
 * @since 0.1.0
 * @category pushing
 */
export const push = Effect.fn("State.push")(
  function*(options: { readonly account: string | null; readonly carried: Carried }) {
    return yield* Pushing.push({ ...options, store: yield* ObjectStore })
  },
  (effect): Effect.Effect<Pushed, PushError, ObjectStore | Disk> => effect
)

const reasonOf = (error: { readonly message: string }): string => error.message

/**
 * Makes the dataset of an account in a folder that is new or empty. Its published files stay in the lake until they are touched.
 *
 * @since 0.1.0
 * @category restoring
 */
export const restore = Effect.fn("State.restore")(
  function*({ account, out }: { readonly account: string | null; readonly out: string }) {
    const store = yield* ObjectStore
    const { place } = store
    const found = yield* latest(account)
    if (Option.isNone(found)) return yield* new NoState({ place, account })
    const manifest = found.value
    const { assemble } = yield* Restoring.make(store, manifest)
    yield* Restore.restore({
      out,
      place,
      id: manifest.dataset,
      files: manifest.files.map(({ bytes, key, path, sha256 }) => ({ path, bytes, sha256, name: key })),
      parts: manifest.own,
      download: ({ path }, to) =>
        Effect.catchIf(
          assemble(path, to),
          (error) => error._tag !== "DiskError",
          (error) => new FetchFailed({ place, name: path, reason: reasonOf(error) })
        ),
      lake: Local.encode({ place, account, dataset: manifest.dataset, number: manifest.number, push: null })
    })
    return manifest
  },
  (effect): Effect.Effect<Manifest, RestoreError, ObjectStore | Disk> => Effect.scoped(effect)
)

/**
 * Removes what only pushes name that others followed longer ago than this: their manifests and packs. Data files are removed by a
 * vacuum of the tables, which leaves those that are `named` here.
 *
 * @since 0.1.0
 * @category maintaining
 */
export const vacuum = Effect.fn("State.vacuum")(
  function*({ account, retention }: { readonly account: string | null; readonly retention: Duration.DurationInput }) {
    return yield* Vacuuming.vacuum(yield* ObjectStore, account, Duration.decode(retention))
  },
  (effect): Effect.Effect<Vacuumed, ReadError, ObjectStore> => effect
)

/**
 * Fetches the published files of a restored folder when they are touched.
 *
 * @since 0.1.0
 * @category layers
 */
export const elsewhere: Layer.Layer<Elsewhere, never, ObjectStore> = Layer.effect(
  Elsewhere,
  Effect.map(ObjectStore, (store) => ({
    download: ({ name }, to) =>
      Effect.asVoid(store.download(name, to)).pipe(
        Effect.catchIf(
          (error) => error._tag !== "DiskError",
          (error) => new FetchFailed({ place: store.place, name, reason: reasonOf(error) })
        )
      )
  }))
)
