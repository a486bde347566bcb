/** What a configuration says of organisations, in the table that names them. */
import { Dimensions } from "@trunkline/calls"
import type { Sighting, Source } from "@trunkline/export/Source"
import * as Effect from "effect/Effect"
import { type Account, days, daysOf } from "./Document.js"

/** What is said of the organisations of an account. */
export interface Described {
  /** Null without a configuration. */
  readonly name: string | null
  readonly settings: Pick<Account, "name" | "zone" | "hours" | "organizations">
}

/** Hours as `{"mon":["08:00-12:00"],…,"sun":[]}`: all days, whichever a configuration names. */
const written = (hours: Account["hours"]): string | null => {
  if (hours === undefined) return null
  const named = Object.entries(hours).flatMap(([key, ranges]) => daysOf(key).map((day) => [day, ranges] as const))
  return JSON.stringify(Object.fromEntries([...days.map((day) => [day, []] as const), ...named]))
}

/** The name, zone and hours that the configuration gives an organisation win over those of the vendor. */
const described = ({ name: account, settings }: Described, sighting: Sighting): Sighting => {
  const { row, table } = sighting
  if (table.name !== Dimensions.organizations.name) return sighting
  const own = settings.organizations?.[row["organization_id"] ?? ""]
  return {
    ...sighting,
    row: {
      ...row,
      account,
      // An account of many organisations gives its own name to none that has one.
      name: own?.name ?? row["name"] ?? settings.name ?? null,
      zone: own?.zone ?? settings.zone ?? row["zone"] ?? null,
      hours: written(own?.hours ?? settings.hours)
    }
  }
}

/** The source as it is read for an account. */
export const describing = (account: Described) => (source: Source): Source => ({
  ...source,
  seen: Effect.map(source.seen, (sightings) => sightings.map((one) => described(account, one)))
})
