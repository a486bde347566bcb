/** Who and what the records of a source show: each once, and once more when a record says more of it, or something newer. */
import { Dimensions } from "@trunkline/calls"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type { Sighting } from "../Source.js"

type Row = Sighting["row"]

/** The columns of a call or message that name something. A message has no organisation of its own. */
export interface Shown {
  readonly agent_id: string | null
  readonly agent_name: string | null
  readonly agent_email: string | null
  readonly line_number: string | null
  readonly tags: ReadonlyArray<string>
}

export interface Sightings {
  readonly organization: (
    organization: { readonly id: string; readonly name: string | null; readonly zone: string | null }
  ) => void
  readonly line: (
    line: { readonly number: string; readonly name: string | null; readonly organizationId: string | null }
  ) => void
  /** `asOf` is when the call began or the message was sent: of two names the newer one counts, whichever is read last. */
  readonly shown: (shown: Shown, organizationId: string | null, asOf: DateTime.Utc) => void
  /** What was met since this was asked last. */
  readonly take: Effect.Effect<ReadonlyArray<Sighting>>
}

/** What is known in one column, and as of when. A list of the vendor is as of now. */
interface Known {
  value: string
  asOf: number
}

/** Remembers what a row says. Records are many, and what they show is mostly known: returns whether anything is new. */
const learn = (known: Map<string, Known>, row: Row, asOf: number): boolean => {
  let isNew = false
  for (const name in row) {
    const value = row[name]
    if (value === null || value === undefined) continue
    const before = known.get(name)
    if (before === undefined) {
      known.set(name, { value, asOf })
      isNew = true
    } else if (asOf >= before.asOf) {
      before.asOf = asOf
      isNew ||= value !== before.value
      before.value = value
    }
  }
  return isNew
}

export const make = (): Sightings => {
  let fresh: Array<Sighting> = []
  const remembering = (table: Sighting["table"]) => {
    const known = new Map<string, Map<string, Known>>()
    return (key: string, row: Row, asOf?: DateTime.Utc): void => {
      let columns = known.get(key)
      if (columns === undefined) {
        columns = new Map()
        known.set(key, columns)
      }
      if (learn(columns, row, asOf?.epochMillis ?? Infinity)) fresh.push({ table, row, asOf })
    }
  }
  const organizations = remembering(Dimensions.organizations)
  const agents = remembering(Dimensions.agents)
  const lines = remembering(Dimensions.lines)
  const tags = remembering(Dimensions.tags)
  return {
    organization: ({ id, name, zone }) => organizations(id, { organization_id: id, name, zone }),
    line: ({ name, number, organizationId }) => lines(number, { number, name, organization_id: organizationId }),
    shown: ({ agent_email, agent_id, agent_name, line_number, tags: named }, organization_id, asOf) => {
      if (agent_id !== null && agent_id !== "") {
        agents(agent_id, { agent_id, name: agent_name, email: agent_email, organization_id }, asOf)
      }
      if (line_number !== null && line_number !== "") {
        lines(line_number, { number: line_number, name: null, organization_id }, asOf)
      }
      for (const tag of named) if (tag !== "") tags(tag, { tag }, asOf)
    },
    take: Effect.sync(() => {
      const taken = fresh
      fresh = []
      return taken
    })
  }
}
