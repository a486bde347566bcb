/** What a vendor wrote in prose: for the program that asked, and in no encoding. */
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

/** An optional field that is left out when it is encoded: a number that travels is a number that leaks. */
export const prose = Schema.optionalToOptional(
  Schema.String,
  Schema.UndefinedOr(Schema.RedactedFromSelf(Schema.String)),
  { decode: Option.map((text) => Redacted.make(text)), encode: () => Option.none() }
)
