/** Where a lake is, as a flag or a configuration names it: `s3://bucket/prefix`, or the path of a folder. */
import * as Either from "effect/Either"
import { resolve } from "node:path"
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
  if (scheme === "") return Either.right({ _tag: "Folder", path: resolve(folder, text) })
  if (scheme.toLowerCase() !== "s3") {
    return refused("must be s3://bucket/prefix, or the path of a folder. Other stores are reached by their S3 endpoint")
  }
  const [bucket = "", ...prefix] = rest.replace(/\/+$/, "").split("/")
  return /^[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$/.test(bucket) && !prefix.includes("")
    ? Either.right({ _tag: "Bucket", bucket, prefix: prefix.join("/") })
    : refused("must be s3://bucket/prefix, with a bucket of 3 to 255 characters and no empty part")
}

/** Of the configuration; what it leaves out, the variables and profiles of AWS say. */
export interface Server {
  readonly endpoint: string | undefined
  readonly region: string | undefined
  readonly profile: string | undefined
}

/** As a person would write it. */
export const named = (place: Place): string =>
  place._tag === "Folder" ? place.path : `s3://${[place.bucket, place.prefix].filter((part) => part !== "").join("/")}`
