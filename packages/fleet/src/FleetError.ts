/**
 * How a fleet can fail.
 *
 * @since 0.1.0
 */
import type { PersistenceError } from "@effect/cluster/ClusterError"
import { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"

/**
 * PostgreSQL cannot be reached, or refuses. The message never holds the URL, which may hold a password.
 *
 * @since 0.1.0
 * @category errors
 */
export class DatabaseFailed extends Schema.TaggedError<DatabaseFailed>("@trunkline/fleet/FleetError/DatabaseFailed")(
  "DatabaseFailed",
  {
    /** That of PostgreSQL or of the system, such as `28P01` or `ECONNREFUSED`. */
    code: Schema.String
  }
) {
  override get message(): string {
    return `PostgreSQL: ${words[this.code] ?? `failed (${this.code})`}`
  }
}

const words: { readonly [code: string]: string } = {
  ECONNREFUSED: "nothing listens at the address of the database (ECONNREFUSED)",
  ENOTFOUND: "the host of the database is unknown (ENOTFOUND)",
  TIMEOUT: "does not answer",
  "08P01": "a pooler on the way refuses the settings of a session (08P01)",
  "28P01": "refuses the password (28P01)",
  "28000": "refuses the user (28000)",
  "3D000": "has no database of that name (3D000)",
  "42501": "the user may not make tables in this database (42501)",
  "53300": "has no connection left (53300)",
  "42704": "is older than version 14 (42704)"
}

const codeOf = (value: unknown): string =>
  Predicate.hasProperty(value, "code") && Predicate.isString(value.code)
    ? value.code
    : Predicate.hasProperty(value, "errors") && Array.isArray(value.errors) && value.errors.length > 0
    ? codeOf(value.errors[0])
    : Predicate.hasProperty(value, "cause")
    ? codeOf(value.cause)
    : Predicate.hasProperty(value, "message") && /tim(?:ed|e) ?out/i.test(String(value.message))
    ? "TIMEOUT"
    : "UNKNOWN"

/** @since 0.1.0 */
export const ofSql = (error: SqlError | PersistenceError): DatabaseFailed => new DatabaseFailed({ code: codeOf(error) })

/**
 * The engine dies where PostgreSQL fails while it begins. This fails with that failure.
 *
 * @since 0.1.0
 */
export const refusing = <A, R>(begun: Effect.Effect<A, SqlError, R>): Effect.Effect<A, DatabaseFailed, R> =>
  begun.pipe(
    Effect.catchSomeDefect((defect) => defect instanceof SqlError ? Option.some(Effect.fail(defect)) : Option.none()),
    Effect.mapError(ofSql)
  )
