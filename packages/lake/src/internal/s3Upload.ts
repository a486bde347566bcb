/** A large file in parts. Nothing is committed so: what stands at the key is replaced. */
import { ApiError, type Exchange, Retry } from "@trunkline/http"
import type { DiskError } from "@trunkline/parquet"
import { take } from "@trunkline/parquet/Disk"
import * as Chunk from "effect/Chunk"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { createHash } from "node:crypto"
import type { FileHandle } from "node:fs/promises"
import type { NoCredentials } from "../LakeError.js"
import type { Stored } from "../ObjectStore.js"
import { type Refusal, refusal } from "./s3Refusal.js"
import type { Parts } from "./s3Request.js"
import * as Xml from "./xml.js"

export type Failure = NoCredentials | Refusal | ApiError.Unreachable | ApiError.Undecodable

/** One request to the bucket, tried as often as is polite. */
export type Send = <A, E = never>(
  operation: string,
  parts: Parts,
  read: (answer: Exchange.Answer) => Effect.Effect<A, E, Scope.Scope>,
  failed?: (error: ApiError.ApiError) => void
) => Effect.Effect<A, E | Failure>

/** Parts that are on their way at once, and in memory. */
const atOnce = 3
/** S3 takes no more parts of one object. */
const mostParts = 10_000
const mebibyte = 1024 * 1024
const operation = "upload"

/** The document of an answer. Servers name it differently. */
const document = (answer: Exchange.Answer) =>
  Effect.gen(function*() {
    const text = new TextDecoder().decode(yield* answer.bytes(mebibyte))
    const root = Option.getOrUndefined(Xml.parse(text))
    if (root === undefined) return yield* missing(answer, "XML")
    if (root.name !== "Error") return root
    // The end of an upload may fail after the head of its answer was sent.
    const { requestId } = answer
    return yield* Effect.fail(
      refusal({ told: { operation: `ObjectStore.${operation}`, status: 500, requestId }, text })
    )
  })

const missing = (answer: Exchange.Answer, path: string) =>
  new ApiError.Undecodable({
    operation: `ObjectStore.${operation}`,
    reason: "shape",
    paths: [path],
    status: answer.status,
    requestId: answer.requestId
  })

const etagOf = (answer: Exchange.Answer) =>
  Effect.zipRight(
    answer.bytes(mebibyte),
    Effect.suspend(() => {
      const etag = answer.header("etag")
      return etag === undefined ? missing(answer, "etag") : Effect.succeed(etag)
    })
  )

/** The parts of a file from its beginning to its end. */
const partsOf = (handle: FileHandle, path: string, partSize: number): Stream.Stream<Uint8Array, DiskError> =>
  Stream.paginateChunkEffect(0, (from: number) =>
    Effect.map(
      take("inspect", path, async () => {
        const bytes = new Uint8Array(partSize)
        let length = 0
        while (length < partSize) {
          const { bytesRead } = await handle.read(bytes, length, partSize - length, from + length)
          if (bytesRead === 0) break
          length += bytesRead
        }
        return bytes.subarray(0, length)
      }),
      (bytes) => [
        bytes.length === 0 ? Chunk.empty() : Chunk.of(bytes),
        bytes.length < partSize ? Option.none() : Option.some(from + partSize)
      ]
    ))

export const uploadParts = (
  send: Send,
  file: {
    readonly handle: FileHandle
    /** For messages. */
    readonly path: string
    readonly key: string
    readonly size: number
    readonly partSize: number
  }
): Effect.Effect<Stored, Failure | DiskError> => {
  const { key } = file
  const partSize = Math.max(file.partSize, Math.ceil(file.size / mostParts / mebibyte) * mebibyte)

  const begin = send(
    operation,
    { method: "POST", key, query: { uploads: "" } },
    (answer) =>
      Effect.flatMap(document(answer), (root) => {
        const uploadId = Xml.textOf(root, "UploadId")
        return uploadId === undefined || uploadId === "" ? missing(answer, "UploadId") : Effect.succeed(uploadId)
      })
  )

  const store = (uploadId: string) =>
    Effect.gen(function*() {
      const hash = createHash("sha256")
      let bytes = 0
      let parts = 0
      const etags = yield* partsOf(file.handle, file.path, partSize).pipe(
        // In the order of the file, whichever part arrives first.
        Stream.map((body) => {
          hash.update(body)
          bytes += body.length
          return { body, partNumber: `${++parts}` }
        }),
        Stream.mapEffect(({ body, partNumber }) =>
          send(operation, { method: "PUT", key, query: { partNumber, uploadId }, body }, etagOf), {
          concurrency: atOnce
        }),
        Stream.runCollect
      )
      const listed = Chunk.toReadonlyArray(etags)
        .map((etag, index) =>
          `<Part><PartNumber>${index + 1}</PartNumber><ETag>${Xml.escaped(etag)}</ETag></Part>`
        )
        .join("")
      let isUnsure = false
      yield* send(
        operation,
        {
          method: "POST",
          key,
          query: { uploadId },
          body: new TextEncoder().encode(`<CompleteMultipartUpload>${listed}</CompleteMultipartUpload>`)
        },
        document,
        () => {
          isUnsure = true
        }
      ).pipe(
        // An earlier try ended the upload, and its answer was lost. The size and the number of parts are checked below.
        Effect.catchIf((error) => error._tag === "NotFound" && isUnsure, () => Effect.void)
      )
      yield* send(operation, { method: "HEAD", key }, (answer) =>
        answer.header("content-length") === `${bytes}` &&
          (!isUnsure || (answer.header("etag") ?? "").includes(`-${etags.length}`))
          ? Effect.void
          : missing(answer, "content-length"))
      return { bytes, sha256: hash.digest("hex") }
    })

  return Effect.acquireUseRelease(
    Effect.interruptible(begin),
    store,
    (uploadId, exit) =>
      exit._tag === "Success"
        ? Effect.void
        // Parts that nobody completes cost money.
        : send(operation, { method: "DELETE", key, query: { uploadId } }, () => Effect.void).pipe(
          Retry.atMost({ tries: 3, wait: Duration.seconds(1) }),
          Effect.ignoreLogged
        )
  )
}
