/** Ids that an API lists and that cannot be part of a request: the client refuses them before it asks. */
import type { ApiError } from "@trunkline/http"
import type * as Effect from "effect/Effect"
import type { Run, Scope } from "./Run.js"

/** Without a status, no API refused it: this program did. The same id is refused in every run. */
export const isRefusedHere = (error: { readonly _tag: string }): error is ApiError.Invalid =>
  error._tag === "Invalid" && !("status" in error && error.status !== undefined)

/** Reports how many calls have such an id. Their ids are not shown. */
export const report = (
  run: Run,
  { scope, source }: Scope,
  { calls, lacking }: { readonly calls: number; readonly lacking: string }
): Effect.Effect<void> =>
  run.problem({
    tag: "UnusableId",
    source,
    scope,
    message: `${calls === 1 ? "One call has an id" : `${calls} calls have ids`} that cannot be part of a request, so ` +
      `${lacking} cannot be asked for. What the list shows of ${
        calls === 1 ? "it" : "them"
      } is kept, and later runs do ` +
      "not try again. Report such ids to the vendor",
    requestId: null
  })
