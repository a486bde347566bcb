/** Counters of requests, each with the vendor as its tag. */
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as MetricKey from "effect/MetricKey"
import * as MetricState from "effect/MetricState"

const counter = (name: string, description: string) => MetricKey.counter(name, { description, incremental: true })

const keys = {
  requests: counter("trunkline_requests", "Requests that were sent, each try counted"),
  retried: counter("trunkline_requests_retried", "Tries after the first"),
  throttled: counter("trunkline_requests_throttled", "Answers that refused for being asked too much")
}

/**
 * Requests that were sent, each try counted. Tagged with the vendor.
 *
 * @since 0.1.0
 * @category metrics
 */
export const requests: Metric.Metric.Counter<number> = Metric.fromMetricKey(keys.requests)

/**
 * @since 0.1.0
 * @category metrics
 */
export const retried: Metric.Metric.Counter<number> = Metric.fromMetricKey(keys.retried)

/**
 * @since 0.1.0
 * @category metrics
 */
export const throttled: Metric.Metric.Counter<number> = Metric.fromMetricKey(keys.throttled)

/** What counts for one vendor; for nobody in particular where a client has no name. */
export const counting = (vendor: string | undefined) => {
  const one = (key: MetricKey.MetricKey.Counter<number>): Effect.Effect<void> =>
    // A metric that is tagged later looks for its counter each time.
    Metric.increment(Metric.fromMetricKey(vendor === undefined ? key : MetricKey.tagged(key, "vendor", vendor)))
  return { requests: one(keys.requests), retried: one(keys.retried), throttled: one(keys.throttled) }
}

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
