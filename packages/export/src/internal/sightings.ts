/** Who and what the records of a source show: each once, and once more when more is known of it. */
import { Dimensions } from "@trunkline/calls"
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
  readonly shown: (shown: Shown, organizationId: string | null) => void
  /** What was met since this was asked last. */
  readonly take: Effect.Effect<ReadonlyArray<Sighting>>
}

/** Whether a row says something that the other does not. Records are many, and what they show is mostly known. */
const saysMore = (row: Row, known: Row): boolean => {
  for (const name in row) {
    const value = row[name]
    if (value !== null && value !== known[name]) return true
  }
  return false
}

export const make = (): Sightings => {
  let fresh: Array<Sighting> = []
  const remembering = (table: Sighting["table"]) => {
    const known = new Map<string, Row>()
    return (key: string, row: Row): void => {
      const before = known.get(key)
      if (before !== undefined && !saysMore(row, before)) return
      known.set(key, before === undefined ? row : { ...before, ...row })
      fresh.push({ table, row })
    }
  }
  const organizations = remembering(Dimensions.organizations)
  const agents = remembering(Dimensions.agents)
  const lines = remembering(Dimensions.lines)
  const tags = remembering(Dimensions.tags)
  const line: Sightings["line"] = ({ name, number, organizationId }) =>
    lines(number, { number, name, organization_id: organizationId })
  return {
    organization: ({ id, name, zone }) => organizations(id, { organization_id: id, name, zone }),
    line,
    shown: (shown, organizationId) => {
      const { agent_email, agent_id, agent_name, line_number } = shown
      if (agent_id !== null && agent_id !== "") {
        agents(agent_id, { agent_id, name: agent_name, email: agent_email, organization_id: organizationId })
      }
      if (line_number !== null && line_number !== "") line({ number: line_number, name: null, organizationId })
      for (const tag of shown.tags) if (tag !== "") tags(tag, { tag })
    },
    take: Effect.sync(() => {
      const taken = fresh
      fresh = []
      return taken
    })
  }
}
