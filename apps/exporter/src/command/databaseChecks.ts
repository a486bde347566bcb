/** What `trunkline doctor` says of the database of a fleet. */
import { Database as FleetDatabase } from "@trunkline/fleet"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as Database from "../Database.js"
import type { Environment } from "../Environment.js"
import * as Checks from "./checks.js"

export const ofDatabase = (flag: Option.Option<string>, environment: Environment) =>
  Effect.gen(function*() {
    const url = yield* Database.url(flag, environment)
    const { isElsewhere, text } = Database.place(url)
    const { isEncrypted, isPrepared, mayMakeTables, version } = yield* Effect.provide(
      FleetDatabase.inspect,
      FleetDatabase.layer({ url, name: "trunkline doctor" })
    )
    return [
      mayMakeTables
        ? Checks.ok(
          "database",
          `PostgreSQL ${version} at ${text} answers${isPrepared ? "" : "; the first worker makes its tables"}`
        )
        : Checks.fail(
          "database",
          2,
          `PostgreSQL ${version} at ${text} does not let this user make tables and work on them`,
          "Make the user the owner of the database and of its tables"
        ),
      ...isEncrypted || !isElsewhere
        ? []
        : [
          Checks.warn(
            "database connection",
            "is not encrypted",
            "Add ?sslmode=verify-full to the URL, where the network is not your own"
          )
        ]
    ]
  }).pipe(Effect.catchAll((error) => Effect.succeed([Checks.failed("database", error)])))
