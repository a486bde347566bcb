/** Which scopes of a source are read. */
import type { DatasetError } from "@trunkline/dataset"
import * as Effect from "effect/Effect"
import * as Planning from "../Planning.js"
import { Progress } from "../Progress.js"
import type { ScopeName, Source, Wanted } from "../Source.js"
import * as Identity from "./identity.js"
import { Run } from "./run.js"
import * as Vanished from "./vanished.js"
import { withinSource } from "./within.js"

/** What the key opens, under the names of the ledger, and what it opened before. */
export const of = (source: Source, asked: Wanted & { readonly sameAccount: boolean }) =>
  Effect.gen(function*() {
    const { dataset, problem } = yield* Run
    const found = yield* Identity.resolve(dataset, source.name, yield* source.scopes(asked), asked)
    if (!source.listed) return found
    if (found.length === 0) {
      yield* problem({
        tag: "NothingListed",
        source: source.name,
        scope: null,
        message: "The key lists no organisation, so that nothing was read. If it opens one, name it in its setting",
        requestId: null
      })
    }
    for (const { deleted, scope } of found) yield* Vanished.rememberDeleted({ source: source.name, scope }, deleted)
    const listed = new Set(found.map(({ scope }) => scope))
    const missing: Array<string> = []
    for (const scope of yield* dataset.scopes(source.name)) {
      const one = { source: source.name, scope, name: scope, what: `The organisation ${scope}` }
      if (listed.has(scope)) yield* Vanished.resolve(one)
      else if (!(yield* Vanished.wasDeleted(one)) && !(yield* Vanished.stand(one))) missing.push(scope)
    }
    return missing.length === 0 ? found : [...found, ...yield* source.scopesAmong(missing, asked)]
  })

/** Scopes of one source that are read side by side. They share one pace. */
const sideBySide = 4

/** Reads all that the key opens. */
export const each = <R>(
  source: Source,
  asked: Parameters<typeof of>[1],
  read: (scope: ScopeName) => Effect.Effect<void, DatasetError.WriteError, R>
) =>
  Effect.gen(function*() {
    const progress = yield* Progress
    yield* Planning.budgeted(of(source, asked)).pipe(
      Effect.flatMap((scopes) => Effect.forEach(scopes, read, { concurrency: sideBySide, discard: true })),
      withinSource(source)
    )
    yield* progress.phase(source.name, "done")
  })
