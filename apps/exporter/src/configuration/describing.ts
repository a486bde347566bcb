/** What a configuration says of organisations, in the table that names them. */
import { Dimensions } from "@trunkline/calls"
import type { Sighting, Source } from "@trunkline/export/Source"
import * as Effect from "effect/Effect"
import type { Account } from "./Configuration.js"

/** The name and zone that the configuration gives an organisation win over those of the vendor. */
const described = ({ name: account, settings }: Account, sighting: Sighting): Sighting => {
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
      zone: own?.zone ?? settings.zone ?? row["zone"] ?? null
    }
  }
}

/** The source as it is read for an account. */
export const describing = (account: Account) => (source: Source): Source => ({
  ...source,
  seen: Effect.map(source.seen, (sightings) => sightings.map((one) => described(account, one)))
})
