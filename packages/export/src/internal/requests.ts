/** How many requests were sent while something was done. */
import { ApiClient } from "@trunkline/http"
import * as Effect from "effect/Effect"

/** Begins to count. What it returns says how many there were since. */
export const counting = Effect.map(ApiClient.counts, (before) =>
  Effect.map(ApiClient.counts, (after) => ({
    total: after.requests - before.requests,
    retried: after.retried - before.retried,
    throttled: after.throttled - before.throttled
  })))
