/** Turns what Allomia refuses with into the shared vocabulary: a sentence, and perhaps the fields it is about. */
import { type ApiClient, ApiError, Wire } from "@trunkline/http"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import type { AllomiaRefusal } from "../AllomiaError.js"

const Body = Wire.record(Schema.Struct({
  error: Wire.maybe(Schema.String),
  details: Wire.list(Wire.record(Schema.Struct({
    field: Wire.maybe(Schema.String),
    code: Wire.maybe(Schema.String),
    message: Wire.maybe(Schema.String)
  })))
}))

const readBody = Schema.decodeUnknownEither(Body)

const advices: { readonly [Tag in AllomiaRefusal["_tag"]]: string } = {
  Unauthorized: "Check the key: a tenant key, or a key of this very organisation",
  Forbidden: "Use a key that may do this: some endpoints take a tenant key only",
  NotFound: "Check the ids: of the organisation first, then of the call",
  Invalid: "Correct the named fields",
  Conflict: "Read it again before deciding",
  RateLimited: "Send fewer requests a second with this key",
  PaymentRequired: "Put the account in order",
  ServerFault: "Try again later"
}

export const refusal = ({ body, prose, told, word }: ApiClient.Refused): AllomiaRefusal => {
  const tag = ApiError.tagOfStatus(told.status) ?? "Invalid"
  const said = Either.getOrUndefined(readBody(body))
  const fields = (said?.details ?? []).map((detail) => ({
    field: word(detail.field) ?? "(unnamed)",
    code: word(detail.code),
    detail: prose(detail.message)
  }))
  return ApiError.refuse(tag, {
    ...told,
    code: fields[0]?.code,
    param: fields[0]?.field,
    fieldErrors: fields,
    advice: advices[tag],
    detail: prose(said?.error)
  })
}
