/**
 * Allo as a source of the engine: one team, its calls and messages, the conversations of its lines.
 *
 * @since 0.1.0
 */
import { Account, AlloClient, Conversations } from "@trunkline/allo"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { createHash } from "node:crypto"
import * as Sightings from "../internal/sightings.js"
import * as Planning from "../Planning.js"
import { type Lane, Progress } from "../Progress.js"
import type { ScopeName, Source, Wanted } from "../Source.js"
import * as Lists from "./Conversations.js"
import * as Items from "./Items.js"

const name = "allo"

/**
 * The list by which this source is certified.
 *
 * @since 0.1.0
 * @category constants
 */
export const certified = { stream: Items.stream(false), grain: Items.grain }

const sourceOf = (only: ReadonlyArray<string>): Effect.Effect<Source, never, AlloClient> =>
  Effect.gen(function*() {
    const client = yield* AlloClient
    const conversations = yield* Conversations
    const account = yield* Account
    // Searches are sent with POST, which the API counts with the writes.
    const searches: Lane = { name: "allo search", perSecond: client.writesPerSecond }
    const reads: Lane = { name: "allo read", perSecond: client.readsPerSecond }

    const sightings = Sightings.make()

    /** Who the key belongs to, which lines it sees, and what time it is there. */
    const connect = Effect.gen(function*() {
      const progress = yield* Progress
      yield* progress.phase(name, "connecting")
      const { team } = yield* Planning.first(account.me).pipe(
        // One such answer may be wrong.
        Effect.catchTag("NotFound", () => Planning.first(account.me)),
        // Some keys cannot ask who they are, and may read all the same.
        Effect.catchTag("NotFound", () => Effect.succeed({ team: null }))
      )
      // The lines are needed anyway, and any answer tells the server's time.
      const numbers = yield* Planning.connect(account.numbers).pipe(
        Effect.catchTag("Forbidden", () => Effect.succeed(null))
      )
      const { answeredAt } = numbers ??
        (yield* Planning.connect(conversations.search({ size: 1 })))
      const organizationId = team?.id ?? null
      if (organizationId !== null) {
        sightings.organization({ id: organizationId, name: team?.name ?? null, zone: null })
      }
      for (const { name, number } of numbers?.rows ?? []) {
        // Sender ids are listed too. They have no number and no conversations.
        if (number !== null) sightings.line({ number, name, organizationId })
      }
      return {
        organizationId,
        lines: numbers?.rows.flatMap(({ name, number }) => number === null ? [] : [{ number, label: name }]) ?? null,
        answeredAt
      }
    })

    /** The whole team, or what came over one of its lines. */
    const scopeOf = (
      found: Effect.Effect.Success<typeof connect>,
      wanted: Wanted,
      line: string | null,
      team = found.organizationId ?? "-"
    ): ScopeName => {
      const { answeredAt, lines } = found
      const { transcripts } = wanted
      // A key that cannot ask who it is reads the rows of the account that is known.
      const organizationId = found.organizationId ?? (team === "-" ? null : team)
      const identity = { source: name, scope: line === null ? team : `${team}/${lineId(line)}` }
      const read = line === null
        ? lines
        : [lines?.find(({ number }) => number === line) ?? { number: line, label: null }]
      const options: Items.Options = {
        conversations,
        sightings,
        lane: searches,
        scope: identity,
        organizationId,
        line,
        lines: (read ?? []).map(({ number }) => number),
        transcripts
      }
      return {
        scope: identity.scope,
        stream: Items.stream(transcripts),
        grain: Items.grain,
        deleted: false,
        as: (account) => scopeOf(found, wanted, line, account),
        connect: Effect.succeed({
          ...identity,
          answeredAt,
          list: Items.list(options),
          details: Items.details(options),
          feeds: Lists.feeds({ conversations, lane: reads }, read),
          histories: Lists.histories({ conversations, lane: reads })
        })
      }
    }

    const scopes = (wanted: Wanted) =>
      Effect.map(connect, (found) =>
        only.length === 0
          ? [scopeOf(found, wanted, null)]
          : only.map((line) => scopeOf(found, wanted, line)))

    const source: Source = {
      name,
      lanes: [searches, reads],
      hasHistories: true,
      listed: false,
      scopes,
      scopesAmong: (_, wanted) => scopes(wanted),
      seen: sightings.take,
      advice: () => null
    }
    return source
  }).pipe(Effect.provide(Layer.mergeAll(Conversations.layer, Account.layer)))

/** A scope is named in messages, so it does not hold the number itself. */
const lineId = (number: string): string => `line-${createHash("sha256").update(number).digest("hex").slice(0, 12)}`

/**
 * Everything the key may read.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Source, never, AlloClient> = sourceOf([])

/**
 * Only what came over these lines. Each is a scope with certificates of its own.
 *
 * @since 0.1.0
 * @category constructors
 */
export const ofLines = (numbers: readonly [string, ...Array<string>]): Effect.Effect<Source, never, AlloClient> =>
  sourceOf([...new Set(numbers)])
