/** Which keys a store takes: those that every store, every file system and every reader of Delta understands alike. */
import { WholeFile } from "@trunkline/parquet"
import * as Effect from "effect/Effect"
import { BadKey } from "../LakeError.js"

/** In bytes of UTF-8: what S3 takes. */
export const longestKey = 1024
/** In bytes of UTF-8: the longest name in a folder. */
export const longestSegment = 255

const bytesOf = (text: string): number => Buffer.byteLength(text, "utf8")

const wrongText = (text: string): string | undefined => {
  if (/\p{Surrogate}/u.test(text)) return "half a character stands in it"
  if (/[\p{Cc}\u2028\u2029]/u.test(text)) return "a control character stands in it"
  if (text.includes("\\")) return "a backslash stands in it"
  return bytesOf(text) > longestKey ? `it is longer than ${longestKey} bytes` : undefined
}

const wrongSegment = (segment: string): string | undefined => {
  if (segment === "") return "a segment is empty"
  if (segment === "." || segment === "..") return `a segment is ${segment}`
  if (bytesOf(segment) > longestSegment) return `a segment is longer than ${longestSegment} bytes`
  return WholeFile.isTemporary(segment) ? "it is the name of a temporary file" : undefined
}

const wrongKey = (key: string): string | undefined =>
  wrongText(key) ?? key.split("/").map(wrongSegment).find((wrong) => wrong !== undefined)

/** The last segment of a prefix may be the beginning of any name, so only the segments before it are whole. */
const wrongPrefix = (prefix: string): string | undefined =>
  wrongText(prefix) ?? prefix.split("/").slice(0, -1).map(wrongSegment).find((wrong) => wrong !== undefined)

const checked = (text: string, reason: string | undefined): Effect.Effect<string, BadKey> =>
  reason === undefined ? Effect.succeed(text) : Effect.fail(new BadKey({ key: text, reason }))

export const isKey = (text: string): boolean => wrongKey(text) === undefined

/** The key, if it is one. */
export const checkKey = (key: string): Effect.Effect<string, BadKey> => checked(key, wrongKey(key))

/** The text, if a key can begin with it: a prefix of a list, or the place in a list to go on after. */
export const checkPrefix = (prefix: string): Effect.Effect<string, BadKey> => checked(prefix, wrongPrefix(prefix))

/** Below these, units of UTF-16 are in the order of the bytes of UTF-8. */
const firstSurrogate = 0xd800

/** The order of keys in a list: by their bytes of UTF-8. */
export const byBytes = (one: string, other: string): number => {
  const length = Math.min(one.length, other.length)
  for (let at = 0; at < length; at++) {
    const [left, right] = [one.charCodeAt(at), other.charCodeAt(at)]
    if (left === right) continue
    return Math.max(left, right) < firstSurrogate
      ? left - right
      : Buffer.compare(Buffer.from(one), Buffer.from(other))
  }
  return one.length - other.length
}
