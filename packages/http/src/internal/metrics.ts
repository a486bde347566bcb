/** Counters of requests, each with the vendor as its tag. */
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as MetricState from "effect/MetricState"

/**
 * Requests that were sent, each try counted. Tagged with the vendor.
 *
 * @since 0.1.0
 * @category metrics
 */
export const requests: Metric.Metric.Counter<number> = Metric.counter("trunkline_requests", {
  description: "Requests that were sent, each try counted",
  incremental: true
})

/**
 * @since 0.1.0
 * @category metrics
 */
export const retried: Metric.Metric.Counter<number> = Metric.counter("trunkline_requests_retried", {
  description: "Tries after the first",
  incremental: true
})

/**
 * @since 0.1.0
 * @category metrics
 */
export const throttled: Metric.Metric.Counter<number> = Metric.counter("trunkline_requests_throttled", {
  description: "Answers that refused for being asked too much",
  incremental: true
})

/** Counts for one vendor; for nobody in particular where a client has no name. */
export const increment = (metric: Metric.Metric.Counter<number>, vendor: string | undefined): Effect.Effect<void> =>
  Metric.increment(vendor === undefined ? metric : Metric.tagged(metric, "vendor", vendor))

/**
 * The three counters, of all vendors together.
 *
 * @since 0.1.0
 * @category metrics
 */
export const counts: Effect.Effect<
  { readonly requests: number; readonly retried: number; readonly throttled: number }
> = Effect.map(Metric.snapshot, (pairs) => {
  const total = (counted: string) =>
    pairs.reduce(
      (sum, { metricKey: { name }, metricState }) =>
        name === counted && MetricState.isCounterState(metricState) ? sum + Number(metricState.count) : sum,
      0
    )
  return {
    requests: total("trunkline_requests"),
    retried: total("trunkline_requests_retried"),
    throttled: total("trunkline_requests_throttled")
  }
})
