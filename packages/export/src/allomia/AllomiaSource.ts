/**
 * Allomia as a source of the engine: the calls of each organisation that the key opens.
 *
 * @since 0.1.0
 */
import { AllomiaClient, Calls, Organizations } from "@trunkline/allomia"
import { ApiError } from "@trunkline/http"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Sightings from "../internal/sightings.js"
import * as Walk from "../internal/walk.js"
import * as Planning from "../Planning.js"
import { type Lane, Progress } from "../Progress.js"
import type { Connected, ScopeName, Source } from "../Source.js"
import * as Lists from "./Calls.js"

const name = "allomia"

/**
 * The list by which this source is certified.
 *
 * @since 0.1.0
 * @category constants
 */
export const certified = { stream: Lists.stream, grain: Lists.grain }

/**
 * Of these organisations only. With none, it reads every organisation that the key opens.
 *
 * @since 0.1.0
 * @category constructors
 */
export const ofOrganizations = (
  organizationIds: ReadonlyArray<string>
): Effect.Effect<Source, never, AllomiaClient> =>
  Effect.gen(function*() {
    const client = yield* AllomiaClient
    const calls = yield* Calls
    const organizations = yield* Organizations
    const sightings = Sightings.make()
    const lane: Lane = { name, perSecond: client.requestsPerSecond }

    const first = (organizationId: string) => calls.list({ organizationId, limit: 1 })

    const scopeOf = (organizationId: string, deleted = false): ScopeName => ({
      scope: organizationId,
      stream: Lists.stream,
      grain: Lists.grain,
      as: null,
      deleted,
      connect: Effect.gen(function*() {
        const { heard } = yield* Planning.Planning
        const { answeredAt } = yield* Planning.connect(first(organizationId))
        yield* heard
        const identity = { source: name, scope: organizationId }
        sightings.organization({ id: organizationId, name: null, zone: null })
        const options: Lists.Options = {
          calls,
          sightings,
          lane,
          scope: identity
        }
        const scope: Connected = {
          ...identity,
          answeredAt,
          list: Lists.list(options),
          details: Lists.details(options),
          feeds: null,
          histories: null
        }
        return scope
      })
    })

    const listed = Effect.gen(function*() {
      const read = yield* Planning.names(lane)
      const deleted = new Set<string>()
      const { doubt, passes } = yield* Walk.open({
        page: (cursor) =>
          read(
            cursor,
            Effect.map(organizations.list({ page: typeof cursor === "number" ? cursor : 1, limit: 100 }), (page) => {
              for (const { deletedAt, id, name, timezone } of page.rows) {
                if (deletedAt !== null) deleted.add(id)
                sightings.organization({ id, name, zone: timezone })
              }
              return {
                entries: page.rows.map(({ id }) => ({ key: id, stamps: [], rows: [], lines: null, detail: null })),
                refused: page.rejected.map(({ paths, raw }) => ({ table: null, reason: paths.join(", "), raw })),
                size: page.size,
                total: page.total,
                next: page.more ? page.page + 1 : null,
                requestId: page.requestId,
                answeredAt: page.answeredAt
              }
            })
          )
      })
      if (doubt === null) {
        return [...new Set(passes.flatMap(({ keys }) => [...keys]))].map((id) => scopeOf(id, deleted.has(id)))
      }
      // An organisation missing from this list would never be reported, so an incomplete list is an error.
      return yield* new ApiError.Undecodable({
        operation: "Organizations.list",
        reason: "shape",
        paths: [`all: ${doubt}`]
      })
    })

    const source: Source = {
      name,
      lanes: [lane],
      hasHistories: false,
      listed: organizationIds.length === 0,
      scopes: () =>
        Effect.gen(function*() {
          const progress = yield* Progress
          yield* progress.phase(name, "connecting")
          const [any] = organizationIds
          if (any === undefined) return yield* listed
          // Fails soon if the host does not answer. A refusal is reported when this organisation is connected to.
          yield* Planning.first(first(any)).pipe(
            Effect.catchIf(
              (error) => error._tag !== "Unreachable" && error._tag !== "RateLimited" && error._tag !== "Stopped",
              () => Effect.void
            )
          )
          return organizationIds.map((id) => scopeOf(id))
        }),
      scopesAmong: (known) => Effect.succeed(known.map((id) => scopeOf(id))),
      seen: sightings.take,
      advice: (error) =>
        organizationIds.length === 0 && (error._tag === "Forbidden" || error._tag === "Unauthorized")
          ? "Only the key of a tenant may list organisations: with another, name yours in ALLOMIA_ORGANIZATION_IDS"
          : null
    }
    return source
  }).pipe(Effect.provide(Layer.mergeAll(Calls.layer, Organizations.layer)))

/**
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Source, never, AllomiaClient> = ofOrganizations([])
