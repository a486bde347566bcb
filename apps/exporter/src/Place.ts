/** Where a lake is, as a flag or a configuration names it: `s3://bucket/prefix`, or the path of a folder. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as fs from "node:fs/promises"
import { basename, dirname, join, resolve, sep } from "node:path"
import { InvalidFlag } from "./command/values.js"

export type Place =
  | { readonly _tag: "Folder"; readonly path: string }
  | { readonly _tag: "Bucket"; readonly bucket: string; readonly prefix: string }

/** A path is seen from `folder`. */
export const place = (
  { flag, folder, text }: { readonly flag: string; readonly text: string; readonly folder: string }
): Either.Either<Place, InvalidFlag> => {
  const [, scheme = "", rest = ""] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(text) ?? []
  const refused = (reason: string) => Either.left(new InvalidFlag({ flag, reason }))
  if (text.trim() === "") return refused("must be s3://bucket/prefix, or the path of a folder")
  // A path with one slash is what a lost slash makes of a URL.
  if (/^s3:/i.test(text) && scheme === "") return refused("must be s3://bucket/prefix, with two slashes")
  if (scheme === "") return Either.right({ _tag: "Folder", path: resolve(folder, text) })
  if (scheme.toLowerCase() !== "s3") {
    return refused("must be s3://bucket/prefix, or the path of a folder. Other stores are reached by their S3 endpoint")
  }
  const [bucket = "", ...prefix] = rest.replace(/\/+$/, "").split("/")
  return /^[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$/.test(bucket) && !prefix.includes("") && !/[?#\s]/.test(rest)
    ? Either.right({ _tag: "Bucket", bucket, prefix: prefix.join("/") })
    : refused("must be s3://bucket/prefix, with a bucket of 3 to 255 characters and no empty part, space, ? or #")
}

/** Of the configuration; what it leaves out, the variables and profiles of AWS say. */
export interface Server {
  readonly endpoint: string | undefined
  readonly region: string | undefined
  readonly profile: string | undefined
  /** Whether calls and keys may go to another machine over plain http. */
  readonly allowHttp: boolean
}

/** As a person would write it. */
export const named = (place: Place): string =>
  place._tag === "Folder" ? place.path : `s3://${[place.bucket, place.prefix].filter((part) => part !== "").join("/")}`

/** A path with the links of its folders followed, also where its last parts are still to be made. */
const followed = (path: string): Effect.Effect<string> =>
  Effect.tryPromise(() => fs.realpath(path)).pipe(
    Effect.catchAll(() =>
      dirname(path) === path
        ? Effect.succeed(path)
        : Effect.map(followed(dirname(path)), (folder) => join(folder, basename(path)))
    )
  )

const holds = (folder: string, path: string): boolean =>
  path === folder || path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`)

/** Whether one of them lies in the other: a dataset would take files of the lake for its own, or the lake those of the dataset. */
export const overlaps = (place: Place, out: string): Effect.Effect<boolean> =>
  place._tag === "Bucket"
    ? Effect.succeed(false)
    : Effect.map(
      Effect.all([followed(place.path), followed(resolve(out))]),
      ([lake, out]) => holds(out, lake) || holds(lake, out)
    )
