/** What a report is asked about, held against what the dataset has. */
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { InvalidParameter } from "../../AnalyticsError.js"
import type { Selection } from "../selection.js"

export interface Asked {
  readonly since?: DateTime.Utc | undefined
  readonly until?: DateTime.Utc | undefined
  readonly sources?: ReadonlyArray<string> | undefined
  readonly accounts?: ReadonlyArray<string> | undefined
  readonly organizations?: ReadonlyArray<string> | undefined
}

export interface Organization {
  readonly source: string
  readonly account: string | null
  readonly organizationId: string
  readonly name: string | null
}

/** How many names a message lists. */
const most = 8

/** An organisation is asked for by its id or its name, and two may share a name. */
const found = (known: ReadonlyArray<Organization>, asked: string) => {
  const word = asked.trim().toLowerCase()
  const byId = known.filter(({ organizationId }) => organizationId === asked.trim())
  return byId.length > 0 ? byId : known.filter(({ name }) => name?.trim().toLowerCase() === word)
}

const listed = (known: ReadonlyArray<Organization>): string => {
  const names = [...new Set(known.map(({ name, organizationId }) => name ?? organizationId))]
  return names.length === 0
    ? "it has none"
    : `it has ${names.slice(0, most).join(", ")}${names.length > most ? ` and ${names.length - most} more` : ""}`
}

export const resolve = (
  asked: Asked,
  known: ReadonlyArray<Organization>
): Effect.Effect<
  { readonly selection: Selection; readonly organizations: ReadonlyArray<Organization> | null },
  InvalidParameter
> =>
  Effect.gen(function*() {
    const { organizations = [], since, sources, until } = asked
    if (since !== undefined && until !== undefined && since.epochMillis >= until.epochMillis) {
      return yield* new InvalidParameter({
        parameter: "until",
        reason: "must be later than the beginning of the range"
      })
    }
    const chosen = yield* Effect.forEach(organizations, (name) => {
      const matching = found(known, name)
      return matching.length > 0 ? Effect.succeed(matching) : new InvalidParameter({
        parameter: "organization",
        reason: `the dataset has none of this id or name; ${listed(known)}`
      })
    })
    const all = chosen.length === 0 ? null : [...new Set(chosen.flat())]
    const of = all?.map(({ source }) => source)
    return {
      organizations: all,
      selection: {
        since: since ?? null,
        until: until ?? null,
        sources: of === undefined
          ? sources ?? null
          : [...new Set(of)].filter((source) => sources?.includes(source) ?? true),
        accounts: all === null ? asked.accounts ?? null : [...new Set(all.map(({ account }) => account))],
        organizations: all?.map(({ organizationId }) => organizationId) ?? null
      }
    }
  })
