/**
 * Where a lake keeps its objects: a bucket, or a folder with the same contract.
 *
 * A key is relative to the place of the store. The contract is what S3 keeps today: an object is there whole or not at
 * all, whoever reads after a write sees it, and a list shows what is there.
 *
 * @since 0.1.0
 */
import type { ApiError } from "@trunkline/http"
import type { DiskError } from "@trunkline/parquet/Disk"
import type { WholeFileError } from "@trunkline/parquet/WholeFile"
import * as Context from "effect/Context"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { BadKey, NoCredentials, ObjectExists, ObjectMissing, TooLarge, UnsafeStore } from "./LakeError.js"

/**
 * Why a store did not do what was asked, whatever the object.
 *
 * @since 0.1.0
 * @category errors
 */
export type StoreError =
  | Exclude<ApiError.ApiError, ApiError.NotFound | ApiError.QuotaExceeded>
  | DiskError
  | WholeFileError
  | BadKey
  | NoCredentials
  | UnsafeStore

/**
 * @since 0.1.0
 * @category models
 */
export interface Listed {
  readonly key: string
  readonly bytes: number
  readonly modifiedAt: DateTime.Utc
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Stored {
  readonly bytes: number
  /** Of the whole object, in hexadecimal. */
  readonly sha256: string
}

/**
 * The largest object that `read` holds in memory unless told otherwise: 64 MiB.
 *
 * @since 0.1.0
 * @category bounds
 */
export const readLimit = 64 * 1024 * 1024

/**
 * A range of other numbers is a bug of the caller.
 *
 * @since 0.1.0
 * @category bounds
 */
export const checkRange = (range: { readonly from: number; readonly bytes: number }): Effect.Effect<void> =>
  [range.from, range.bytes].every((value) => Number.isSafeInteger(value) && value >= 0)
    ? Effect.void
    : Effect.dieMessage("ObjectStore.range: from and bytes are whole numbers of at least 0")

/**
 * @since 0.1.0
 * @category services
 */
export interface Service {
  /** For messages: `s3://bucket/prefix`, or the path of a folder. It holds no secret. */
  readonly place: string
  /** The whole object. One of more than `limit` bytes (64 MiB unless told otherwise) is not read. */
  readonly read: (
    key: string,
    options?: { readonly limit?: number | undefined }
  ) => Effect.Effect<Uint8Array, ObjectMissing | TooLarge | StoreError>
  /** So many bytes from there on; fewer where the object ends. */
  readonly range: (
    key: string,
    range: { readonly from: number; readonly bytes: number }
  ) => Effect.Effect<Uint8Array, ObjectMissing | StoreError>
  /** Into a file that stands under its name only once it is whole, and synced. Memory does not grow with the object. */
  readonly download: (key: string, path: string) => Effect.Effect<Stored, ObjectMissing | StoreError>
  /** Replaces what is there. */
  readonly put: (key: string, bytes: Uint8Array) => Effect.Effect<void, StoreError>
  /**
   * The only commit: of any number of writers of one key, one succeeds. Where an answer was lost, the bytes tell whose
   * object it is, so no two writers may write the same ones: give each its own id.
   */
  readonly putIfAbsent: (key: string, bytes: Uint8Array) => Effect.Effect<void, ObjectExists | StoreError>
  /** A file from the disk, in parts where it is large; memory does not grow with it. Replaces what is there. */
  readonly upload: (key: string, path: string) => Effect.Effect<Stored, StoreError>
  /** What begins so, in the order of keys (by their UTF-8 bytes); after a key, if one is given. */
  readonly list: (
    prefix: string,
    options?: { readonly after?: string | undefined }
  ) => Stream.Stream<Listed, StoreError>
  /** It is no failure if nothing is there. */
  readonly remove: (key: string) => Effect.Effect<void, StoreError>
}

/**
 * @since 0.1.0
 * @category services
 */
export class ObjectStore extends Context.Tag("@trunkline/lake/ObjectStore")<ObjectStore, Service>() {}
