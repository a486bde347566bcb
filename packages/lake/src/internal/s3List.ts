/** One page of ListObjectsV2. */
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { Listed } from "../ObjectStore.js"
import * as Xml from "./xml.js"

export interface ListPage {
  readonly objects: ReadonlyArray<Listed>
  /** Where the next page begins; nothing after the last one. */
  readonly next: string | undefined
}

/** S3 writes a space as `+`, and a plus sign as `%2B`. */
const unescaped = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text.replaceAll("+", " "))
  } catch {
    return undefined
  }
}

/** The page, or the paths where the document differs from what is expected. */
export const readPage = (document: string): Either.Either<ListPage, ReadonlyArray<string>> => {
  const root = Option.getOrUndefined(Xml.parse(document))
  if (root?.name !== "ListBucketResult") return Either.left(["ListBucketResult"])
  const isEscaped = Xml.textOf(root, "EncodingType") === "url"
  const objects: Array<Listed> = []
  for (const [index, element] of Xml.all(root, "Contents").entries()) {
    const at = `Contents[${index}]`
    const written = Xml.textOf(element, "Key")
    const key = written === undefined || !isEscaped ? written : unescaped(written)
    const size = Xml.textOf(element, "Size")
    const modified = Xml.textOf(element, "LastModified")
    const modifiedAt = modified === undefined ? Option.none() : DateTime.make(modified)
    if (key === undefined) return Either.left([`${at}.Key`])
    if (size === undefined || !/^\d{1,15}$/.test(size)) return Either.left([`${at}.Size`])
    if (Option.isNone(modifiedAt)) return Either.left([`${at}.LastModified`])
    objects.push({ key, bytes: Number(size), modifiedAt: DateTime.toUtc(modifiedAt.value) })
  }
  const truncated = Xml.textOf(root, "IsTruncated")
  if (truncated !== "true") {
    return truncated === "false"
      ? Either.right({ objects, next: undefined })
      : Either.left(["IsTruncated"])
  }
  const next = Xml.textOf(root, "NextContinuationToken")
  return next === undefined || next === "" ? Either.left(["NextContinuationToken"]) : Either.right({ objects, next })
}
