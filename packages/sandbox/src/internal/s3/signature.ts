/** Checks the signature of a request (AWS Signature Version 4, in the header), as its documents describe it. */
import { createHash, createHmac, timingSafeEqual } from "node:crypto"
import { headerOf, type Received } from "../Reply.js"

export interface Signer {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string | undefined
  readonly region: string
}

export type BadSignature =
  | "AccessDenied"
  | "AuthorizationHeaderMalformed"
  | "InvalidAccessKeyId"
  | "InvalidToken"
  | "MissingSecurityHeader"
  | "NotImplemented"
  | "RequestTimeTooSkewed"
  | "SignatureDoesNotMatch"
  | "XAmzContentSHA256Mismatch"

const sha256 = (some: string | Uint8Array): string => createHash("sha256").update(some).digest("hex")
const hmac = (key: string | Uint8Array, text: string): Buffer => createHmac("sha256", key).update(text, "utf8").digest()

const encode = (text: string): string =>
  [...Buffer.from(text, "utf8")].map((byte) => {
    const character = String.fromCharCode(byte)
    return /[A-Za-z0-9\-._~]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`
  }).join("")

export const decode = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** The parameters of an address, decoded. */
export const parametersOf = (url: string): ReadonlyArray<readonly [name: string, value: string]> => {
  const query = /\?([^#]*)/.exec(url)?.[1] ?? ""
  return query.split("&").filter((pair) => pair !== "").map((pair) => {
    const at = pair.indexOf("=")
    const [name, value] = at < 0 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)]
    return [decode(name.replaceAll("+", " ")) ?? name, decode(value.replaceAll("+", " ")) ?? value]
  })
}

const canonicalQuery = (url: string): string =>
  parametersOf(url)
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .toSorted((one, other) => one < other ? -1 : one > other ? 1 : 0)
    .join("&")

const millisOf = (date: string): number => {
  const found = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date)
  return found === null ? Number.NaN : Date.parse(date.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, "$1-$2-$3T$4:$5:$6Z"))
}

const quarter = 15 * 60 * 1000

/** Why the request is refused; nothing if it is signed as it should be. */
export const refuseSignature = (
  { body, headers, method, url }: Received & { readonly body: Uint8Array },
  signer: Signer,
  now: number
): BadSignature | undefined => {
  const header = (name: string) => headerOf({ headers }, name)
  const authorization = header("authorization")
  if (authorization === null) return "AccessDenied"
  const parts =
    /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\/(\d{8})\/([^/,\s]+)\/s3\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/
      .exec(authorization)
  if (parts === null) return "AuthorizationHeaderMalformed"
  const [, id = "", day = "", region = "", names = "", signature = ""] = parts
  const date = header("x-amz-date") ?? ""
  const payload = header("x-amz-content-sha256")
  if (id !== signer.accessKeyId) return "InvalidAccessKeyId"
  if (region !== signer.region || !date.startsWith(day)) return "AuthorizationHeaderMalformed"
  if (!(Math.abs(millisOf(date) - now) <= quarter)) return "RequestTimeTooSkewed"
  if (payload === null) return "MissingSecurityHeader"
  // Rust's object_store, which engines read with, sends an empty token where it has none.
  if ((header("x-amz-security-token") || undefined) !== signer.sessionToken) return "InvalidToken"
  if (payload.startsWith("STREAMING-")) return "NotImplemented"

  const signed = names.split(";")
  const needed = ["host", ...Object.keys(headers).filter((name) => name.startsWith("x-amz-"))]
  if (!needed.every((name) => signed.includes(name))) return "SignatureDoesNotMatch"
  const path = decode(url.replace(/[?#].*$/, ""))
  if (path === undefined) return "SignatureDoesNotMatch"
  const canonical = [
    method,
    path.split("/").map(encode).join("/"),
    canonicalQuery(url),
    ...signed.map((name) => `${name}:${(header(name) ?? "").trim().replace(/ +/g, " ")}`),
    "",
    names,
    payload
  ].join("\n")
  const scope = `${day}/${region}/s3/aws4_request`
  const key = ["s3", "aws4_request"].reduce(hmac, hmac(hmac(`AWS4${signer.secretAccessKey}`, day), region))
  const expected = hmac(key, `AWS4-HMAC-SHA256\n${date}\n${scope}\n${sha256(canonical)}`)
  if (!timingSafeEqual(expected, Buffer.from(signature, "hex"))) return "SignatureDoesNotMatch"
  return payload === "UNSIGNED-PAYLOAD" || payload === sha256(body) ? undefined : "XAmzContentSHA256Mismatch"
}
