/** Asks for records by their ids. An API may list ids that cannot be part of a request: the client or the API refuses them. */
import type { DatasetError } from "@trunkline/dataset"
import type { ApiError } from "@trunkline/http"
import * as Effect from "effect/Effect"
import type { Ended } from "../ExportError.js"
import * as Planning from "../Planning.js"
import type { Failure, Listing, Scope } from "../Source.js"
import { Run } from "./run.js"

/** What came of ids that were asked for together. */
export interface Found extends Pick<Listing, "entries" | "refused"> {
  /** Keys whose ids cannot be part of a request, so they were not asked for. */
  readonly unusable: ReadonlyArray<string>
}

/** Without a status, this program refused an id. Else the API did, and names the parameter. It will in every run. */
const isRefusedId = (error: Failure | Ended): error is ApiError.Invalid =>
  error._tag === "Invalid" && (error.status === undefined || /^ids?$/.test(error.param ?? ""))

/** The id of a key as it was last received. */
export type Received = (key: string) => string

/** Looked up for all of these keys together: some vendors are asked for each row by itself. */
export const received = (
  { source }: Pick<Scope, "source">,
  keys: ReadonlyArray<string>
): Effect.Effect<Received, DatasetError.LedgerError, Planning.Planning> =>
  Effect.gen(function*() {
    const { ledger } = yield* Planning.Planning
    const found = yield* ledger.spelled(source, keys)
    const ids = new Map(keys.map((key, position) => [key, found[position] ?? key]))
    return (key) => ids.get(key) ?? key
  })

type Asked = Pick<Scope, "details">

/** Asks for rows in one request. Those not found are asked for as their ids may be written else. */
const ask = Effect.fnUntraced(
  function*({ details }: Asked, keys: ReadonlyArray<string>, idOf: Received) {
    const ids = keys.map(idOf)
    const found = yield* Planning.details(details.lane, details.read(ids))
    if (found.entries.length + found.refused.length >= keys.length) return found
    const shown = new Set(found.entries.map(({ key }) => key))
    const others = keys.flatMap((key, position) =>
      shown.has(key) ? [] : details.spellings(key).filter((id) => id !== ids[position])
    )
    if (others.length === 0) return found
    const more = yield* Planning.details(details.lane, details.read(others))
    return { entries: [...found.entries, ...more.entries], refused: [...found.refused, ...more.refused] }
  }
)

/** Asks for rows in one request, and in more where an id that cannot be part of a request stands among theirs. */
export const read = (
  scope: Asked,
  keys: ReadonlyArray<string>,
  idOf: Received
): Effect.Effect<Found, Failure | Ended, Planning.Planning> =>
  ask(scope, keys, idOf).pipe(
    Effect.map(({ entries, refused }): Found => ({ entries, refused, unusable: [] })),
    Effect.catchIf(isRefusedId, () => {
      if (keys.length === 1) return Effect.succeed<Found>({ entries: [], refused: [], unusable: keys })
      const half = Math.ceil(keys.length / 2)
      // A refusal by this program costs no request, one by the API costs one for each halving.
      return Effect.zipWith(
        Effect.suspend(() => read(scope, keys.slice(0, half), idOf)),
        Effect.suspend(() => read(scope, keys.slice(half), idOf)),
        (left, right): Found => ({
          entries: [...left.entries, ...right.entries],
          refused: [...left.refused, ...right.refused],
          unusable: [...left.unusable, ...right.unusable]
        })
      )
    })
  )

export const chunksOf = <A>(all: ReadonlyArray<A>, size: number): ReadonlyArray<ReadonlyArray<A>> =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, chunk) => all.slice(chunk * size, (chunk + 1) * size))

/** How many of these the vendor still returns. */
export const count = (
  scope: Asked & Pick<Scope, "source">,
  keys: ReadonlyArray<string>,
  options: { readonly concurrency: number }
): Effect.Effect<number, Failure | Ended | DatasetError.LedgerError, Planning.Planning> =>
  received(scope, keys).pipe(
    Effect.flatMap((idOf) =>
      Effect.forEach(chunksOf(keys, scope.details.atOnce), (chunk) => read(scope, chunk, idOf), options)
    ),
    Effect.map((found) => found.reduce((sum, { entries, refused }) => sum + entries.length + refused.length, 0))
  )

/** Reports how many calls have an id that cannot be part of a request. The ids are not shown. */
export const report = (
  { scope, source }: Pick<Scope, "source" | "scope">,
  { calls, lacking }: { readonly calls: number; readonly lacking: string }
): Effect.Effect<void, never, Run> =>
  Effect.flatMap(Run, ({ problem }) =>
    problem({
      tag: "UnusableId",
      source,
      scope,
      message:
        `${calls === 1 ? "One call has an id" : `${calls} calls have ids`} that cannot be part of a request, so ` +
        `${lacking} cannot be asked for. What the list shows of ${
          calls === 1 ? "it" : "them"
        } is kept, and later runs ` +
        "do not try again. Report such ids to the vendor",
      requestId: null
    }))
