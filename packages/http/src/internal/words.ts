/** Which words of an answer an error may show: neither a phone number nor prose nor the key. */
import * as Redacted from "effect/Redacted"

export interface Words {
  /** A word of the body that may be shown. */
  readonly word: (value: unknown) => string | undefined
  /** The same for an id, which may hold a long run of digits. */
  readonly id: (value: unknown) => string | undefined
  /** A sentence of the body, which may not be shown. */
  readonly prose: (value: unknown) => Redacted.Redacted | undefined
}

/** Seven digits, whatever stands between them. */
const phoneLike = /(?:\d[-./:_]?){7}/
/** Ids that hold many digits and cannot be numbers: Allo's own, and UUIDs. */
const generated = /^(?:req_[a-z0-9]{12}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i

export const wordReader = (authorization: Redacted.Redacted): Words => {
  // The scheme is no secret; what follows it is.
  const key = Redacted.value(authorization).split(" ").at(-1) ?? ""
  const plain = (value: unknown): value is string =>
    typeof value === "string" && /^[\w.:/#[\]-]{1,300}$/.test(value) && !value.includes(key)
  const word: Words["word"] = (value) => plain(value) && !phoneLike.test(value) ? value : undefined
  return {
    word,
    id: (value) => plain(value) && generated.test(value) ? value : word(value),
    prose: (value) => typeof value === "string" && value.length > 0 ? Redacted.make(value) : undefined
  }
}
