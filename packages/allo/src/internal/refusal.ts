/** Turns what Allo refuses with into the shared vocabulary: the v2 envelope, the flat v1 body, HTML and nothing at all. */
import { type ApiClient, ApiError, Retry, Wire } from "@trunkline/http"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import type { AlloRefusal } from "../AlloError.js"
import { codes } from "./codes.js"

const Field = Wire.record(Schema.Struct({
  field: Wire.maybe(Schema.String),
  code: Wire.maybe(Schema.String),
  message: Wire.maybe(Schema.String)
}))

/** Both envelopes at once: v2 says more, v1 has `details` where v2 has `errors`. */
const Body = Wire.record(Schema.Struct({
  type: Wire.maybe(Schema.String),
  code: Wire.maybe(Schema.String),
  message: Wire.maybe(Schema.String),
  retryable: Wire.maybe(Wire.flag),
  requestId: Wire.maybe(Schema.String).pipe(Schema.fromKey("request_id")),
  docUrl: Wire.maybe(Schema.String).pipe(Schema.fromKey("doc_url")),
  param: Wire.maybe(Schema.String),
  suggestion: Wire.maybe(Schema.String),
  errors: Wire.list(Field),
  details: Wire.list(Field),
  retryAfterSeconds: Wire.maybe(Wire.quantity).pipe(Schema.fromKey("retry_after_seconds"))
}))

const readBody = Schema.decodeUnknownEither(Body)
const readEnvelope = Schema.decodeUnknownEither(Wire.record(Schema.Struct({ error: Body })))

/** `limit=1000;type=DAILY;reset_in=3600`, as v1 writes its quota, and `required=SCOPE`, its missing scope. */
const detail = (fields: ReadonlyArray<Schema.Schema.Type<typeof Field>>, name: string): string | undefined => {
  const pairs = fields.flatMap(({ message }) => (message ?? "").split(";"))
  return pairs.map((pair) => pair.trim()).find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1)
}

export const refusal = ({ body, id, prose, told, word }: ApiClient.Refused): AlloRefusal => {
  const envelope = readEnvelope(body)
  const read = Either.isRight(envelope) ? Either.right(envelope.right.error) : readBody(body)
  const byStatus = ApiError.tagOfStatus(told.status) ?? "Invalid"
  if (Either.isLeft(read)) return ApiError.refuse(byStatus, told)

  const said = read.right
  const code = word(said.code)
  const meaning = code === undefined ? undefined : codes.get(code.toUpperCase())
  const fields = [...said.errors, ...said.details]
  const scope = meaning?.tag === "Forbidden" ? word(detail(fields, "required")) : undefined
  const resetIn = detail(fields, "reset_in")
  return ApiError.refuse(meaning?.tag ?? byStatus, {
    ...told,
    type: word(said.type),
    code,
    retryable: said.retryable ?? undefined,
    requestId: id(said.requestId) ?? told.requestId,
    docUrl: word(said.docUrl),
    param: word(said.param),
    fieldErrors: fields.map((field) => ({
      field: word(field.field) ?? "(unnamed)",
      code: word(field.code),
      detail: prose(field.message)
    })),
    retryAfter: told.retryAfter ?? Retry.seconds(said.retryAfterSeconds ?? undefined) ??
      Retry.seconds(resetIn === undefined ? undefined : Number(resetIn)),
    advice: scope === undefined ? meaning?.advice : `Give the key the scope ${scope}`,
    detail: prose(said.message),
    suggestion: prose(said.suggestion)
  })
}
