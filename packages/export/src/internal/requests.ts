/** How many requests were sent while something was done. */
import { ApiClient } from "@trunkline/http"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"

const counted = (metric: Metric.Metric.Counter<number>) => Effect.map(Metric.value(metric), ({ count }) => count)

const all = Effect.all({
  total: counted(ApiClient.requests),
  retried: counted(ApiClient.retried),
  throttled: counted(ApiClient.throttled)
})

/** Begins to count. What it returns says how many there were since. */
export const counting = Effect.map(all, (before) =>
  Effect.map(all, (after) => ({
    total: after.total - before.total,
    retried: after.retried - before.retried,
    throttled: after.throttled - before.throttled
  })))
